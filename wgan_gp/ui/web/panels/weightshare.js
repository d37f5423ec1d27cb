// How many of a clipped critic's weights lie at the clipping limit, over training.

import { lastAtMost, percent } from "../format.js";
import { Panel } from "../panel.js";
import { Box } from "./box.js";

const counted = (store) => store.moments.filter((moment) => Number.isFinite(moment.weightsShare));
const isClipped = ({ store, run }) => (store.status?.constraint?.kind ?? run.method) === "clip";

export class WeightShare extends Panel {
  constructor(name, board) {
    super(name, board);
    this.box = new Box(name, this.body, { y: "share (%)", value: ({ weightsShare }) => 100 * weightsShare, most: () => 100 });
    this.controls.append(board.zoomButton());
  }

  key(view) {
    return [view.momentVersions, view.unit, view.runs.map((entry) => [entry.look.colour, isClipped(entry)])].join("|");
  }

  paint(view) {
    const clipped = view.runs.filter(isClipped);
    const moments = clipped.map(({ store }) => counted(store));
    this.box.update(view, clipped, moments);
    const any = clipped.some(({ store }) => store.moments.length);
    const missing = any ? "These runs did not count their weights at \u00b1c." : "The share appears here with the first moments.";
    this.setEmpty(moments.some((list) => list.length) ? "" : clipped.length ? missing : "No run here is clipped: there is no \u00b1c.");
    const free = view.runs.filter((entry) => !isClipped(entry)).map(({ run }) => run.label);
    this.setNote(clipped.length && free.length ? `Not here, since nothing is clipped: ${free.join(", ")}.` : "");
  }

  at(view, { store, at }) {
    const list = counted(store);
    return list[lastAtMost(list, view.group.hover ?? at ?? Infinity, (moment) => moment[view.unit])];
  }

  follow(view) {
    this.setLegend(view.runs.filter(isClipped).map((entry) => {
      const moment = this.at(view, entry);
      return { colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: moment ? percent(moment.weightsShare) : "" };
    }));
  }

  describe(view) {
    const parts = view.runs.filter(isClipped).map((entry) => {
      const moment = this.at(view, entry);
      return `${entry.run.label} ${moment ? percent(moment.weightsShare) : "unknown"}`;
    });
    return `Share of the critic's weights within 1 % of the clipping limit, over training; now ${parts.join("; ") || "no clipped run"}.`;
  }

  destroy() {
    this.box.destroy();
    super.destroy();
  }
}
