// Samples in the plane: the critic's value as a field with level lines, real points, and generated points that move.

import { fit, h, icon } from "../dom.js";
import { contours } from "../contours.js";
import { fade, mix } from "../colour.js";
import { floats } from "../safetensors.js";
import { linesInWords } from "../fieldscale.js";
import { short, ticks } from "../format.js";
import { drawArrows, lengthOf, spacing, unitSlope } from "./arrows.js";

const GENERATED = 2.1;
const REAL = 3.4; // wider than the samples that lie over them, so that a grey rim stays
const MOST_REAL = 1200;
const STILL = 0.0052; // of the picture's size: points of a generator that stands still, small, since one looks at the critic

/** Maps data coordinates to a square of CSS pixels, both axes alike. */
export function mapping(extent, size) {
  const [x0, x1, y0, y1] = extent;
  const scale = size / Math.max(x1 - x0, y1 - y0);
  return { x: (value) => (value - (x0 + x1) / 2) * scale + size / 2, y: (value) => size / 2 - (value - (y0 + y1) / 2) * scale, scale };
}

export const extentOf = (store) => (store.scene?.extent ? Array.from(floats(store.scene.extent)) : [-3, 3, -3, 3]);

export class Plane {
  constructor(host) {
    this.back = h("canvas", { "data-panel": "samples-field", "aria-hidden": "true" });
    this.front = h("canvas", { "data-panel": "samples", "aria-hidden": "true" });
    this.image = document.createElement("canvas");
    this.stamps = {};
    host.replaceChildren(this.back, this.front);
  }

  /** @param {{run, store, frame, look, scale, theme, size, showArrows}} shown */
  draw(shown) {
    const { frame, theme, size, scale, store } = shown;
    const base = [store.id, theme.key, size, scale.limit, scale.step, store.epoch, Boolean(store.scene), frame.moment.seq, scale.shared, shown.showArrows].join("|");
    if (base !== this.base) {
      this.base = base;
      this.drawBack(shown);
    }
    const front = `${base}|${frame.fraction}`;
    if (front === this.drawn) return false;
    this.drawn = front;
    this.drawFront(shown);
    return true;
  }

  drawBack({ store, frame, theme, size, scale }) {
    const context = fit(this.back, size, size);
    const map = mapping(extentOf(store), size);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, size, size);
    if (frame.moment.tensors.field) this.drawField(context, map, frame.moment, extentOf(store), scale, theme, standsStill(store) ? 0.65 : 0.42);
    if (!standsStill(store)) this.drawReal(context, map, store, theme);
    if (!standsStill(store)) drawAxes(context, map, extentOf(store), size, theme);
  }

  drawField(context, map, { tensors }, [x0, x1, y0, y1], scale, theme, strength) {
    const { field } = tensors;
    const [rows, columns] = field.shape;
    const factor = tensors.field_scale ? floats(tensors.field_scale)[0] : 1;
    const values = Float32Array.from(floats(field), (value) => value * factor);
    this.image.width = columns;
    this.image.height = rows;
    const ink = this.image.getContext("2d");
    const pixels = ink.createImageData(columns, rows);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = values[(rows - 1 - row) * columns + column];
        const at = Number.isNaN(value) ? 128 : Math.max(0, Math.min(255, Math.round(127.5 + (127.5 * value) / scale.limit)));
        const to = 4 * (row * columns + column);
        for (let c = 0; c < 3; c++) pixels.data[to + c] = theme.map[3 * at + c];
        pixels.data[to + 3] = 255;
      }
    }
    ink.putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = true;
    // Nodes include both ends of the extent, so the picture reaches half a cell beyond it.
    const [dx, dy] = [(x1 - x0) / (columns - 1), (y1 - y0) / (rows - 1)];
    context.drawImage(this.image, map.x(x0 - dx / 2), map.y(y1 + dy / 2), columns * dx * map.scale, rows * dy * map.scale);
    context.lineJoin = "round";
    const plain = new Path2D();
    const zero = new Path2D();
    contours(values, columns, rows, scale.step, (ax, ay, bx, by, k) => {
      const path = k === 0 ? zero : plain;
      path.moveTo(map.x(x0 + ax * dx), map.y(y0 + ay * dy));
      path.lineTo(map.x(x0 + bx * dx), map.y(y0 + by * dy));
    });
    context.strokeStyle = fade(theme.text, strength);
    context.lineWidth = 2 * strength * theme.scale;
    context.stroke(plain);
    context.lineWidth = 1.8 * theme.scale;
    context.stroke(zero);
  }

  drawReal(context, map, store, theme) {
    if (!store.scene?.real) return;
    const real = floats(store.scene.real);
    const stride = 2 * Math.max(1, Math.ceil(real.length / 2 / MOST_REAL));
    const dot = this.stamp("real", fade(theme.palette.real, 0.7), REAL, theme);
    for (let i = 0; i + 1 < real.length; i += stride) context.drawImage(dot.canvas, map.x(real[i]) - dot.side / 2, map.y(real[i + 1]) - dot.side / 2, dot.side, dot.side);
  }

  /** A dot, with a halo where it must stand out, drawn once and stamped: many times cheaper than a path for each point. */
  stamp(name, colour, size, theme, halo = false) {
    const key = `${colour}|${theme.key}`;
    const held = this.stamps[name];
    if (held?.key === key) return held;
    const radius = size * theme.scale ** 0.5;
    const side = Math.ceil(2 * radius + 4);
    const canvas = document.createElement("canvas");
    const context = fit(canvas, side, side);
    context.beginPath();
    context.arc(side / 2, side / 2, radius + 0.5 * theme.scale ** 0.5, 0, 7);
    context.fillStyle = theme.background;
    if (halo) context.fill();
    context.beginPath();
    context.arc(side / 2, side / 2, radius, 0, 7);
    context.fillStyle = colour;
    context.fill();
    return (this.stamps[name] = { canvas, side, key });
  }

  drawFront(shown) {
    const { store, frame, look, theme, size } = shown;
    const context = fit(this.front, size, size);
    context.clearRect(0, 0, size, size);
    if (standsStill(store)) return this.drawStill(context, shown);
    const { samples } = frame.moment.tensors;
    if (!samples) return;
    const from = floats(samples);
    const next = frame.fraction > 0 ? frame.next?.tensors.samples : null;
    const to = next && next.data.length === from.length ? floats(next) : from;
    const map = mapping(extentOf(store), size);
    const dot = this.stamp("sample", look.colour, GENERATED, theme, true);
    for (let i = 0; i + 1 < from.length; i += 2) {
      const x = from[i] + (to[i] - from[i]) * frame.fraction;
      const y = from[i + 1] + (to[i + 1] - from[i + 1]) * frame.fraction;
      context.drawImage(dot.canvas, map.x(x) - dot.side / 2, map.y(y) - dot.side / 2, dot.side, dot.side);
    }
  }

  /** Real points filled and fake ones hollow, in the ink of the text: the colours belong to the field and to the methods. */
  drawStill(context, shown) {
    const { store, frame, theme, size, showArrows } = shown;
    const map = mapping(extentOf(store), size);
    const { samples, arrows } = frame.moment.tensors;
    const radius = Math.min(2.4, Math.max(1.2, size * STILL)) * theme.scale ** 0.5;
    if (samples) {
      context.strokeStyle = fade(theme.text, 0.5);
      context.fillStyle = theme.background;
      context.lineWidth = 0.9 * theme.scale ** 0.5;
      circles(context, map, floats(samples), radius, true);
    }
    if (store.scene.real) {
      context.fillStyle = theme.text;
      circles(context, map, floats(store.scene.real), radius, false);
    }
    this.arrows = null;
    if (arrows && store.scene.arrow_points && showArrows) this.drawArrows(context, map, shown);
    context.shadowColor = theme.background;
    context.shadowBlur = 4;
    drawAxes(context, map, extentOf(store), size, theme);
    context.shadowBlur = 0;
  }

  drawArrows(context, map, { store, frame, theme, scale }) {
    const { arrows } = frame.moment.tensors;
    const unit = unitSlope(arrows, scale.shared);
    this.arrows = { unit, length: lengthOf(1) * spacing(store.scene.arrow_points) * map.scale };
    drawArrows(context, map, store.scene.arrow_points, arrows, unit, { ink: theme.text, halo: fade(theme.background, 0.45) }, theme);
  }
}

/** Whether the generator stands still and only the critic learns: the scene then holds the fake points. */
export const standsStill = (store) => Boolean(store.scene?.fake);

const RING = "M8 3.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM8 5.3a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 1 1 0-5.4z";
const DISC = "M8 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8z";

/** What the marks in such a picture are. */
export function stillMarks() {
  return h("span", { class: "marks" }, h("span", { class: "entry" }, icon(DISC), h("span", { text: "real" })), h("span", { class: "entry" }, icon(RING), h("span", { text: "fake" })));
}

/** Numbers and names inside the edges: the picture keeps its size. */
export function drawAxes(context, map, [x0, x1, y0, y1], size, theme, count = 4) {
  if (size < 110) return; // numbers would hide the points
  const inside = (list, low, high) => list.filter((value) => value > low + (high - low) * 0.08 && value < high - (high - low) * 0.08);
  context.font = theme.type(10);
  context.fillStyle = context.strokeStyle = mix(theme.text, theme.background, 0.15);
  context.lineWidth = 1;
  context.textBaseline = "bottom";
  context.textAlign = "center";
  for (const value of inside(ticks(x0, x1, count), x0, x1)) {
    context.fillRect(map.x(value) - 0.5, size - 4, 1, 4);
    context.fillText(short(value), map.x(value), size - 4);
  }
  context.textAlign = "right";
  context.fillText("x\u2081", size - 4, size - 3);
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const value of inside(ticks(y0, y1, count), y0, y1)) {
    context.fillRect(0, map.y(value) - 0.5, 4, 1);
    context.fillText(short(value), 6, map.y(value));
  }
  context.textBaseline = "top";
  context.fillText("x\u2082", 4, 3);
}

function circles(context, map, points, radius, hollow) {
  for (let i = 0; i + 1 < points.length; i += 2) {
    context.beginPath();
    context.arc(map.x(points[i]), map.y(points[i + 1]), radius, 0, 7);
    context.fill();
    if (hollow) context.stroke();
  }
}

/** The bar under the picture: which colour is which value. */
export function fieldLegend(scale, field) {
  return field ? { low: short(-scale.limit), high: `+${short(scale.limit)}${scale.alone ? "; colours of its own" : ""}`, lines: linesInWords(scale, field) } : null;
}
