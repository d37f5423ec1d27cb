// What the exact solution says beside the critic: W1 with its noise floor, the ratio of the estimate to it, and the modes.

import { lastAtMost, short } from "../format.js";
import { Panel } from "../panel.js";
import { Box, boxElement } from "./box.js";

const BOXES = [
  { name: "exact W\u2081", y: "W\u2081 (units of x)", value: ({ truth }) => truth.w1, banded: true },
  { name: "estimate / W\u2081", y: "units of D per unit of x", value: ({ truth, estimates }) => (estimates ? estimates[0] / truth.w1 : NaN) },
  { name: "modes well covered", y: "modes", value: ({ truth }) => truth.well, most: ({ truth }) => truth.modes, modes: true },
  { name: "good samples", y: "share (%)", value: ({ truth }) => 100 * truth.good, most: () => 100, modes: true },
];

export class Truth extends Panel {
  constructor(name, board) {
    super(name, board);
    this.body.classList.add("terms");
    this.boxes = BOXES.map((options) => {
      const { plot, element } = boxElement(options.name);
      this.body.append(element);
      this.sizes.observe(plot);
      return new Box(name, plot, { ...options, element });
    });
    this.controls.append(board.zoomButton());
  }

  key(view) {
    return [view.momentVersions, view.unit, view.runs.map(({ look }) => look.colour)].join("|");
  }

  paint(view) {
    const held = view.runs.map(({ store }) => store.moments.filter((moment) => moment.truth));
    const modes = held.flat().some(({ truth }) => Number.isFinite(truth.well));
    const floor = newestFloor(held);
    for (const box of this.boxes) {
      box.element.hidden = Boolean(box.modes) && !modes;
      if (!box.element.hidden) box.update(view, view.runs, held, box.banded ? { band: floor } : {});
    }
    this.setEmpty(held.some((moments) => moments.length) ? "" : "The exact distance appears here with the first moments.");
    const said = floor ? `Green band: two sets of real data against each other, W\u2081 ${short(floor.low, 2)} to ${short(floor.high, 2)}` : "";
    this.setNote(said ? `${said}; nothing can be told apart below it.` : "");
  }

  follow(view) {
    this.setLegend(view.runs.map((entry) => ({ colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: words(this.at(view, entry)) })));
  }

  at(view, { store, at }) {
    const held = store.moments.filter((moment) => moment.truth);
    return held[lastAtMost(held, view.group.hover ?? at ?? Infinity, (moment) => moment[view.unit])];
  }

  describe(view) {
    const parts = view.runs.map((entry) => `${entry.run.label} ${words(this.at(view, entry)) || "unknown"}`);
    return `The exact distance between real and generated samples, and the critic's estimate as a multiple of it; now ${parts.join("; ")}.`;
  }

  destroy() {
    for (const box of this.boxes) box.destroy();
    super.destroy();
  }
}

function words(moment) {
  if (!moment) return "";
  const { w1, modes, well, good } = moment.truth;
  const quality = Number.isFinite(well) ? `, ${well} of ${modes} modes, ${short(100 * good, 3)} % good` : "";
  return `W\u2081 ${short(w1, 2)}${quality}`;
}

/** The noise floor as the longest-running probe knows it: all runs of a duel have the same data. */
function newestFloor(held) {
  const known = held.flatMap((moments) => moments.slice(-1)).filter(({ truth }) => Number.isFinite(truth.low));
  return known.length ? known.reduce((best, moment) => (moment.step > best.step ? moment : best)).truth : null;
}
