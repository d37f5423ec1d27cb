// One small chart of a number that moments hold, for all runs; with a band or level lines behind it where asked for.

import { Chart, HeldLimits } from "../chart.js";
import { X_NAMES, join } from "../curvedata.js";
import { fade } from "../colour.js";
import { h } from "../dom.js";
import { finite, quantile } from "../format.js";

/** The element of a box with its caption; the panel puts it in its place. */
export function boxElement(name) {
  const [plot, caption] = [h("div", { class: "plot" }), h("b", { text: name })];
  return { plot, caption, element: h("div", { class: "term" }, h("p", { class: "caption" }, caption), plot) };
}

export class Box {
  /**
   * @param {string} panel
   * @param {HTMLElement} host
   * @param {{y: string, value: (moment: Object) => number, most?: (moment: Object) => number, banded?: boolean, dots?: boolean}} options
   */
  constructor(panel, host, options) {
    Object.assign(this, { panel, host, held: new HeldLimits(), ...options });
  }

  /**
   * @param {Object[]} runs those of the view that this box draws
   * @param {Object[][]} held the moments of each that hold the number
   * @param {{band?: {low: number, high: number}, line?: number, lineText?: string, thin?: boolean, above?: boolean, log?: boolean}} [marks] in the colour of the exact answer
   */
  update(view, runs, held, marks = {}) {
    const { theme, unit, group } = view;
    const { band, line, log = false } = marks;
    const values = held.map((moments) => moments.map((moment) => drawable(this.value(moment), log)));
    const limitsKey = `${log}|${view.epochs}`;
    const range = this.range(values, marks, held.flat(), log);
    this.limits = log ? this.held.log(...range, limitsKey) : this.held.linear(...range, limitsKey);
    const kinds = [Boolean(this.banded), Number.isFinite(line) ? marks.lineText : ""];
    const key = [theme.key, unit, log, kinds, line, runs.map(({ run, look }) => [run.id, look.colour, look.dash])].join("|");
    if (key !== this.key) {
      this.key = key;
      this.chart?.destroy();
      this.chart = new Chart(this.options(view, runs, marks), theme);
    }
    this.chart.resize();
    const tables = held.map((moments, i) => [moments.map((moment) => moment[unit]), values[i]]);
    const far = Math.max(group.limit, ...held.flatMap((moments) => moments.at(-1)?.[unit] ?? 0));
    const floor = log ? this.limits[0] : -Infinity;
    if (this.banded) tables.unshift(band ? [[0, far], [band.low, band.low].map((v) => Math.max(v, floor)), [band.high, band.high]] : [[], [], []]);
    this.chart.setData(join(tables));
  }

  options(view, runs, { line, lineText, thin = false, above = false, log = false }) {
    const { theme, unit, group } = view;
    const lines = runs.map(({ look }) => ({
      stroke: look.colour, width: 2.2 * theme.scale, dash: look.dash.map((part) => part * theme.scale), spanGaps: true,
      points: this.dots ? { size: 5 * theme.scale, fill: look.colour, space: 0 } : { show: false },
    }));
    const edge = { stroke: fade(theme.palette.truth, 0.5), width: theme.scale, points: { show: false } };
    return {
      host: this.host, group, panel: this.panel, log, names: { x: X_NAMES[unit], y: this.y }, limits: () => this.limits,
      series: this.banded ? [edge, edge, ...lines] : lines,
      bands: this.banded ? [{ series: [2, 1], fill: fade(theme.palette.truth, 0.22) }] : [],
      ...(Number.isFinite(line) ? { target: { value: line, text: lineText, colour: theme.palette.truth, width: thin ? 1 : 2, below: !above } } : {}),
    };
  }

  range(values, { band, line }, moments, log) {
    const all = finite(values.flat().filter((value) => value !== null));
    if (!all.length) return [NaN, NaN];
    if (this.most) return [Math.min(0, quantile(all, 0.02)), Math.max(...finite(moments.map(this.most)))];
    const marks = [line, band?.high].filter((value) => Number.isFinite(value) && (!log || value > 0));
    const [low, high] = [quantile(all, 0.02), quantile(all, 0.98)];
    return log ? [Math.min(low, ...marks), Math.max(high, ...marks)] : [Math.min(0, low), Math.max(high, ...marks)];
  }

  destroy() {
    this.chart?.destroy();
  }
}

const drawable = (value, log) => (Number.isFinite(value) && (!log || value > 0) ? value : null);
