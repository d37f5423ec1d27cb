// Curves over training: the critic's estimate, and the loss term by term; smoothed, with the raw values faint behind.

import { Chart, HeldLimits, behind } from "../chart.js";
import { X_NAMES, columnRange, columnTables, join, valueAt } from "../curvedata.js";
import { fade } from "../colour.js";
import { h, toggle } from "../dom.js";
import { short, whole } from "../format.js";
import { Panel } from "../panel.js";

/** A chart of one column for all runs; it is built anew only when its look changes, not when data come. */
class CurveBox {
  constructor(panel, host, { column, name, heldOut = false, faint = false, held = new HeldLimits(), ...more }) {
    Object.assign(this, { panel, host, column, name, heldOut, faint, held, ...more });
  }

  series(runs, theme) {
    return runs.flatMap(({ look }) => {
      const colour = this.faint ? fade(look.colour, 0.45) : look.colour;
      const lines = [
        { stroke: behind(colour), width: theme.scale, spanGaps: true, points: { show: false } },
        { stroke: colour, width: 2.2 * theme.scale, dash: look.dash.map((part) => part * theme.scale), spanGaps: true, points: { show: false } },
      ];
      const dots = { stroke: colour, paths: () => null, points: { show: true, size: 4 * theme.scale, stroke: colour, width: 1, fill: theme.background } };
      return this.heldOut ? [...lines, dots] : lines;
    });
  }

  update(view, log) {
    const { runs, theme, unit } = view;
    const key = [theme.key, unit, log, runs.map(({ run, look }) => [run.id, look.colour, look.dash])].join("|");
    const options = { unit, log, width: view.smoothing(), heldOut: this.heldOut };
    const limitsKey = `${log}|${view.epochs}`;
    const range = columnRange(runs, this.column, options);
    this.limits = log ? this.held.log(...range, limitsKey) : this.held.linear(...range, limitsKey);
    if (key !== this.key) {
      this.key = key;
      this.chart?.destroy();
      this.chart = new Chart({
        host: this.host, group: view.group, panel: this.panel, log, series: this.series(runs, theme),
        names: { x: X_NAMES[unit], y: this.name }, limits: () => this.limits,
      }, theme);
    }
    this.chart.resize();
    this.chart.setData(join(columnTables(runs, this.column, options)));
  }

  /** Takes over limits that another box widened after this one was drawn. */
  shareLimits(other) {
    if (this.limits === other.limits) return;
    this.limits = other.limits;
    this.chart.rescale();
  }

  /** Whether any run has a value to draw. */
  filled(runs) {
    return runs.some(({ store }) => (store.curve[this.column] ?? []).some(Number.isFinite));
  }

  destroy() {
    this.chart?.destroy();
  }
}

const versions = ({ runs }) => runs.map(({ run, store, look }) => `${run.id}:${store.curveVersion}:${look.colour}`).join();

function legend(panel, view, column) {
  const { group, unit, runs } = view;
  panel.setLegend(runs.map(({ run, look, store, at }) => {
    const value = valueAt(store, column, unit, group.hover ?? at ?? Infinity, view.smoothing());
    return { colour: look.colour, dash: look.dash, label: run.label, value: value === null ? "" : short(value, 2) };
  }));
}

export class Estimate extends Panel {
  constructor(name, board) {
    super(name, board);
    this.log = false;
    this.box = new CurveBox(name, this.body, { column: "estimate", name: "units of D", heldOut: true });
    this.controls.append(toggle("log", false, (on) => {
      this.log = on;
      board.wake();
    }, "Logarithmic scale: values at or below 0 are left out"), board.zoomButton());
  }

  key(view) {
    return `${versions(view)}|${view.momentVersions}|${view.unit}|${this.log}`;
  }

  paint(view) {
    this.box.update(view, this.log);
    const empty = !this.box.filled(view.runs);
    this.setEmpty(empty ? "The estimate appears here with the first iterations." : "");
    const note = `Line: exponential mean over ${whole(view.smoothing())} iteration${view.smoothing() > 1 ? "s" : ""}; circles: held-out data`;
    this.setNote(this.log ? `${note}; not drawn: values up to 0.` : `${note}.`);
  }

  follow(view) {
    legend(this, view, "estimate");
  }

  describe(view) {
    const parts = view.runs.map(({ run, store, at }) => {
      const value = valueAt(store, "estimate", view.unit, at ?? Infinity, view.smoothing());
      return `${run.label} ${value === null ? "has no value yet" : short(value)}`;
    });
    return `The critic's estimate over training; now ${parts.join(", ")}.`;
  }

  destroy() {
    this.box.destroy();
    super.destroy();
  }
}

const TERMS = [
  { column: "real", name: "\u2212E[D(real)]", mirrored: true },
  { column: "fake", name: "E[D(fake)]", mirrored: true },
  { column: "penalty", name: "\u03bb \u00b7 GP", remark: "0 without a penalty" },
  { column: "generator_loss", name: "generator loss", remark: "its level is arbitrary", faint: true, moves: true },
];

export class Losses extends Panel {
  constructor(name, board) {
    super(name, board);
    this.body.classList.add("terms");
    const held = new HeldLimits(); // the first two terms mirror each other, so they share their limits
    this.boxes = TERMS.map((term) => {
      const plot = h("div", { class: "plot" });
      const remark = term.remark ? h("small", { text: ` ${term.remark}` }) : null;
      const element = h("div", { class: "term" }, h("p", { class: "caption" }, h("b", { text: term.name }), remark), plot);
      this.body.append(element);
      this.sizes.observe(plot);
      return new CurveBox(name, plot, { ...term, name: "units of D", ...(term.mirrored ? { held } : {}), element, moves: term.moves });
    });
    this.controls.append(board.zoomButton());
  }

  key(view) {
    return `${versions(view)}|${view.unit}|${view.runs.map(({ store }) => Boolean(store.scene))}`;
  }

  paint(view) {
    for (const box of this.boxes) {
      box.element.hidden = Boolean(box.moves) && view.runs.every(({ store }) => store.scene?.fake); // where the generator stands still, it has no loss
      if (!box.element.hidden) box.update(view, false);
    }
    this.boxes[0].shareLimits(this.boxes[1]);
    const empty = !this.boxes[0].filled(view.runs);
    this.setEmpty(empty ? "The terms of the loss appear here with the first iterations." : "");
  }

  follow(view) {
    this.setLegend(view.runs.map(({ run, look }) => ({ colour: look.colour, dash: look.dash, label: run.label })));
  }

  describe(view) {
    const parts = view.runs.map(({ run, store, at }) => {
      const values = TERMS.map(({ column, name }) => [name, valueAt(store, column, view.unit, at ?? Infinity, view.smoothing())]);
      return `${run.label}: ${values.map(([name, value]) => `${name} ${value === null ? "unknown" : short(value)}`).join(", ")}`;
    });
    return `Loss terms now. ${parts.join("; ")}.`;
  }

  destroy() {
    for (const box of this.boxes) box.destroy();
    super.destroy();
  }
}
