// One uPlot chart in the theme's colours; a group of charts shares its x axis, cursor, zoom and rule.

import uPlot from "./vendor/uPlot.esm.js";
import { drawBeyond, label } from "./chartmarks.js";
import { decadesInWords, evenly, niceLimits, roundUp, ticks, wholeTicks } from "./format.js";

let groups = 0;

/** What all curve charts of a board share. */
export class Group {
  constructor(seek) {
    this.key = `lab-${++groups}`;
    this.seek = seek; // a click goes to that place in time
    this.charts = new Set();
    this.zoom = null;
    this.limit = 1;
    this.rule = null;
    this.changes = []; // places on the x axis where something was changed, with words
    this.hover = null;
    this.changed = () => {};
  }

  setLimit(limit) {
    if (limit === this.limit) return;
    this.limit = limit;
    this.rescale();
  }

  setZoom(zoom) {
    this.zoom = zoom;
    this.rescale();
    this.changed();
  }

  rescale() {
    for (const chart of this.charts) chart.rescale();
  }

  setChanges(changes) {
    const key = JSON.stringify(changes);
    if (key === this.changesKey) return;
    this.changesKey = key;
    this.changes = changes;
    this.rescale();
  }

  setRule(position) {
    if (position === this.rule) return;
    this.rule = position;
    for (const chart of this.charts) chart.placeRule();
  }

  range() {
    return this.zoom ?? [0, this.limit];
  }
}

export class Chart {
  /**
   * @param {Object} options
   * @param {HTMLElement} options.host positioned box that gives the size
   * @param {Group} options.group
   * @param {string} options.panel name for tests
   * @param {{x: string, y: string}} options.names axis names with units
   * @param {Object[]} options.series uPlot series without x
   * @param {Object[]} [options.bands]
   * @param {() => [number, number]} options.limits of y
   * @param {boolean} [options.log]
   * @param {boolean} [options.count] what is drawn are whole numbers
   * @param {{value: number, text: string, colour?: string, width?: number, below?: boolean}} [options.target] a thin dashed line with its name
   */
  constructor(options, theme) {
    Object.assign(this, options);
    this.theme = theme;
    const { width, height } = this.size();
    this.plot = new uPlot(this.options(width, height), this.empty(), this.host);
    this.plot.ctx.canvas.dataset.panel = this.panel;
    this.ruleElement = document.createElement("div");
    this.ruleElement.className = "rule";
    this.plot.over.append(this.ruleElement);
    this.group.charts.add(this);
    this.listenToClicks();
    this.placeRule();
  }

  empty() {
    return [[], ...this.series.map(() => [])];
  }

  size() {
    return { width: Math.max(60, this.host.clientWidth), height: Math.max(60, this.host.clientHeight) };
  }

  options(width, height) {
    const { theme, group } = this;
    const axis = (name, vertical) => ({
      label: vertical ? (u) => this.fitting(u, name) : name, labelSize: 15 * theme.scale, labelGap: 0, labelFont: theme.type(11), font: theme.type(11),
      size: (vertical ? 44 : 20) * theme.scale, gap: 3, space: (vertical ? 28 : 56) * theme.scale,
      stroke: theme.muted, grid: { stroke: theme.grid, width: 1 }, ticks: { show: false },
      values: (_, splits) => worded(splits, vertical && this.log ? decadesInWords : evenly),
    });
    return {
      width, height, padding: [6, (u) => this.lastNumber(u), 0, 0], legend: { show: false },
      scales: { x: { time: false, range: () => group.range() }, y: { distr: this.log ? 3 : 1, range: () => this.limits() } },
      axes: [{ ...axis(this.names.x, false), splits: (u, _, low, high) => ticks(low, high, Math.max(1, Math.floor(u.width / (70 * theme.scale)))) }, { ...axis(this.names.y, true), ...(this.log ? { filter: decades } : { splits: (u, _, low, high) => this.upright(u, low, high) }) }],
      series: [{}, ...this.series], bands: this.bands ?? [],
      cursor: {
        y: false, points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 6 },
        sync: { key: group.key, setSeries: false, scales: ["x", null], filters: { pub: moves, sub: moves } },
        bind: { dblclick: () => () => group.setZoom(null) },
      },
      hooks: {
        setSelect: [(u) => this.select(u)],
        setCursor: [(u) => this.hoverAt(u)],
        draw: [(u) => drawBeyond(u, uPlot.pxRatio * theme.scale), (u) => this.drawTarget(u), (u) => this.drawChanges(u)],
      },
    };
  }

  /** Places of the numbers on the upright axis. */
  upright(u, low, high) {
    const count = Math.max(1, Math.floor(u.height / (30 * this.theme.scale)) - 1);
    return (this.count ? wholeTicks : ticks)(low, high, count);
  }

  /** Room on the right for half of the last number, which stands under the end of the axis. */
  lastNumber({ ctx }) {
    ctx.save();
    ctx.font = this.theme.type(11);
    const { width } = ctx.measureText(evenly([this.group.range()[1]])[0]);
    ctx.restore();
    return Math.max(16, Math.ceil(width / 2) + 4);
  }

  /** The name of the upright axis; on a low chart in smaller letters, so that it is whole. */
  fitting({ ctx, height }, name) {
    const room = (height - 8) * uPlot.pxRatio;
    const { width } = ctx.measureText(name);
    if (width > room) ctx.font = ctx.font.replace(/[\d.]+px/, (size) => `${Math.max(8, (parseFloat(size) * room) / width)}px`);
    return name;
  }

  select(u) {
    const { left, width } = u.select;
    if (width > 6) this.group.setZoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  /** A click goes to that place in time; a drag zooms and a double click ends the zoom, so a click waits for both. */
  listenToClicks() {
    const { over } = this.plot;
    let [downAt, waiting] = [0, null];
    over.addEventListener("mousedown", (event) => (downAt = event.clientX));
    over.addEventListener("dblclick", () => clearTimeout(waiting));
    over.addEventListener("click", (event) => {
      clearTimeout(waiting);
      if (event.detail !== 1 || Math.abs(event.clientX - downAt) > 5) return;
      const position = this.plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
      waiting = setTimeout(() => this.group.seek(position), 250);
    });
  }

  hoverAt(u) {
    const value = u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") : null;
    if (value === this.group.hover) return;
    this.group.hover = value;
    this.group.changed();
  }

  drawTarget(u) {
    if (!this.target) return;
    const y = u.valToPos(this.target.value, "y", true);
    const { left, top, width, height } = u.bbox;
    if (!(y >= top && y <= top + height)) return;
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = this.target.colour ?? this.theme.muted;
    ctx.lineWidth = (this.target.width ?? 1) * uPlot.pxRatio * this.theme.scale;
    ctx.setLineDash([5 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.font = this.theme.type(11 * uPlot.pxRatio);
    ctx.textAlign = "left";
    ctx.textBaseline = this.target.below ? "top" : "bottom";
    label(ctx, this.target.text, left + 4, this.target.below ? y + 3 * uPlot.pxRatio : y - 2, this.theme, 11 * this.theme.scale * uPlot.pxRatio);
    ctx.restore();
  }

  /** A dotted upright line where a run was changed, with what was changed. */
  drawChanges(u) {
    const { left, top, width, height } = u.bbox;
    const { ctx } = u;
    ctx.save();
    ctx.font = this.theme.type(10 * uPlot.pxRatio);
    ctx.textBaseline = "top";
    ctx.lineWidth = uPlot.pxRatio * this.theme.scale;
    ctx.setLineDash([2 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
    for (const [i, { at, text, colour }] of this.group.changes.entries()) {
      const x = u.valToPos(at, "x", true);
      if (!(x >= left && x <= left + width)) continue;
      ctx.strokeStyle = ctx.fillStyle = colour;
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
      ctx.textAlign = x > left + width / 2 ? "right" : "left";
      label(ctx, text, x + (ctx.textAlign === "left" ? 4 : -4), top + (i % 3) * 13 * this.theme.scale * uPlot.pxRatio, this.theme, 10 * this.theme.scale * uPlot.pxRatio);
    }
    ctx.restore();
  }

  setData(data) {
    this.plot.setData(data, true);
    this.placeRule();
  }

  rescale() {
    this.plot.setData(this.plot.data, true);
    this.placeRule();
  }

  resize() {
    const { width, height } = this.size();
    if (width === this.plot.width && height === this.plot.height) return;
    this.plot.setSize({ width, height });
    this.placeRule();
  }

  /** The rule is an element, so that moving it redraws no canvas. */
  placeRule() {
    const { rule } = this.group;
    const [low, high] = this.group.range();
    const inside = rule !== null && rule >= low && rule <= high;
    this.ruleElement.hidden = !inside;
    if (inside) this.ruleElement.style.transform = `translateX(${((rule - low) / (high - low)) * this.plot.bbox.width / uPlot.pxRatio}px)`;
  }

  destroy() {
    this.group.charts.delete(this);
    this.plot.destroy();
  }
}

const moves = (type) => type === "mousemove" || type === "mouseleave";

/** The numbers in words; what carries none stays empty. */
function worded(splits, words) {
  const some = words(splits.filter((value) => value !== null));
  return splits.map((value) => (value === null ? "" : some.shift()));
}

/** On log axes only powers of ten carry a label. */
function decades(_, splits) {
  return splits.map((value) => (value > 0 && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6 ? value : null));
}

/** Limits that only grow, in 1-2-5 steps; a new `key` (other runs, a new attempt) lets them start anew. */
export class HeldLimits {
  constructor() {
    this.key = null;
    this.range = null;
  }

  linear(low, high, key) {
    if (this.key !== key) [this.key, this.range] = [key, null];
    if (Number.isFinite(low) && Number.isFinite(high)) {
      const wide = this.range ? [Math.min(low, this.range[0]), Math.max(high, this.range[1])] : [low, high];
      if (!this.range || wide[0] < this.range[0] || wide[1] > this.range[1]) this.range = niceLimits(...wide);
    }
    return this.range ?? [0, 1];
  }

  log(low, high, key) {
    if (this.key !== key) [this.key, this.range] = [key, null];
    if (low > 0 && Number.isFinite(high)) {
      const wide = [10 ** Math.floor(Math.log10(low) + 1e-9), 10 ** Math.ceil(Math.log10(high) - 1e-9)];
      if (wide[0] === wide[1]) wide[1] *= 10;
      this.range = this.range ? [Math.min(wide[0], this.range[0]), Math.max(wide[1], this.range[1])] : wide;
    }
    return this.range ?? [0.1, 10];
  }
}

const ENDS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The end of the x axis: a 1-2-5 step, but not beyond what the runs are to reach; where nobody knows that, a round number close by. */
export function xLimit(reached, planned) {
  const far = Math.max(reached, 1e-9);
  if (planned && planned >= reached) return Math.min(roundUp(far), planned);
  const power = 10 ** Math.floor(Math.log10(far) + 1e-9);
  return power * ENDS.find((end) => end * power >= far * (1 - 1e-9));
}
