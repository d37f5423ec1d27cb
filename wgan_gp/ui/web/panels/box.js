// One chart over time for all runs; with a band or level lines behind it where asked for.

import { Chart, HeldLimits } from "../chart.js";
import { X_NAMES, join } from "../curvedata.js";
import { fade } from "../colour.js";
import { h } from "../dom.js";
import { finite, short } from "../format.js";
import { seriesOf } from "./series.js";

/** The element of a box with its caption; the panel puts it in its place. */
export function boxElement(name, remark = "") {
  const [plot, caption] = [h("div", { class: "plot" }), h("b", { text: name })];
  return { plot, caption, element: h("div", { class: "term" }, h("p", { class: "caption" }, caption, remark ? h("small", { text: ` ${remark}` }) : null), plot) };
}

export class Box {
  /**
   * @param {string} panel
   * @param {HTMLElement} host
   * @param {{y: string, value?: (moment: Object) => number, spec?: Object, most?: (moment: Object) => number, banded?: boolean, dots?: boolean, held?: HeldLimits}} options
   *   what is drawn is `value` of each moment, or what the table's `spec` says
   */
  constructor(panel, host, options) {
    Object.assign(this, { panel, host, held: new HeldLimits(), ...options });
    this.series = seriesOf(this.spec);
  }

  /**
   * @param {Object[]} runs those of the view that this box draws
   * @param {Object[][]} held the moments of each that hold the number
   * @param {{band?: {low: number, high: number}, line?: number, lineText?: string, thin?: boolean, above?: boolean, log?: boolean}} [marks] in the colour of the exact answer
   */
  update(view, runs, held, marks = {}) {
    const { theme, unit } = view;
    const { line, log = false } = marks;
    const options = { unit, log, width: view.smoothing(), keep: drawable(log) };
    const kept = this.spec?.mirrored ? "" : this.spec?.value; // limits that several boxes share are not those of one number
    this.setLimits(this.range(runs, held, marks, options), `${log}|${view.epochs}|${kept}`, log);
    this.count = this.counts(held);
    const kinds = [this.count, Boolean(this.banded), Number.isFinite(line) ? marks.lineText : ""];
    const key = [theme.key, unit, log, kinds, line, runs.map(({ run, look }) => [run.id, look.colour, look.dash])].join("|");
    if (key !== this.key) {
      this.key = key;
      this.chart?.destroy();
      this.chart = new Chart(this.options(view, runs, marks), theme);
    }
    this.chart.resize();
    this.chart.setData(join([...this.behind(view, held, marks), ...runs.flatMap((run, i) => this.series.tables(this, run, held[i], options))]));
  }

  setLimits(range, key, log) {
    this.limits = log ? this.held.log(...range, key) : this.held.linear(...range, key);
  }

  /** Whether what is drawn are whole numbers, as modes are. */
  counts(held) {
    if (this.series !== seriesOf()) return false;
    const all = finite(held.flat().map(this.value));
    return all.length > 0 && all.every(Number.isInteger) && all.at(-1) < 1e4;
  }

  /** Takes over limits that a box with the same ones widened after this one was drawn. */
  followLimits() {
    if (this.limits === (this.held.range ?? this.limits)) return;
    this.limits = this.held.range;
    this.chart.rescale();
  }

  /** The band's ends, as far as the axis and the runs reach. */
  behind({ unit, group }, held, { band, log = false }) {
    if (!this.banded) return [];
    if (!band) return [[[], [], []]];
    const far = Math.max(group.limit, ...held.flatMap((moments) => moments.at(-1)?.[unit] ?? 0));
    const floor = log ? this.limits[0] : -Infinity;
    return [[[0, far], [band.low, band.low].map((value) => Math.max(value, floor)), [band.high, band.high]]];
  }

  options(view, runs, { line, lineText, thin = false, above = false, log = false }) {
    const { theme, unit, group } = view;
    const edge = { stroke: fade(theme.palette.truth, 0.5), width: theme.scale, points: { show: false } };
    const series = this.banded ? [edge, edge] : [];
    const bands = this.banded ? [{ series: [2, 1], fill: fade(theme.palette.truth, 0.22) }] : [];
    for (const { look } of runs) {
      bands.push(...(this.series.bands?.(series.length + 1, look) ?? []));
      series.push(...this.series.lines(this, look, theme));
    }
    const level = Number.isFinite(line) ? { value: line, text: lineText, colour: theme.palette.truth, width: thin ? 1 : 2, below: !above } : null;
    const aim = this.spec?.aim ?? null;
    const target = level ?? (aim === null ? undefined : { value: aim, text: short(aim) });
    return { host: this.host, group, panel: this.panel, log, count: this.count, names: { x: X_NAMES[unit], y: this.y }, limits: () => this.limits, series, bands, target };
  }

  /** What is to be in sight: the runs' numbers, from 0, and the marks. */
  range(runs, held, { band, line }, options) {
    const [low, high] = this.series.range(this, runs, held, options);
    if (this.series !== seriesOf()) return [low, high];
    if (!Number.isFinite(low)) return [NaN, NaN];
    if (this.most) return [Math.min(0, low), Math.max(...finite(held.flat().map(this.most)))];
    const marks = [line, band?.high].filter((value) => Number.isFinite(value) && (!options.log || value > 0));
    return [options.log ? Math.min(low, ...marks) : Math.min(0, low), Math.max(high, ...marks)];
  }

  destroy() {
    this.chart?.destroy();
  }
}

const drawable = (log) => (value) => (Number.isFinite(value) && (!log || value > 0) ? value : null);
