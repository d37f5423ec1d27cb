// What runs are: their set-ups in words, as they were at the moment that is shown, and where they were changed.

import { h, say } from "./dom.js";

/** The set-up that holds at an iteration: a change holds for the iterations after it. */
export function setupAt(store, step) {
  const told = store.history ?? [];
  return told.findLast(({ after }) => after === 0 || after < step) ?? told[0] ?? null;
}

/** What was changed while runs went on: places on the x axis with words, the later ones of a run included. */
export function changesOf(runs, unit) {
  return runs.flatMap(({ store, look }) => (store.history ?? []).slice(1).map(({ after, change }) => ({
    at: unit === "step" ? after : unit === "updates" ? store.updatesAt(after) : store.secondsAt(after), text: change, colour: look.colour,
  })));
}

/** Names of what the shown set-ups have alike and in what they differ. */
function compared(setups) {
  const names = Object.keys(setups[0] ?? {});
  const alike = (name) => setups.every((setup) => setup[name] === setups[0][name]);
  return { same: names.filter((name) => alike(name) && setups[0][name]), different: names.filter((name) => !alike(name)) };
}

const words = (name, value) => (name === "data" ? value : `${name}: ${value || "none"}`);

/** The line that says what all runs of a board have alike, and what tells each from the others, for its card. */
export class Setups {
  constructor() {
    this.line = h("p", { class: "setup" });
    this.own = new Map(); // run id -> words
  }

  draw(runs) {
    const known = runs.map(({ run, store, frame }) => ({ run, setup: setupAt(store, frame?.moment.step ?? Infinity)?.setup })).filter(({ setup }) => setup);
    const key = JSON.stringify(known.map(({ run, setup }) => [run.id, setup]));
    if (key === this.key) return;
    this.key = key;
    const { same, different } = compared(known.map(({ setup }) => setup));
    const first = known[0]?.setup;
    say(this.line, first ? `${known.length > 1 ? "Alike: " : ""}${same.map((name) => words(name, first[name])).join(" \u00b7 ")}` : "");
    const own = different.filter((name) => name !== "constraint");
    this.own = new Map(known.map(({ run, setup }) => [run.id, own.map((name) => words(name, setup[name])).join(" \u00b7 ")]));
  }
}
