// Level lines of a field on a regular grid, by marching squares.

// For each of the 16 cases of corners above the level: pairs of edges (0 bottom, 1 right, 2 top, 3 left) to join.
const JOINS = [[], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2], [2, 3], [2, 0], [0, 1, 2, 3], [2, 1], [1, 3], [1, 0], [0, 3], []];

/**
 * Calls segment(x0, y0, x1, y1) for every piece of every level k * step, in grid units (row 0 = lowest y).
 * @param {ArrayLike<number>} values row by row
 */
export function contours(values, columns, rows, step, segment) {
  const edge = new Float64Array(8);
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const [a, b, c, d] = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]];
      const low = Math.min(a, b, c, d);
      const high = Math.max(a, b, c, d);
      if (!(high - low < step * 100)) continue; // also skips what is not a number
      for (let k = Math.ceil(low / step); k * step <= high; k++) {
        const level = k * step;
        const which = (a > level) + 2 * (b > level) + 4 * (c > level) + 8 * (d > level);
        const joins = JOINS[which];
        if (!joins.length) continue;
        edge[0] = column + (level - a) / (b - a); edge[1] = row;
        edge[2] = column + 1; edge[3] = row + (level - b) / (c - b);
        edge[4] = column + (level - d) / (c - d); edge[5] = row + 1;
        edge[6] = column; edge[7] = row + (level - a) / (d - a);
        for (let i = 0; i < joins.length; i += 2) {
          const [p, q] = [2 * joins[i], 2 * joins[i + 1]];
          segment(edge[p], edge[p + 1], edge[q], edge[q + 1], k);
        }
      }
    }
  }
}
