// What the board holds of one run: status, scene, curve rows and moments, bounded in number and bytes.

import { lastAtMost } from "./format.js";
import { parse } from "./safetensors.js";
import { named, summarise } from "./summary.js";

const MOST_MOMENTS = 600;
const MOST_BYTES = 96e6;
const MOST_ROWS = 4000;
const KEPT_RECENT = 40;
/** Column of the curve for each way to align runs. */
export const UNITS = { step: "step", updates: "critic_updates", seconds: "seconds" };

export class RunStore {
  constructor(id, columns = {}) {
    this.id = id;
    this.columns = columns;
    this.status = null;
    this.forget(0);
  }

  /** Drops everything that belongs to an earlier attempt. */
  forget(attempt) {
    this.attempt = attempt;
    this.cursor = { attempt, seq: 0, step: 0 };
    this.gone = null;
    this.scene = null;
    this.history = null;
    this.moments = [];
    this.bytes = 0;
    this.curve = { step: [], seconds: [], critic_updates: [] };
    this.momentVersion = (this.momentVersion ?? 0) + 1;
    this.curveVersion = (this.curveVersion ?? 0) + 1;
    this.epoch = (this.epoch ?? 0) + 1; // held limits of axes start anew
  }

  query() {
    return `${this.id}:${this.cursor.attempt}:${this.cursor.seq}:${this.cursor.step}`;
  }

  /** Takes one frame of the feed. */
  take({ header, payload }) {
    if (header.kind === "gone") {
      if (!this.gone) this.forget(0);
      this.gone = header.message || "This run was deleted.";
      this.status = null;
    } else if (header.kind === "status") this.takeStatus(header);
    else if (header.kind === "scene") this.takeScene(parse(payload));
    else if (header.kind === "curve") this.takeCurve(header, payload);
    else if (header.kind === "moment") this.takeMoment(header, payload);
  }

  takeStatus(header) {
    if (header.attempt !== this.attempt) this.forget(header.attempt);
    this.gone = null;
    this.status = header;
    if (header.cursor) this.cursor = header.cursor;
    if (header.history) this.history = header.history;
  }

  takeScene(tensors) {
    this.scene = { ...tensors, numbers: named(tensors, this.columns) };
  }

  takeCurve({ columns, rows }, payload) {
    const values = new Float32Array(payload.slice(0, rows * columns.length * 4).buffer);
    const column = columns.indexOf("step");
    const last = this.curve.step.at(-1) ?? -Infinity;
    for (let row = 0; row < rows; row++) {
      if (values[row * columns.length + column] <= last) continue;
      columns.forEach((name, c) => (this.curve[name] ??= []).push(values[row * columns.length + c]));
    }
    if (this.curve.step.length > MOST_ROWS) this.thinCurve();
    this.curveVersion += 1;
  }

  /** Of every four older rows, keeps those with the least and the largest estimate. */
  thinCurve() {
    const { step, estimate = step } = this.curve;
    const older = step.length - 500;
    const keep = [];
    for (let at = 0; at < older; at += 4) {
      const group = Array.from({ length: Math.min(4, older - at) }, (_, i) => at + i);
      group.sort((a, b) => estimate[a] - estimate[b]);
      keep.push(...new Set([group[0], group.at(-1)].sort((a, b) => a - b)));
    }
    for (let at = older; at < step.length; at++) keep.push(at);
    for (const [name, list] of Object.entries(this.curve)) this.curve[name] = keep.map((i) => list[i]);
  }

  takeMoment({ seq, step, seconds }, payload) {
    const at = lastAtMost(this.moments, step, (moment) => moment.step);
    const same = at >= 0 && this.moments[at].step === step;
    if (same && this.moments[at].seq >= seq) return;
    const tensors = parse(payload);
    const moment = { seq, step, seconds, updates: this.updatesAt(step), tensors, bytes: payload.length, ...summarise(tensors, this.columns) };
    if (same) this.bytes -= this.moments[at].bytes;
    this.moments.splice(same ? at : at + 1, same ? 1 : 0, moment);
    this.bytes += moment.bytes;
    while (this.moments.length > 3 && (this.moments.length > MOST_MOMENTS || this.bytes > MOST_BYTES)) this.thinMoments();
    this.momentVersion += 1;
  }

  /** Drops the moment whose neighbours are closest together: the rest stays evenly spread. */
  thinMoments() {
    const list = this.moments;
    const end = Math.max(2, list.length - KEPT_RECENT);
    let [best, gap] = [1, Infinity];
    for (let i = 1; i < end; i++) {
      const width = list[i + 1].step - list[i - 1].step;
      if (width < gap) [best, gap] = [i, width];
    }
    this.bytes -= list[best].bytes;
    list.splice(best, 1);
  }

  /** Critic updates at an iteration: n_critic may have changed on the way, so the curve knows best. */
  updatesAt(step) {
    const { step: steps, critic_updates: updates } = this.curve;
    const at = lastAtMost(steps, step);
    const rate = this.status?.n_critic ?? 1;
    return at < 0 ? step * rate : updates[at] + (step - steps[at]) * rate;
  }

  /** Seconds of training at an iteration, as far as the curve knows. */
  secondsAt(step) {
    return this.curve.seconds[lastAtMost(this.curve.step, step)] ?? 0;
  }

  get latest() {
    return this.moments.at(-1) ?? null;
  }
}
