// The critics' estimate over training on the very points whose exact distance is known: a chart for each group of runs.

import { mark, say, toggle } from "../dom.js";
import { lastAtMost, short } from "../format.js";
import { groupsOf, optimumOf } from "../optimum.js";
import { Panel } from "../panel.js";
import { Box, boxElement } from "./box.js";

const held = (store) => store.moments.filter((moment) => moment.agreement);

export class Distance extends Panel {
  constructor(name, board) {
    super(name, board);
    this.log = false;
    this.body.classList.add("terms", "groups");
    this.boxes = new Map(); // name of a group -> its chart
    this.controls.append(toggle("log", false, (on) => {
      this.log = on;
      board.wake();
    }, "Logarithmic scale: values at or below 0 are left out"), board.zoomButton());
  }

  key(view) {
    return [view.momentVersions, view.unit, this.log, view.runs.map(({ run, store, look }) => [run.group, look.colour, Boolean(store.scene)])].join("|");
  }

  box(group) {
    if (!this.boxes.has(group)) {
      const { plot, caption, element } = boxElement(group);
      this.body.append(element);
      this.sizes.observe(plot);
      this.boxes.set(group, Object.assign(new Box(this.name, plot, { y: "units of D (W\u2081: of x)", value: ({ agreement }) => agreement.estimate, banded: true }), { element, caption }));
    }
    return this.boxes.get(group);
  }

  arrange(groups) {
    for (const [group, box] of this.boxes) {
      if (groups.includes(group)) continue;
      box.destroy();
      box.element.remove();
      this.boxes.delete(group);
    }
    mark(this.body, "data-boxes", groups.length);
  }

  paint(view) {
    const groups = groupsOf(view.runs.map(({ run }) => run));
    this.arrange(groups);
    for (const group of groups) this.paintGroup(view, group, groups.length > 1);
    const some = view.runs.some(({ store }) => held(store).length);
    const any = view.runs.some(({ store }) => store.moments.length);
    this.setEmpty(some ? "" : any ? "These runs keep no exact distance: their generators move." : "The estimate and the exact distance appear here with the first moments.");
    this.setNote(some ? "Green line: exact W\u2081 of the points; green band: as much as two sets of real data differ." : "");
  }

  paintGroup(view, group, named) {
    const runs = view.runs.filter(({ run }) => (run.group ?? "") === group);
    const exact = runs.map(({ store }) => optimumOf(store.scene)).find(Boolean);
    const box = this.box(group);
    box.caption.parentElement.hidden = !named;
    say(box.caption, exact ? `${group}: exact W\u2081 = ${short(exact.w1)}` : group);
    const band = exact && Number.isFinite(exact.high) ? { low: 0, high: exact.high } : null;
    const marks = { band, line: exact?.w1 ?? NaN, lineText: exact && !named ? `exact W\u2081 = ${short(exact.w1)}` : "", log: this.log };
    box.update(view, runs, runs.map(({ store }) => held(store)), marks);
  }

  follow(view) {
    this.setLegend(view.runs.map((entry) => {
      const moment = this.at(view, entry);
      return { colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: moment ? short(moment.agreement.estimate, 2) : "" };
    }));
  }

  at(view, { store, at }) {
    const list = held(store);
    return list[lastAtMost(list, view.group.hover ?? at ?? Infinity, (moment) => moment[view.unit])];
  }

  describe(view) {
    const parts = view.runs.map((entry) => {
      const [moment, exact] = [this.at(view, entry), optimumOf(entry.store.scene)];
      return `${entry.run.label} ${moment ? short(moment.agreement.estimate) : "unknown"}${exact ? `, exact distance ${short(exact.w1)}` : ""}`;
    });
    return `The critic's estimate over training beside the exact distance: ${parts.join("; ")}.`;
  }

  destroy() {
    for (const box of this.boxes.values()) box.destroy();
    super.destroy();
  }
}
