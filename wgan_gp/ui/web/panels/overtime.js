// Measures over time: the panels of wgan_gp/panels/table.py, each a few charts of named numbers with marks, words and a text alternative.

import { HeldLimits } from "../chart.js";
import { curveAt } from "../curvedata.js";
import { mark, say, toggle } from "../dom.js";
import { lastAtMost, whole } from "../format.js";
import { groupsOf, optimumOf } from "../optimum.js";
import { Panel } from "../panel.js";
import { fill, pieces, value } from "../words.js";
import { Box, boxElement } from "./box.js";
import { followKinds, kindChoice, kindInWords } from "./points.js";

/** What is known, as a list. */
const joined = (words) => words.filter((word) => word !== null).join("").replace(/^, /, "");

/** Whether a number of a moment means something: the ratio to a distance that is not its own noise. */
const says = ({ above }, moment) => !above || value(moment, above[0]) > value(moment, above[1]);

export class OverTime extends Panel {
  constructor(name, board) {
    super(name, board);
    this.spec = board.data.over_time[name];
    this.log = this.spec.log === "on";
    this.charts = new Map(); // name of a group, "" for all runs -> its charts
    this.mirror = new HeldLimits(); // of the charts that share their scale
    this.bare = this.spec.boxes.length === 1 && !this.spec.grouped;
    if (!this.bare) this.body.classList.add("terms", ...(this.spec.grouped ? ["groups"] : []));
    if (this.spec.kinds) this.controls.append((this.kinds = kindChoice(board)));
    if (this.spec.log) {
      this.controls.append(toggle("log", this.log, (on) => {
        this.log = on;
        board.wake();
      }, this.spec.log_help));
    }
    this.controls.append(board.zoomButton());
  }

  key(view) {
    const runs = view.runs.map(({ run, store, look }) => [run.group, look.colour, Boolean(store.scene), this.draws({ run, store }), this.spec.measure === "curve" && store.curveVersion]);
    return [view.momentVersions, view.unit, this.log, this.kinds && view.settings.normKind, runs.join()].join("|");
  }

  /** Whether this panel is about a run. */
  draws({ run, store }) {
    return !this.spec.only || (store.status?.constraint?.kind ?? run.method) === this.spec.only;
  }

  /** The table with the chosen points in it. */
  choose(view) {
    followKinds(this.board, this.kinds, view);
    const table = JSON.stringify(this.board.data.over_time[this.name]);
    this.spec = JSON.parse(table.replaceAll("{kind}", view.settings.normKind).replaceAll("{points}", kindInWords(this.board, view)));
    for (const boxes of this.charts.values()) boxes.forEach((box, i) => (box.spec = this.spec.boxes[i]));
  }

  // --- numbers ---------------------------------------------------------------------------------------------------------------

  /** The moments of a run that hold the measure; where later ones keep it, each answer once and where it was found. */
  held(store) {
    const { measure, once } = this.spec;
    const moments = measure === "curve" ? store.moments : store.moments.filter((moment) => moment[measure]);
    return once ? moments.map((moment) => ({ moment, step: value(moment, once) })).filter(({ step }, i, all) => step !== all[i - 1]?.step)
      .map(({ moment, step }) => ({ ...moment, step, updates: store.updatesAt(step) })) : moments;
  }

  /** Whether there is something to draw. */
  some(runs, all) {
    const [{ value: name }] = this.spec.boxes;
    if (this.spec.measure !== "curve") return all.some((moments) => moments.length);
    return runs.some(({ store }) => (store.curve[name.split(".")[1]] ?? []).some(Number.isFinite));
  }

  /** What the newest moment knows in which the marks are known: all runs of a board have the same data. */
  known(all) {
    const { known } = this.spec;
    const ends = known ? all.flatMap((moments) => moments.slice(-1)).filter((moment) => Number.isFinite(value(moment, known))) : [];
    return ends.length ? ends.reduce((best, moment) => (moment.step > best.step ? moment : best)) : null;
  }

  /** The numbers that stand still for each group of runs. */
  still(runs) {
    return groupsOf(runs.map(({ run }) => run)).map((group) => {
      const member = runs.find(({ run, store }) => (run.group ?? "") === group && optimumOf(store.scene));
      return { group, numbers: member?.store.scene.numbers ?? null };
    });
  }

  /** A run's numbers at a position: those of its last moment there, of its scene, and of its curve. */
  at(view, { store }, position) {
    const list = this.held(store);
    const moment = list[lastAtMost(list, position ?? Infinity, (entry) => entry[view.unit])];
    return { ...moment, ...store.scene?.numbers, curve: curveAt(store, view.unit, position ?? Infinity, view.smoothing()) };
  }

  // --- pictures --------------------------------------------------------------------------------------------------------------

  paint(view) {
    if (this.kinds) this.choose(view);
    const runs = view.runs.filter((entry) => this.draws(entry));
    const groups = this.spec.grouped ? groupsOf(runs.map(({ run }) => run)) : [""];
    this.arrange(groups);
    for (const group of groups) this.paintGroup(view, this.spec.grouped ? runs.filter(({ run }) => (run.group ?? "") === group) : runs, group, groups.length > 1);
    const all = runs.map(({ store }) => this.held(store));
    const some = this.some(runs, all);
    const begun = runs.some(({ store }) => store.moments.length);
    this.setEmpty(some ? "" : !runs.length && this.spec.nobody ? this.spec.nobody : (begun && this.spec.missing) || this.spec.empty);
    this.setNote(this.noteOf(view, runs, all));
  }

  noteOf(view, runs, all) {
    const { each, without } = this.spec;
    const smoothing = `${whole(view.smoothing())} iteration${view.smoothing() > 1 ? "s" : ""}`;
    const note = this.spec.note.replace("{smoothing}", smoothing).replace("{log}", this.log ? this.spec.note_log : "");
    const out = view.runs.filter((entry) => !runs.includes(entry)).map(({ run }) => run.label);
    if (out.length && runs.length && without) return without.replace("{names}", out.join(", "));
    if (!this.board.data.over_time[this.name].note.includes("{") && !all.some((moments) => moments.length)) return "";
    if (!note.includes("{each}")) return fill(note, this.known(all)) ?? "";
    const told = this.still(runs).map(({ group, numbers }) => ({ group, said: fill(each, numbers) })).filter(({ said }) => said !== null);
    return told.length ? note.replace("{each}", told.map(({ group, said }) => `${said}${group && told.length > 1 ? ` (${group})` : ""}`).join(", ")) : "";
  }

  /** The charts of each group; those of groups that left are dropped. */
  arrange(groups) {
    for (const [group, boxes] of this.charts) {
      if (groups.includes(group)) continue;
      for (const box of boxes) {
        box.destroy();
        box.element.remove();
      }
      this.charts.delete(group);
    }
    for (const group of groups) if (!this.charts.has(group)) this.charts.set(group, this.spec.boxes.map((box) => this.chart(box, group)));
    if (this.spec.grouped) mark(this.body, "data-boxes", groups.length);
  }

  chart(spec, group) {
    const options = {
      spec, y: spec.y, value: (moment) => (says(spec, moment) ? spec.scale * value(moment, spec.value) : NaN), banded: Boolean(spec.band), dots: this.spec.dots,
      most: spec.most === null ? null : (moment) => value(moment, spec.most), ...(spec.mirrored && { held: this.mirror }),
    };
    if (this.bare) return Object.assign(new Box(this.name, this.body, options), { element: this.body });
    const { plot, caption, element } = boxElement(spec.name || group, spec.remark);
    this.body.append(element);
    this.sizes.observe(plot);
    return Object.assign(new Box(this.name, plot, options), { element, caption });
  }

  paintGroup(view, runs, group, named) {
    const all = runs.map(({ store }) => this.held(store));
    const told = this.still(runs).map(({ numbers }) => numbers).filter(Boolean);
    const facts = { ...this.known(all), ...(told.length === 1 ? told[0] : {}) };
    const boxes = this.charts.get(group);
    const knows = ({ needs }) => !needs || all.flat().some((moment) => Number.isFinite(value(moment, needs)));
    const none = !boxes.some(({ spec }) => knows(spec));
    let shown = 0;
    for (const box of boxes) {
      const { moving } = box.spec;
      const still = moving && runs.every(({ store }) => store.scene?.fake);
      const there = !still && (none || knows(box.spec));
      if (!this.bare) box.element.hidden = !there;
      if (there) box.update(view, runs, all, this.marks(box.spec, facts, named));
      shown += there;
    }
    for (const box of boxes) box.followLimits();
    if (!this.bare && !this.spec.grouped) this.body.classList.toggle("three", shown === 3);
    if (this.spec.grouped) this.entitle(boxes[0], group, facts, named);
  }

  entitle({ caption }, group, facts, named) {
    const words = fill(this.spec.group_title, facts);
    caption.parentElement.hidden = !named;
    say(caption, words ? `${group}: ${words}` : group);
  }

  marks(spec, facts, named) {
    const [low, high] = (spec.band ?? []).map((end) => value(facts, end));
    const title = this.spec.grouped && !named ? this.spec.group_title : spec.line_text;
    return {
      band: Number.isFinite(low) && Number.isFinite(high) ? { low, high } : null, line: spec.line === null ? undefined : value(facts, spec.line),
      lineText: fill(title, facts) ?? "", thin: this.spec.thin, above: spec.line_above, log: spec.log && this.log,
    };
  }

  // --- words -----------------------------------------------------------------------------------------------------------------

  follow(view) {
    this.setLegend(view.runs.filter((entry) => this.draws(entry)).map((entry) => {
      const words = pieces(this.spec.legend, this.at(view, entry, view.group.hover ?? entry.at));
      return { colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: joined(words) };
    }));
  }

  describe(view) {
    const spoken = this.spec.spoken.length ? this.spec.spoken : this.spec.legend;
    const runs = view.runs.filter((entry) => this.draws(entry)).map((entry) => {
      const words = joined(pieces(spoken, this.at(view, entry, entry.at)));
      return `${this.spec.opening.replace("{run}", entry.run.label)}${words || "unknown"}`;
    });
    return this.spec.alternative.replace("{runs}", runs.join(this.spec.between) || this.spec.nobody_spoken);
  }

  destroy() {
    for (const boxes of this.charts.values()) for (const box of boxes) box.destroy();
    super.destroy();
  }
}
