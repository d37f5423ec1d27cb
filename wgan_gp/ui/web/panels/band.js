// The critic's gradient norms over training: median and the band from 10 to 90 % for each run.

import { Chart, HeldLimits } from "../chart.js";
import { X_NAMES, join } from "../curvedata.js";
import { fade } from "../colour.js";
import { toggle } from "../dom.js";
import { finite, lastAtMost, quantile, short } from "../format.js";
import { Panel } from "../panel.js";
import { followKinds, kindChoice, kindInWords } from "./histogram.js";

export class Band extends Panel {
  constructor(name, board) {
    super(name, board);
    this.log = false;
    this.held = new HeldLimits();
    this.kinds = kindChoice(board);
    this.controls.append(this.kinds, toggle("log", false, (on) => {
      this.log = on;
      board.wake();
    }), board.zoomButton());
  }

  key(view) {
    return [view.momentVersions, view.unit, view.settings.normKind, this.log, view.runs.map(({ look }) => look.colour)].join("|");
  }

  options(view) {
    const { theme, unit, runs } = view;
    const line = { points: { show: false }, spanGaps: true };
    return {
      host: this.body, group: view.group, panel: this.name, log: this.log, limits: () => this.limits,
      names: { x: X_NAMES[unit], y: "gradient norm" }, target: { value: 1, text: "1" },
      series: runs.flatMap(({ look }) => [
        { ...line, stroke: fade(look.colour, 0.35), width: theme.scale },
        { ...line, stroke: fade(look.colour, 0.35), width: theme.scale },
        { ...line, stroke: look.colour, width: 2.2 * theme.scale, dash: look.dash.map((part) => part * theme.scale) },
      ]),
      bands: runs.map(({ look }, i) => ({ series: [3 * i + 2, 3 * i + 1], fill: fade(look.colour, 0.2) })),
    };
  }

  range(rows) {
    const keep = (value) => Number.isFinite(value) && (!this.log || value > 0);
    const low = finite(rows.map((row) => row[0]).filter(keep));
    const high = finite(rows.map((row) => row[2]).filter(keep));
    if (!high.length) return [NaN, NaN];
    return this.log ? [low[0] ?? high[0], high.at(-1)] : [0, Math.max(1.2, quantile(high, 0.99))];
  }

  paint(view) {
    followKinds(this.kinds, view);
    const kind = view.settings.normKind;
    const ok = (value) => (Number.isFinite(value) && (!this.log || value > 0) ? value : null);
    const held = view.runs.map(({ store }) => store.moments.filter((moment) => moment.norms[kind]));
    const range = this.range(held.flat().map((moment) => moment.norms[kind]));
    const limitsKey = `${this.log}|${kind}|${view.epochs}`;
    this.limits = this.log ? this.held.log(...range, limitsKey) : this.held.linear(...range, limitsKey);
    const key = [view.theme.key, view.unit, this.log, view.runs.map(({ run, look }) => [run.id, look.colour])].join("|");
    if (key !== this.chartKey) {
      this.chartKey = key;
      this.chart?.destroy();
      this.chart = new Chart(this.options(view), view.theme);
    }
    this.chart.resize();
    this.chart.setData(join(held.map((moments) => [
      moments.map((moment) => moment[view.unit]),
      ...[0, 2, 1].map((q) => moments.map((moment) => ok(moment.norms[kind][q]))),
    ])));
    this.setEmpty(held.some((moments) => moments.length) ? "" : emptyWords(view));
    this.setNote(`At ${kindInWords(view)}. Line: median; band: 10 to 90 %.`);
  }

  follow(view) {
    const kind = view.settings.normKind;
    this.setLegend(view.runs.map(({ run, look, store, at }) => {
      const position = view.group.hover ?? at ?? Infinity;
      const moment = store.moments[lastAtMost(store.moments, position, (entry) => entry[view.unit])];
      const norms = moment?.norms[kind];
      return { colour: look.colour, dash: look.dash, label: run.label, value: norms ? `${short(norms[1], 2)} (${short(norms[0], 2)} to ${short(norms[2], 2)})` : "" };
    }));
  }

  describe(view) {
    const kind = view.settings.normKind;
    const parts = view.runs.map(({ run, frame }) => `${run.label} ${frame?.moment.norms[kind] ? short(frame.moment.norms[kind][1], 2) : "unknown"}`);
    return `The critic's gradient norm over training at ${kindInWords(view)}; median now ${parts.join(", ")}.`;
  }

  destroy() {
    this.chart?.destroy();
    super.destroy();
  }
}

function emptyWords(view) {
  const any = view.runs.some(({ store }) => store.moments.length);
  return any ? `These runs recorded no gradient norms at ${kindInWords(view)}.` : "The band appears here with the first moments.";
}
