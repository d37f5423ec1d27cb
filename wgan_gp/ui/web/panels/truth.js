// What the exact solution says beside the critic: W1 with its noise floor, the ratio of the estimate to it, and the modes.

import { Chart, HeldLimits } from "../chart.js";
import { X_NAMES, join } from "../curvedata.js";
import { fade } from "../colour.js";
import { h } from "../dom.js";
import { finite, lastAtMost, quantile, short } from "../format.js";
import { Panel } from "../panel.js";

const BOXES = [
  { name: "exact W\u2081", y: "W\u2081 (units of x)", value: ({ truth }) => truth.w1, floor: true },
  { name: "estimate / W\u2081", y: "units of D per unit of x", value: ({ truth, estimates }) => (estimates ? estimates[0] / truth.w1 : NaN) },
  { name: "modes well covered", y: "modes", value: ({ truth }) => truth.well, most: ({ truth }) => truth.modes, modes: true },
  { name: "good samples", y: "share (%)", value: ({ truth }) => 100 * truth.good, most: () => 100, modes: true },
];

/** A chart of one of these numbers for all runs; it is built anew only when its look changes. */
class Box {
  constructor(panel, host, options) {
    Object.assign(this, { panel, host, held: new HeldLimits(), ...options });
  }

  update(view, held) {
    const { theme, unit, runs, group } = view;
    const values = held.map((moments) => moments.map((moment) => this.drawable(this.value(moment))));
    const floor = this.floor ? newestFloor(held) : null;
    this.limits = this.held.linear(...this.range(values, floor, held.flat()), `${view.epochs}`);
    const key = [theme.key, unit, runs.map(({ run, look }) => [run.id, look.colour, look.dash])].join("|");
    if (key !== this.key) {
      this.key = key;
      this.chart?.destroy();
      const lines = runs.map(({ look }) => ({
        stroke: look.colour, width: 2.2 * theme.scale, dash: look.dash.map((part) => part * theme.scale), spanGaps: true, points: { show: false },
      }));
      const edge = { stroke: fade(theme.palette.truth, 0.5), width: theme.scale, points: { show: false } };
      this.chart = new Chart({
        host: this.host, group, panel: this.panel, names: { x: X_NAMES[unit], y: this.y }, limits: () => this.limits,
        series: this.floor ? [edge, edge, ...lines] : lines,
        bands: this.floor ? [{ series: [2, 1], fill: fade(theme.palette.truth, 0.22) }] : [],
      }, theme);
    }
    this.chart.resize();
    const tables = held.map((moments, i) => [moments.map((moment) => moment[unit]), values[i]]);
    const far = Math.max(group.limit, ...held.flatMap((moments) => moments.at(-1)?.[unit] ?? 0));
    if (this.floor) tables.unshift(floor ? [[0, far], [floor.low, floor.low], [floor.high, floor.high]] : [[], [], []]);
    this.chart.setData(join(tables));
  }

  drawable(value) {
    return Number.isFinite(value) ? value : null;
  }

  range(values, floor, moments) {
    const all = finite(values.flat().filter((value) => value !== null));
    if (!all.length) return [NaN, NaN];
    if (this.most) return [0, Math.max(...finite(moments.map(this.most)))];
    return [Math.min(0, quantile(all, 0.02)), Math.max(quantile(all, 0.98), floor?.high ?? 0)];
  }

  destroy() {
    this.chart?.destroy();
  }
}

export class Truth extends Panel {
  constructor(name, board) {
    super(name, board);
    this.body.classList.add("terms");
    this.boxes = BOXES.map((options) => {
      const plot = h("div", { class: "plot" });
      const element = h("div", { class: "term" }, h("p", { class: "caption" }, h("b", { text: options.name })), plot);
      this.body.append(element);
      this.sizes.observe(plot);
      return new Box(name, plot, { ...options, element });
    });
    this.controls.append(board.zoomButton());
  }

  key(view) {
    return [view.momentVersions, view.unit, view.runs.map(({ look }) => look.colour)].join("|");
  }

  paint(view) {
    const held = view.runs.map(({ store }) => store.moments.filter((moment) => moment.truth));
    const modes = held.flat().some(({ truth }) => Number.isFinite(truth.well));
    for (const box of this.boxes) {
      box.element.hidden = Boolean(box.modes) && !modes;
      if (!box.element.hidden) box.update(view, held);
    }
    this.setEmpty(held.some((moments) => moments.length) ? "" : "The exact distance appears here with the first moments.");
    const floor = newestFloor(held);
    const said = floor ? `Green band: two sets of real data against each other, W\u2081 ${short(floor.low, 2)} to ${short(floor.high, 2)}` : "";
    this.setNote(said ? `${said}; nothing can be told apart below it.` : "");
  }

  follow(view) {
    this.setLegend(view.runs.map((entry) => ({ colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: words(this.at(view, entry)) })));
  }

  at(view, { store, at }) {
    const held = store.moments.filter((moment) => moment.truth);
    return held[lastAtMost(held, view.group.hover ?? at ?? Infinity, (moment) => moment[view.unit])];
  }

  describe(view) {
    const parts = view.runs.map((entry) => `${entry.run.label} ${words(this.at(view, entry)) || "unknown"}`);
    return `The exact distance between real and generated samples, and the critic's estimate as a multiple of it; now ${parts.join("; ")}.`;
  }

  destroy() {
    for (const box of this.boxes) box.destroy();
    super.destroy();
  }
}

function words(moment) {
  if (!moment) return "";
  const { w1, modes, well, good } = moment.truth;
  const quality = Number.isFinite(well) ? `, ${well} of ${modes} modes, ${short(100 * good, 3)} % good` : "";
  return `W\u2081 ${short(w1, 2)}${quality}`;
}

/** The noise floor as the longest-running probe knows it: all runs of a duel have the same data. */
function newestFloor(held) {
  const known = held.flatMap((moments) => moments.slice(-1)).filter(({ truth }) => Number.isFinite(truth.low));
  return known.length ? known.reduce((best, moment) => (moment.step > best.step ? moment : best)).truth : null;
}
