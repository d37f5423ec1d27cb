// How good images are, by features of a small net: the distance to real ones with its floor, density, coverage, and modes where known.

import { toggle } from "../dom.js";
import { lastAtMost, short } from "../format.js";
import { Panel } from "../panel.js";
import { Box, boxElement } from "./box.js";

const COVERAGE_OF_DATA = 0.969; // density and coverage of two sets of real images: Naeem et al. 2020, k = 5
const BOXES = [
  { name: "Frechet distance", y: "FD (features\u00b2)", value: ({ quality }) => quality.distance, distance: true },
  { name: "density", y: "density (data: 1)", value: ({ quality }) => quality.density, line: 1, lineText: "real data" },
  { name: "coverage", y: "share of real images", value: ({ quality }) => quality.coverage, line: COVERAGE_OF_DATA, lineText: "real data", most: () => 1 },
  { name: "modes well covered", y: "modes", value: ({ quality }) => quality.well, most: ({ quality }) => quality.modes, modes: true },
];

export class Quality extends Panel {
  constructor(name, board) {
    super(name, board);
    this.log = true;
    this.body.classList.add("terms");
    this.boxes = BOXES.map((options) => {
      const { plot, element } = boxElement(options.name);
      this.body.append(element);
      this.sizes.observe(plot);
      return new Box(name, plot, { ...options, dots: true, element });
    });
    this.controls.append(toggle("log", true, (on) => {
      this.log = on;
      board.wake();
    }, "Logarithmic scale of the distance"), board.zoomButton());
  }

  key(view) {
    return [view.momentVersions, view.unit, this.log, view.runs.map(({ look }) => look.colour)].join("|");
  }

  paint(view) {
    const all = view.runs.map(({ store }) => held(store));
    const modes = all.flat().some(({ quality }) => Number.isFinite(quality.well));
    const known = newest(all);
    this.body.classList.toggle("three", !modes);
    for (const box of this.boxes) {
      box.element.hidden = Boolean(box.modes) && !modes;
      if (!box.element.hidden) box.update(view, view.runs, all, { thin: true, ...this.marks(box, known) });
    }
    const some = all.some((moments) => moments.length);
    this.setEmpty(some ? "" : "Images are judged about every twenty seconds, and at the end of a run: the first answer appears here.");
    this.setNote(known ? `Green: ${known.samples} real images against as many others, distance ${short(known.floor, 2)}; no generator can be told from data below it.` : "");
  }

  marks({ distance, line, lineText }, known) {
    if (distance) return { above: true, log: this.log, line: known?.floor ?? NaN, lineText: known ? `real against real: ${short(known.floor, 2)}` : "" };
    return Number.isFinite(line) ? { line, lineText } : {};
  }

  follow(view) {
    this.setLegend(view.runs.map((entry) => ({ colour: entry.look.colour, dash: entry.look.dash, label: entry.run.label, value: words(this.at(view, entry)) })));
  }

  at(view, { store, at }) {
    const moments = held(store);
    return moments[lastAtMost(moments, view.group.hover ?? at ?? Infinity, (moment) => moment[view.unit])];
  }

  describe(view) {
    const parts = view.runs.map((entry) => `${entry.run.label} ${words(this.at(view, entry)) || "unknown"}`);
    return `The distance between features of generated and real images over training, with density and coverage; now ${parts.join("; ")}.`;
  }

  destroy() {
    for (const box of this.boxes) box.destroy();
    super.destroy();
  }
}

/** Each answer once, where it was found: moments keep the last one, and its own may have been thinned away. */
export function held(store) {
  const found = [];
  for (const { quality, seconds } of store.moments) {
    if (!quality || quality.iteration === found.at(-1)?.step) continue;
    found.push({ step: quality.iteration, updates: store.updatesAt(quality.iteration), seconds, quality });
  }
  return found;
}

/** What is said of one moment. */
export function words(moment) {
  if (!moment) return "";
  const { distance, density, coverage, modes, well } = moment.quality;
  const found = Number.isFinite(well) ? `, ${well} of ${modes} modes` : "";
  return `FD ${short(distance, 2)}, density ${short(density, 2)}, coverage ${short(coverage, 2)}${found}`;
}

/** What the longest-running probe found; its floor holds for all runs of a duel, whose data are the same. */
export function newest(all) {
  const known = all.flatMap((moments) => moments.slice(-1)).filter(({ quality }) => Number.isFinite(quality.floor));
  return known.length ? known.reduce((best, moment) => (moment.step > best.step ? moment : best)).quality : null;
}
