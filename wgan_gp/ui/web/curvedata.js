// Turns the runs' curve rows into one table for uPlot: a shared x, and for each run the raw and the smoothed values.

import uPlot from "./vendor/uPlot.esm.js";
import { finite, lastAtMost, quantile, roundUp } from "./format.js";
import { UNITS } from "./store.js";
import { value } from "./words.js";

export const X_NAMES = { step: "iteration", updates: "critic updates", seconds: "training time (s)" };

const LONG = 5; // a stretch without a measurement is a gap where it is so many times as long as both beside it
const MOST_DOTS = 50; // more would hide the curve they are compared with

const smoothed = new WeakMap();

/** Iterations over which curves are averaged: a 1-2-5 step of about 1/150 of what was reached. */
export function smoothing(stores) {
  const reached = Math.max(1, ...stores.map((store) => store.curve.step.at(-1) ?? 0));
  return roundUp(Math.max(1, reached / 150));
}

/** Exponential mean of a column; the weight follows the distance in iterations, since rows are not evenly spaced. */
function smooth(store, column, width) {
  const key = `${store.epoch}|${store.curveVersion}|${width}`;
  let held = smoothed.get(store);
  if (held?.key !== key) smoothed.set(store, (held = { key, columns: {} }));
  return (held.columns[column] ??= exponentialMean(store.curve.step, store.curve[column] ?? [], width));
}

function exponentialMean(steps, values, width) {
  const out = [];
  let [mean, at] = [NaN, 0];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) out[i] = null;
    else {
      const weight = Number.isNaN(mean) ? 1 : 1 - Math.exp(-(steps[i] - at) / width);
      mean = Number.isNaN(mean) ? values[i] : mean + (values[i] - mean) * weight;
      at = steps[i];
      out[i] = mean;
    }
  }
  return out;
}

/** One table out of several with their own x: what a run lacks stays undefined and lines go across; they end at nulls. */
export function join(tables) {
  const filled = tables.map(([x, ...ys]) => {
    const keep = x.map((value, i) => (Number.isFinite(value) && value !== x[i - 1] ? i : -1)).filter((i) => i >= 0);
    return keep.length === x.length ? [x, ...ys] : [x, ...ys].map((list) => keep.map((i) => list[i]));
  });
  if (!filled.length) return [[]]; // uPlot joins nothing to undefined
  return uPlot.join(filled);
}

/**
 * Lines end where nothing was measured for a stretch much longer than those before and after it. A single number that is missing is
 * passed over, unless its absence means something (`nulls`).
 */
export function interrupted([x, ...ys], nulls = false) {
  const there = x.map((_, i) => i).filter((i) => Number.isFinite(x[i]) && (nulls || ys.some((y) => y[i] !== null)));
  const steps = there.slice(1).map((i, k) => x[i] - x[there[k]]);
  const table = [x, ...ys].map(() => []);
  there.forEach((i, k) => {
    table.forEach((list, c) => list.push(c ? (ys[c - 1][i] ?? (nulls ? null : undefined)) : x[i]));
    const beside = [steps[k - 1], steps[k + 1]].filter((step) => step > 0);
    if (beside.length && steps[k] > LONG * Math.max(...beside)) table.forEach((list, c) => list.push(c ? null : x[i] + steps[k] / 2));
  });
  return table;
}

/** [x, raw, smooth] of a column of a run; and for each number of moments that `dots` names, a table of those of images. */
export function columnTables({ run, store }, column, { unit, width, keep, dots }) {
  const x = store.curve[UNITS[unit]];
  const raw = store.curve[column] ?? x.map(() => null);
  const curve = interrupted([x, raw.map(keep), smooth(store, column, width).map(keep)]);
  return [curve, ...(dots ?? []).map((name) => {
    const all = run.facts?.images ? store.moments.filter((moment) => moment[name.split(".")[0]]) : [];
    const stride = Math.ceil(all.length / MOST_DOTS);
    const shown = all.filter((_, i) => (all.length - 1 - i) % stride === 0);
    return [shown.map((moment) => moment[unit]), shown.map((moment) => keep(value(moment, name)))];
  })];
}

/** Robust ends of what is drawn: all of the smoothed curve, and all but 1 % of the raw one. */
export function columnRange(runs, column, { width, keep }) {
  let [low, high] = [Infinity, -Infinity];
  for (const { store } of runs) {
    const drawn = (values) => finite(values.map(keep).filter((number) => number !== null));
    const raw = drawn(store.curve[column] ?? []);
    const line = drawn(smooth(store, column, width));
    if (!raw.length || !line.length) continue;
    low = Math.min(low, quantile(raw, 0.005), line[0]);
    high = Math.max(high, quantile(raw, 0.995), line.at(-1));
  }
  return [low, high];
}

/** The smoothed values of a run's curve at a position, by column; NaN outside it. */
export function curveAt(store, unit, position, width) {
  const row = lastAtMost(store.curve[UNITS[unit]], position);
  return new Proxy({}, { get: (_, column) => smooth(store, column, width)[row] ?? NaN });
}

/** How far the x axis reaches: shared by all curve charts. */
export function xReached(runs, unit) {
  const ends = runs.flatMap(({ store }) => [store.curve[UNITS[unit]].at(-1), store.latest?.[unit]]).filter(Number.isFinite);
  return Math.max(0, ...ends);
}

/** Where the axis may end at most: the planned iterations (known for iterations and critic updates only). */
export function xPlanned(runs, unit) {
  if (unit === "seconds") return 0;
  const ends = runs.map(({ store }) => (store.status?.steps ?? 0) * (unit === "updates" ? store.status?.n_critic ?? 1 : 1));
  return Math.max(0, ...ends);
}
