// The distribution of the critic's gradient norms at the shown moment, in the same bins for all runs.

import { axes, bars, target } from "../axes.js";
import { fade } from "../colour.js";
import { fit, h, toggle } from "../dom.js";
import { finite, percent, powerOfTen, quantile, roundUp, short } from "../format.js";
import { Panel } from "../panel.js";
import { floats } from "../safetensors.js";
import { fill } from "../words.js";
import { followKinds, kindChoice, kindInWords } from "./points.js";

const BINS = 40;
const WIDEST = 5; // a clipped critic may reach 50 and more: its tail is gathered in the last bin, so that 1 stays in sight
const LOG = [1e-4, 1e2];

/** Shares of the values in each bin; what lies beyond an end is gathered in the bin there. */
export function share(values, edges) {
  const out = new Float64Array(edges.length - 1);
  let [below, beyond, bin] = [0, 0, 0];
  for (const value of values) { // sorted, so the bin only moves up
    while (bin < out.length - 1 && value >= edges[bin + 1]) bin++;
    out[bin] += 1 / values.length;
    if (value < edges[0]) below += 1 / values.length;
    if (value > edges.at(-1)) beyond += 1 / values.length;
  }
  return { shares: out, below, beyond };
}

export class Histogram extends Panel {
  constructor(name, board) {
    super(name, board);
    this.log = false;
    this.top = 0.1;
    this.canvas = h("canvas", { "data-panel": name, "aria-hidden": "true" });
    this.body.append(this.canvas);
    this.kinds = kindChoice(board);
    this.controls.append(this.kinds, toggle("log", false, (on) => {
      this.log = on;
      board.wake();
    }, "Logarithmic scale from 0.0001 to 100"));
  }

  key(view) {
    this.growEnd(view);
    const optima = view.optima.map(({ found, look }) => Boolean(found) && look.colour);
    return [view.shown, this.endKey, this.end, this.log, view.runs.map(({ look }) => look.colour), optima].join("|");
  }

  /** The last edge: covers nine tenths of the norms at nine tenths of the moments, 2 to 5. */
  widest(runs, kind) {
    const ends = runs.map(({ store }) => quantile(finite(store.moments.map((moment) => moment[`quantiles_${kind}`]?.high ?? NaN)), 0.9));
    return Math.min(WIDEST, Math.max(2, roundUp(Math.max(...ends.filter(Number.isFinite), 0))));
  }

  /** Looks for a wider end when moments came; the end only grows until other runs or points are chosen. */
  growEnd({ epochs, momentVersions, settings, runs }) {
    const [endKey, seen] = [`${epochs}|${settings.normKind}`, `${momentVersions}|${settings.normKind}`];
    if (endKey !== this.endKey) [this.endKey, this.end, this.top] = [endKey, 2, 0.1];
    if (seen === this.seen) return;
    this.seen = seen;
    this.end = Math.max(this.end, this.widest(runs, settings.normKind));
  }

  edges() {
    const [a, b] = LOG.map(Math.log10);
    if (this.log) return Array.from({ length: BINS + 1 }, (_, i) => 10 ** (a + ((b - a) * i) / BINS));
    return Array.from({ length: BINS + 1 }, (_, i) => (this.end * i) / BINS);
  }

  paint(view) {
    const kind = view.settings.normKind;
    followKinds(this.board, this.kinds, view);
    const { theme } = view;
    const edges = this.edges();
    const shown = view.runs.map((entry) => {
      const tensor = entry.frame?.moment.tensors[`norms_${kind}`];
      const values = tensor ? finite(floats(tensor)) : [];
      return { ...entry, ...share(values, edges), count: values.length };
    });
    const peak = Math.max(0, ...shown.flatMap(({ shares }) => Array.from(shares)));
    this.top = Math.max(this.top, Math.min(1, roundUp(Math.min(1, peak))));
    this.drawChart([...shown, ...this.optimum(view, kind, edges)], edges, theme);
    const some = shown.some(({ count }) => count);
    const any = view.runs.some(({ frame }) => frame);
    this.setEmpty(some ? "" : any ? `This moment holds no gradient norms at ${kindInWords(this.board, view)}.` : "The distribution appears here with the first moment.");
    this.setNote(some ? this.tails(shown, edges) : "");
  }

  /** The exact optimum's: its slope is 1 almost everywhere, so its bar leaves the picture; it does not set the limits. */
  optimum({ optima }, kind, edges) {
    const { found, look } = optima.find((entry) => entry.found?.moment.tensors[`norms_${kind}`]) ?? {};
    if (!found) return [];
    const values = finite(floats(found.moment.tensors[`norms_${kind}`])).map((value) => Math.round(value * 1e4) / 1e4); // 0.99999994 is 1
    return [{ look, ...share(values, edges), count: values.length }];
  }

  drawChart(shown, edges, theme) {
    const [width, height] = [this.body.clientWidth, this.body.clientHeight];
    const context = fit(this.canvas, width, height);
    const frame = axes(context, width, height, theme, {
      x: [edges[0], edges.at(-1)], y: [0, this.top], xName: "gradient norm (units of D per unit of x)", yName: "share",
      yText: (value) => `${short(value * 100)} %`,
      ...(this.log ? { toX: Math.log10, xTicks: [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100], xText: (value) => powerOfTen(Math.log10(value)) } : {}),
    });
    for (const { look, shares, count } of shown) {
      if (count) bars(context, frame, edges, shares, look.colour, fade(look.colour, 0.22), look.dash, 2 * theme.scale);
    }
    target(context, frame, 1, "1: the aim", theme);
  }

  tails(shown, edges) {
    const said = (value) => (value < 0.01 ? "under 1 %" : percent(value));
    const parts = shown.flatMap(({ run, beyond, below }) => [
      beyond > 0 ? `${run.label}: ${said(beyond)} beyond ${short(edges.at(-1))}` : null,
      below > 0 && this.log ? `${run.label}: ${said(below)} below ${short(edges[0])}` : null,
    ]).filter(Boolean);
    return `Numbers: medians.${parts.length ? ` In the end bins: ${parts.join("; ")}.` : ""}`;
  }

  follow(view) {
    const kind = view.settings.normKind;
    const optimum = view.optima.find(({ found }) => found?.moment[`quantiles_${kind}`]);
    this.setLegend([...view.runs, ...(optimum ? [optimum] : [])].map(({ run, look, frame }) => ({
      colour: look.colour, dash: look.dash, label: run.label, value: fill(`{quantiles_${kind}.median:2}`, frame?.moment) ?? "",
    })));
  }

  describe(view) {
    const kind = view.settings.normKind;
    const words = `median {quantiles_${kind}.median:2}, 80 % between {quantiles_${kind}.low:2} and {quantiles_${kind}.high:2}`;
    const parts = view.runs.map(({ run, frame }) => `${run.label} ${fill(words, frame?.moment) ?? "unknown"}`);
    return `Distribution of the critic's gradient norm at ${kindInWords(this.board, view)}: ${parts.join("; ")}. The penalty aims at 1.`;
  }
}
