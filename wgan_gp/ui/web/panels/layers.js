// How strong the critic's gradients are from layer to layer: at the shown moment, and over training.

import { axes } from "../axes.js";
import { fit, h } from "../dom.js";
import { finite, lastAtMost, powerOfTen, roundUp, short } from "../format.js";
import { Panel } from "../panel.js";
import { Box, boxElement } from "./box.js";

const PER_LAYER = "powers of ten per layer";

/** "+0.47", "\u22121.07", "0.00"; "" where there is none. */
export function slopeWords(value) {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value).toFixed(2);
  return `${size === "0.00" ? "" : value > 0 ? "+" : "\u2212"}${size}`;
}

/** Limits on whole powers of ten, in steps of 1, 2 or 5 of them; for the same key they only grow. */
export class PowerLimits {
  grow(values, key) {
    if (key !== this.key) [this.key, this.low, this.high] = [key, Infinity, -Infinity];
    for (const value of values) {
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
    }
    if (!(this.low <= this.high)) return [-1, 1];
    const step = Math.max(1, roundUp((this.high - this.low) / 8));
    const ends = [Math.floor(this.low / step + 1e-9) * step, Math.ceil(this.high / step - 1e-9) * step];
    return ends[0] < ends[1] ? ends : [ends[0] - step, ends[1] + step];
  }
}

const measured = (store) => store.moments.filter((moment) => moment.layers);
const allNorms = (view) => view.runs.flatMap(({ store }) => measured(store).flatMap(({ layers }) => layers.filter(Number.isFinite)));

function emptyWords(view) {
  const any = view.runs.some(({ store }) => store.moments.length);
  return any ? "These runs recorded no gradients by layer: their critics are no plain chains of linear layers." : "The gradients appear here with the first moment.";
}

export class Layers extends Panel {
  constructor(name, board) {
    super(name, board);
    this.limits = new PowerLimits();
    this.canvas = h("canvas", { "data-panel": name, "aria-hidden": "true" });
    this.body.append(this.canvas);
  }

  key(view) {
    if (this.versions !== view.momentVersions) {
      this.versions = view.momentVersions;
      this.range = this.limits.grow(allNorms(view), view.epochs);
    }
    return [view.shown, this.range, view.runs.map(({ look }) => look.colour)].join("|");
  }

  paint(view) {
    const { theme } = view;
    const { clientWidth: width, clientHeight: height } = this.body;
    const context = fit(this.canvas, width, height);
    const shown = view.runs.map((entry) => ({ ...entry, layers: entry.frame?.moment.layers })).filter(({ layers }) => layers);
    const last = Math.max(2, ...shown.map(({ layers }) => layers.length));
    const every = Math.max(1, roundUp((last * 26 * theme.scale) / Math.max(60, width - 60)));
    const chart = axes(context, width, height, theme, {
      x: [last + 0.3, 0.7], y: this.range, xName: "critic's layer, from the value back to the input", yName: "norm of the gradient",
      xTicks: Array.from({ length: last }, (_, i) => last - i).filter((layer) => layer === 1 || layer === last || (layer % every === 0 && layer > every / 2 && last - layer >= every)),
      xText: String, yText: (value) => (Number.isInteger(value) ? powerOfTen(value) : ""),
    });
    for (const { layers, look } of shown) drawLine(context, chart, layers, look, theme.scale);
    this.setLegend(view.runs.map(({ run, look, frame }) => ({
      colour: look.colour, dash: look.dash, label: run.label, value: frame?.moment.layers ? slopeWords(frame.moment.gradients.slope) : "",
    })));
    this.setEmpty(shown.length ? "" : emptyWords(view));
    this.setNote(shown.length ? `Numbers: the slope in ${PER_LAYER} towards the input. ${zeroWords(shown)}`.trim() : "");
  }

  describe(view) {
    const parts = view.runs.map(({ run, frame }) => {
      const layers = frame?.moment.layers;
      if (!layers) return `${run.label} unknown`;
      return `${run.label} ${words(layers.at(-1))} at the value, ${words(layers[0])} at layer 1, ${slopeWords(frame.moment.gradients.slope) || "no"} ${PER_LAYER}`;
    });
    return `Norm of the gradient at each layer of the critic: ${parts.join("; ")}.`;
  }
}

const words = (value) => (Number.isFinite(value) ? `10 to the ${short(value, 2)}` : "0");

/** A norm of 0 has no place on a logarithmic scale: the line has a gap, and the words say so. */
function zeroWords(shown) {
  const gone = shown.filter(({ layers }) => layers.some((value) => value === -Infinity));
  const parts = gone.map(({ run, layers }) => `${run.label} at ${layers.filter((value) => value === -Infinity).length} of ${layers.length} layers`);
  return parts.length ? `No point where the gradient is exactly 0: ${parts.join("; ")}.` : "";
}

function drawLine(context, { box, px, py }, layers, look, scale) {
  context.save();
  context.beginPath();
  context.rect(box.left - 4, 0, box.right - box.left + 8, box.bottom + 4);
  context.clip();
  context.strokeStyle = context.fillStyle = look.colour;
  context.lineWidth = 2.4 * scale;
  context.setLineDash(look.dash.map((part) => part * scale));
  context.beginPath();
  let pen = false;
  layers.forEach((value, i) => {
    if (!Number.isFinite(value)) pen = false;
    else {
      if (pen) context.lineTo(px(i + 1), py(value));
      else context.moveTo(px(i + 1), py(value));
      pen = true;
    }
  });
  context.stroke();
  context.setLineDash([]);
  layers.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    context.beginPath();
    context.arc(px(i + 1), py(value), 3.2 * scale, 0, 2 * Math.PI);
    context.fill();
  });
  context.restore();
}

/** Which layers have a chart of their own: next to the value, in the middle, next to the input. */
function chosenLayers(depth) {
  return [...new Set([depth, Math.ceil((depth + 1) / 2), 1])].filter((layer) => layer >= 1);
}

export class LayersOverTime extends Panel {
  constructor(name, board) {
    super(name, board);
    this.body.classList.add("terms", "four");
    this.limits = new PowerLimits();
    this.controls.append(board.zoomButton());
    this.boxes = [];
  }

  /** A chart for the slope and one for each chosen layer; built anew where critics of another depth come. */
  arrange(depth) {
    if (depth === this.depth) return;
    this.depth = depth;
    for (const box of this.boxes) box.remove();
    const place = { [depth]: ", next to the value", 1: ", next to the input" };
    const layers = chosenLayers(depth).map((layer) => ({
      name: `layer ${layer}${place[layer] ?? ""}`, y: "log\u2081\u2080 norm", value: (moment) => moment.layers[layer - 1] ?? NaN, shared: true, extra: layer > 1,
    }));
    this.boxes = [{ name: `slope, in ${PER_LAYER}`, y: "slope", value: (moment) => moment.gradients.slope }, ...layers].map((options) => this.box(options));
  }

  box(options) {
    const { plot, element } = boxElement(options.name);
    element.classList.toggle("extra", Boolean(options.extra)); // a projector leaves it out
    this.body.append(element);
    this.sizes.observe(plot);
    const box = new Box(this.name, plot, options);
    if (options.shared) box.range = () => this.range; // one scale for all layers, or they could not be compared
    box.remove = () => {
      this.sizes.unobserve(plot);
      box.destroy();
      element.remove();
    };
    return box;
  }

  key(view) {
    return [view.momentVersions, view.unit, view.runs.map(({ look }) => look.colour)].join("|");
  }

  paint(view) {
    const moments = view.runs.map(({ store }) => measured(store));
    const depth = Math.max(0, ...moments.map((list) => (list.at(-1)?.layers.length ?? 1) - 1));
    if (depth) this.arrange(depth);
    this.range = this.limits.grow(allNorms(view), view.epochs);
    for (const box of this.boxes) box.update(view, view.runs, moments);
    this.setEmpty(depth ? "" : emptyWords(view));
  }

  at(view, { store, at }) {
    const list = measured(store);
    return list[lastAtMost(list, view.group.hover ?? at ?? Infinity, (moment) => moment[view.unit])];
  }

  follow(view) {
    this.setLegend(view.runs.map((entry) => {
      const moment = this.at(view, entry);
      return { colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: moment ? slopeWords(moment.gradients.slope) : "" };
    }));
  }

  describe(view) {
    const parts = view.runs.map((entry) => {
      const moment = this.at(view, entry);
      const ends = moment && finite(moment.layers);
      return moment ? `${entry.run.label} ${slopeWords(moment.gradients.slope) || "no slope"}, norms from ${words(ends[0] ?? NaN)} to ${words(ends.at(-1) ?? NaN)}` : `${entry.run.label} unknown`;
    });
    return `The same norms over training; slope now in ${PER_LAYER}: ${parts.join("; ")}.`;
  }

  destroy() {
    for (const box of this.boxes) box.destroy();
    super.destroy();
  }
}
