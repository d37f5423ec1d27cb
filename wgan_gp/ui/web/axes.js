// Axes for the panels that draw on a plain canvas: ticks, numbers, names with units.

import { label } from "./chartmarks.js";
import { evenly, ticks } from "./format.js";

/**
 * Clears the canvas, draws the axes and returns the box of the plot and its scales.
 * @param {{x: [number, number], y: [number, number], xName: string, yName: string, xTicks?: number[], yText?: Function, xText?: Function}} options
 */
export function axes(context, width, height, theme, { x, y, xName, yName, xTicks, xText, yText, toX = (v) => v }) {
  const unit = theme.scale;
  const box = { left: (yName ? 46 : 10) * unit, top: 8, right: width - 10, bottom: height - 34 * unit };
  const [from, to] = [toX(x[0]), toX(x[1])];
  const px = (value) => box.left + ((toX(value) - from) / (to - from)) * (box.right - box.left);
  const py = (value) => box.bottom - ((value - y[0]) / (y[1] - y[0])) * (box.bottom - box.top);
  context.clearRect(0, 0, width, height);
  context.font = theme.type(11);
  context.fillStyle = theme.muted;
  context.strokeStyle = theme.grid;
  context.lineWidth = 1;
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const [value, text] of worded(xTicks ?? ticks(x[0], x[1], Math.max(2, Math.floor((box.right - box.left) / (64 * unit)))), xText)) {
    line(context, px(value), box.top, px(value), box.bottom);
    context.fillText(text, Math.min(px(value), width - context.measureText(text).width / 2 - 1), box.bottom + 3);
  }
  context.fillText(xName, (box.left + box.right) / 2, height - 15 * unit);
  if (yName) {
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const [value, text] of worded(ticks(y[0], y[1], Math.max(1, Math.floor((box.bottom - box.top) / (30 * unit)))), yText)) {
      line(context, box.left, py(value), box.right, py(value));
      context.fillText(text, box.left - 4, py(value));
    }
    context.save();
    context.translate(7 * unit, (box.top + box.bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(yName, 0, 0, height); // narrower letters on a low chart, so that the name is whole
    context.restore();
  }
  return { box, px, py };
}

/** Each value with its text; without words of its own an axis has all its numbers in one style. */
function worded(values, text) {
  const even = text ? values.map(text) : evenly(values);
  return values.map((value, i) => [value, even[i]]);
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.stroke();
}

/** A thin dashed upright line with its name: where a value ought to be. */
export function target(context, { box, px }, value, text, theme) {
  const at = Math.round(px(value)) + 0.5;
  if (!(at >= box.left && at <= box.right)) return;
  context.save();
  context.strokeStyle = context.fillStyle = theme.muted;
  context.lineWidth = theme.scale;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(at, box.top);
  context.lineTo(at, box.bottom);
  context.stroke();
  context.font = theme.type(11);
  context.textBaseline = "top";
  context.textAlign = at > (box.left + box.right) / 2 ? "right" : "left";
  label(context, text, at + (context.textAlign === "left" ? 4 : -4), box.top + 1, theme, 11 * theme.scale);
  context.restore();
}

/** A histogram's outline, filled faintly: several can lie over one another. */
export function bars(context, { box, px, py }, edges, shares, colour, fill, dash, width) {
  const path = new Path2D();
  path.moveTo(px(edges[0]), box.bottom);
  shares.forEach((share, i) => {
    const y = Math.max(box.top, py(share));
    path.lineTo(px(edges[i]), y);
    path.lineTo(px(edges[i + 1]), y);
  });
  path.lineTo(px(edges.at(-1)), box.bottom);
  context.fillStyle = fill;
  context.fill(path);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke(path);
  context.setLineDash([]);
}
