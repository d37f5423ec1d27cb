// The play clock: which moment of each run is shown now, in live, scrub and play mode.

import { lastAtMost } from "./format.js";

const DELAY = 1.0; // seconds behind live: two or three fetches, so that the pace stays even when one is late
const FARTHEST = 6; // farther behind than this, live jumps instead of hurrying
const WHOLE_LINE = 20; // seconds for the whole time line at speed 1

/**
 * @typedef {Object} Frame what a run shows
 * @property {Object} moment
 * @property {Object|null} next the following moment, to move points towards
 * @property {number} fraction 0..1 of the way to it
 */

export class Timeline {
  constructor() {
    this.mode = "live";
    this.unit = "step"; // "step", "updates" or "seconds": how runs are aligned, here and on every x axis
    this.position = 0;
    this.speed = 1;
    this.whole = WHOLE_LINE;
    this.loop = false;
    this.still = false; // reduced motion: jump from moment to moment
    this.live = new Map(); // run id -> seconds of the run shown in live mode
  }

  /** All positions that hold a moment, sorted; cached until a moment comes or goes. */
  marks(stores) {
    const key = this.unit + stores.map((store) => `${store.id}:${store.momentVersion}`).join();
    if (this.marksKey !== key) {
      this.marksKey = key;
      const all = stores.flatMap((store) => store.moments.map((moment) => moment[this.unit]));
      this.marksHeld = [...new Set(all)].sort((a, b) => a - b);
    }
    return this.marksHeld;
  }

  span(stores) {
    const marks = this.marks(stores);
    return marks.length ? [marks[0], marks.at(-1)] : [0, 0];
  }

  /** Moves the clock by `seconds` of wall time. Returns whether something still moves. */
  advance(seconds, stores) {
    if (this.mode === "play") return this.advancePlay(seconds, stores);
    if (this.mode === "scrub") return false;
    let moving = false;
    for (const store of stores) moving = this.advanceLive(seconds, store) || moving;
    const shown = stores.map((store) => this.frame(store)?.moment[this.unit]).filter(Number.isFinite);
    this.position = shown.length ? Math.max(...shown) : 0;
    return moving;
  }

  advancePlay(seconds, stores) {
    const [first, last] = this.span(stores);
    if (last <= first) return false;
    this.position = Math.max(first, this.position + ((last - first) / this.whole) * this.speed * seconds);
    if (this.position < last) return true;
    if (this.loop && this.position < last + ((last - first) / this.whole) * 1.5) return true; // rests at the end before it starts again
    if (this.loop) this.position = first;
    else this.goLive(stores);
    return true;
  }

  advanceLive(seconds, store) {
    const latest = store.latest;
    if (!latest) return false;
    const flowing = store.status?.is?.moving;
    const list = store.moments;
    const gap = list.length > 1 ? latest.seconds - list.at(-2).seconds : 0;
    const delay = flowing && !this.still ? Math.min(3, DELAY + gap) : 0;
    let at = this.live.get(store.id);
    if (at === undefined || at > latest.seconds || latest.seconds - at > delay + FARTHEST) at = latest.seconds - delay;
    const lag = latest.seconds - at;
    if (this.still) at = latest.seconds;
    else if (flowing) at += seconds * Math.min(3, Math.max(0.2, 1 + 0.4 * (lag - delay)));
    else at += seconds * Math.max(1, lag); // nothing more will come: play out to the end
    at = Math.min(at, latest.seconds);
    this.live.set(store.id, at);
    return at < latest.seconds;
  }

  /** @returns {Frame|null} what this run shows now: its nearest earlier moment, or its first */
  frame(store) {
    const list = store.moments;
    if (!list.length) return null;
    const [unit, position] = this.mode === "live" ? ["seconds", this.live.get(store.id) ?? Infinity] : [this.unit, this.position];
    const index = Math.max(0, lastAtMost(list, position, (moment) => moment[unit]));
    const moment = list[index];
    const next = list[index + 1] ?? null;
    const moves = next && this.mode !== "scrub" && !this.still;
    const fraction = moves ? (position - moment[unit]) / (next[unit] - moment[unit]) : 0;
    return { moment, next, fraction: Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0)) };
  }

  scrubTo(position, stores) {
    const marks = this.marks(stores);
    if (!marks.length) return;
    const below = Math.max(0, lastAtMost(marks, position));
    const above = Math.min(below + 1, marks.length - 1);
    this.position = position - marks[below] > marks[above] - position ? marks[above] : marks[below];
    this.mode = "scrub";
  }

  /** Previous (-1) or next (+1) position that holds a moment. */
  stepBy(direction, stores) {
    const marks = this.marks(stores);
    if (!marks.length) return;
    const at = lastAtMost(marks, this.position);
    const onMark = at >= 0 && marks[at] === this.position;
    const index = direction > 0 ? at + 1 : onMark ? at - 1 : at;
    this.position = marks[Math.min(marks.length - 1, Math.max(0, index))];
    this.mode = "scrub";
  }

  play(stores) {
    const [first, last] = this.span(stores);
    if (this.mode === "live" || this.position >= last) this.position = first;
    this.mode = "play";
  }

  pause(stores) {
    if (this.mode !== "scrub") this.scrubTo(this.position, stores);
    this.mode = "scrub";
  }

  /** Back to the newest; live positions start afresh a moment behind it. */
  goLive() {
    this.mode = "live";
    this.live.clear();
  }

  /** The same place on the other axis, found through the run that reaches it. */
  align(unit, stores) {
    if (unit === this.unit) return;
    const shown = stores.map((store) => this.frame(store)?.moment).filter(Boolean);
    shown.sort((a, b) => b[this.unit] - a[this.unit]);
    const before = shown.find((moment) => moment[this.unit] <= this.position) ?? shown[0];
    this.unit = unit;
    if (before) this.position = before[unit];
  }
}
