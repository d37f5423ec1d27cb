// What is written over a chart: names of levels on a ground of their own, and marks where a curve leaves the frame.

import { fade } from "./colour.js";

/** Text that stays readable over curves: the page's colour lies behind it. */
export function label(context, text, x, y, { background }, size) {
  const ink = context.fillStyle;
  const width = context.measureText(text).width;
  const left = context.textAlign === "right" ? x - width : x;
  const top = context.textBaseline === "bottom" ? y - size : context.textBaseline === "middle" ? y - size / 2 : y;
  context.fillStyle = fade(background, 0.85);
  context.fillRect(left - 0.2 * size, top - 0.1 * size, width + 0.4 * size, 1.2 * size);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}

/** For each stretch in which a curve is outside [low, high], where it is farthest: [index, +1 above or -1 below]. */
export function beyond(values, low, high) {
  const found = [];
  let side = 0;
  values.forEach((value, i) => {
    if (value === undefined) return; // a place that only other runs have
    const now = value === null ? 0 : value > high ? 1 : value < low ? -1 : 0;
    if (now && now !== side) found.push([i, now]);
    else if (now && now * (value - values[found.at(-1)[0]]) > 0) found.at(-1)[0] = i;
    side = now;
  });
  return found;
}

/** A small triangle at the frame's edge where a curve goes on outside it. */
export function drawBeyond(u, ratio) {
  const { ctx, bbox, data, scales } = u;
  ctx.save();
  for (const [i, { outside }] of u.series.entries()) {
    if (!outside) continue;
    ctx.fillStyle = outside;
    for (const [at, side] of beyond(data[i], scales.y.min, scales.y.max)) {
      const x = u.valToPos(data[0][at], "x", true);
      if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
      const [edge, size] = [side > 0 ? bbox.top : bbox.top + bbox.height, 5 * ratio];
      ctx.beginPath();
      ctx.moveTo(x, edge);
      ctx.lineTo(x - size, edge + side * 1.4 * size);
      ctx.lineTo(x + size, edge + side * 1.4 * size);
      ctx.fill();
    }
  }
  ctx.restore();
}
