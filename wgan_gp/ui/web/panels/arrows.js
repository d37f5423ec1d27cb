// Arrows of the critic's gradient, and the key that says how long slope 1 is.

import { h } from "../dom.js";
import { quantile, finite, short } from "../format.js";
import { floats } from "../safetensors.js";

const ONE = 0.56; // length of an arrow of slope 1, as a share of the distance between arrows
const MOST = 0.92; // and of the longest: it leaves its neighbour alone
const HEAD = 0.34;

/** Length as a share of the distance between arrows: even up to slope 1, then ever slower. */
export function lengthOf(slope) {
  if (!(slope > 0)) return 0;
  return slope <= 1 ? ONE * slope : MOST - (MOST - ONE) * Math.exp(-(ONE * (slope - 1)) / (MOST - ONE));
}

function slopesOf(arrows) {
  const list = floats(arrows);
  return Float64Array.from({ length: list.length / 2 }, (_, i) => Math.hypot(list[2 * i], list[2 * i + 1]));
}

/** The slope that gets the standard length: 1, or on a scale of its own the critic's median. */
export function unitSlope(arrows, shared) {
  if (shared) return 1;
  const median = quantile(finite(slopesOf(arrows)), 0.5);
  return median > 0 ? median : 1;
}

/** Distance between neighbours on the even grid where arrows stand. */
export function spacing(points) {
  const list = floats(points);
  const side = Math.round(Math.sqrt(list.length / 2));
  return side > 1 ? (list[2 * (side - 1)] - list[0]) / (side - 1) : 1;
}

/** Each arrow is centred on its point; where the critic is flat, a dot stays. */
export function drawArrows(context, map, points, arrows, unit, colours, theme) {
  const [at, to] = [floats(points), floats(arrows)];
  const cell = spacing(points) * map.scale;
  const lines = new Path2D();
  const dots = new Path2D();
  for (let i = 0; i + 1 < at.length; i += 2) {
    const slope = Math.hypot(to[i], to[i + 1]);
    const length = cell * lengthOf(slope / unit);
    const [x, y] = [map.x(at[i]), map.y(at[i + 1])];
    if (!(length > 1.5)) {
      dots.moveTo(x + 1, y);
      dots.arc(x, y, 1, 0, 7);
      continue;
    }
    const [dx, dy] = [(to[i] / slope) * length, (-to[i + 1] / slope) * length];
    const [tipX, tipY] = [x + dx / 2, y + dy / 2];
    lines.moveTo(x - dx / 2, y - dy / 2);
    lines.lineTo(tipX, tipY);
    for (const side of [-0.6, 0.6]) {
      lines.moveTo(tipX, tipY);
      lines.lineTo(tipX - HEAD * (dx + side * dy), tipY - HEAD * (dy - side * dx));
    }
  }
  context.lineCap = context.lineJoin = "round";
  for (const [colour, width] of [[colours.halo, 2.6], [colours.ink, 1.1]]) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width * theme.scale;
    context.stroke(lines);
    context.fill(dots);
  }
}

/** The key of a card: an arrow of the standard length, and the slope it stands for. */
export class ArrowKey {
  constructor() {
    this.line = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.text = h("span");
    this.element = h("span", { class: "arrow-key", hidden: true }, this.line, this.text);
  }

  /** @param {{unit: number, length: number}|null} arrows as the picture draws them */
  say(arrows, theme) {
    this.element.hidden = !arrows;
    if (!arrows) return;
    const key = `${arrows.unit}|${Math.round(arrows.length)}|${theme.key}`;
    if (key === this.key) return;
    this.key = key;
    const length = Math.max(4, arrows.length);
    const width = length + 4;
    this.line.setAttribute("viewBox", `0 0 ${width} 12`);
    this.line.setAttribute("width", width);
    this.line.setAttribute("height", 12);
    this.line.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const tip = length + 2;
    path.setAttribute("d", `M2 6H${tip}M${tip - HEAD * length} ${6 - 0.6 * HEAD * length}L${tip} 6L${tip - HEAD * length} ${6 + 0.6 * HEAD * length}`);
    path.setAttribute("fill", "none");
    path.setAttribute("stroke", "currentColor");
    path.setAttribute("stroke-width", 1.5 * theme.scale);
    this.line.replaceChildren(path);
    this.text.textContent = arrows.unit === 1 ? "slope 1" : `slope ${short(arrows.unit, 2)}, its median`;
    this.element.title = arrows.unit === 1 ? "Arrows point uphill. Their length is the slope; beyond slope 1 it grows ever slower." : "Arrows point uphill. Their length is the slope, as a multiple of this critic's median.";
  }
}
