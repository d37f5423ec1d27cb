// How far the critics agree with the exact optimum over training: directions on lines and in the plane, and values.

import { lastAtMost, short } from "../format.js";
import { Panel } from "../panel.js";
import { groupsOf, optimumOf } from "../optimum.js";
import { Box, boxElement } from "./box.js";

const BOXES = [
  { name: "same direction, on lines", y: "mean cosine", value: ({ agreement }) => agreement.lines, chance: true },
  { name: "same direction, over the plane", y: "mean cosine", value: ({ agreement }) => agreement.plane },
  { name: "same values, over the plane", y: "correlation", value: ({ agreement }) => agreement.values },
];

const held = (store) => store.moments.filter((moment) => moment.agreement);

export class Agreement extends Panel {
  constructor(name, board) {
    super(name, board);
    this.body.classList.add("terms", "three");
    this.boxes = BOXES.map((options) => {
      const { plot, element } = boxElement(options.name);
      this.body.append(element);
      this.sizes.observe(plot);
      return new Box(name, plot, { ...options, most: () => 1 });
    });
    this.controls.append(board.zoomButton());
  }

  key(view) {
    return [view.momentVersions, view.unit, view.runs.map(({ store, look }) => [look.colour, Boolean(store.scene)])].join("|");
  }

  /** The cosine that the optimum of another sample reaches; one line for one group of runs, words for several. */
  chances(view) {
    return groupsOf(view.runs.map(({ run }) => run)).map((group) => {
      const member = view.runs.find(({ run, store }) => (run.group ?? "") === group && optimumOf(store.scene));
      return { group, value: member ? optimumOf(member.store.scene).chance : NaN };
    }).filter(({ value }) => Number.isFinite(value));
  }

  paint(view) {
    const moments = view.runs.map(({ store }) => held(store));
    const chances = this.chances(view);
    const one = chances.length === 1 ? chances[0].value : NaN;
    for (const box of this.boxes) box.update(view, view.runs, moments, box.chance ? { line: one, lineText: "another sample's optimum" } : {});
    const any = view.runs.some(({ store }) => store.moments.length);
    this.setEmpty(moments.some((list) => list.length) ? "" : any ? "These runs were not compared with an optimum: their generators move." : "The comparison appears here with the first moments.");
    const said = chances.map(({ group, value }) => `${short(value, 2)}${group && chances.length > 1 ? ` (${group})` : ""}`).join(", ");
    this.setNote(said ? `1: the same everywhere. The optimum of other samples of the same data agrees with this one to a cosine of ${said} on the lines.` : "");
  }

  follow(view) {
    this.setLegend(view.runs.map((entry) => {
      const agreement = this.at(view, entry)?.agreement;
      return { colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: agreement ? [agreement.lines, agreement.plane, agreement.values].map((v) => short(v, 2)).join(" \u00b7 ") : "" };
    }));
  }

  at(view, { store, at }) {
    const list = held(store);
    return list[lastAtMost(list, view.group.hover ?? at ?? Infinity, (moment) => moment[view.unit])];
  }

  describe(view) {
    const parts = view.runs.map((entry) => {
      const agreement = this.at(view, entry)?.agreement;
      return agreement ? `${entry.run.label} ${short(agreement.lines, 2)} on lines, ${short(agreement.plane, 2)} over the plane, values ${short(agreement.values, 2)}` : `${entry.run.label} unknown`;
    });
    return `Agreement with the exact optimum, 1 is the same: ${parts.join("; ")}.`;
  }

  destroy() {
    for (const box of this.boxes) box.destroy();
    super.destroy();
  }
}
