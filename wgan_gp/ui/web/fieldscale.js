// Limits of colour and the step of the level lines: one for all columns, or one for each.

import { finite, quantile, roundUp, short } from "./format.js";

const MOST_LINES = 40;
const SLOPED = 50; // units of D: more than slope 1 could reach in any of the planes
const WILD = 20; // a critic so many times as high as the next one would leave all others without a colour

/** Typical extent of one run's field over all its moments; a single wild moment does not count. */
function extent(store) {
  const fields = store.moments.map((moment) => moment.field).filter(Boolean);
  if (!fields.length) return null;
  return {
    size: quantile(finite(fields.map(({ size }) => size)), 0.75),
    width: quantile(finite(fields.map(({ low, high }) => high - low)), 0.9),
  };
}

/** The scale of an exact optimum, which never changes: colours reach as far as it does. */
export function optimumScale({ low, high, size }, shared) {
  return { limit: Math.max(0.5, Math.ceil(2 * size) / 2), step: shared ? linesApart(high - low) : fineLines(high - low), shared };
}

const linesApart = (width) => (width > MOST_LINES ? roundUp(width / MOST_LINES) : 1);
/** On its own scale a flat critic gets finer lines, so that its shape can be seen. */
const fineLines = (width) => (width > 0 && width < 5 ? roundUp(width / 15) : linesApart(width));

/** The extents that are shown on one scale: without the wild ones, which get colours of their own. */
function tame(extents) {
  const sorted = [...extents].sort((a, b) => b.size - a.size);
  const first = sorted.findIndex(({ size }, i) => !(sorted[i + 1]?.size > 0 && size > SLOPED && size > WILD * sorted[i + 1].size));
  return sorted.slice(first);
}

/**
 * @param {Object[]} [references] for each store the field of the exact optimum beside it, if there is one: it then rules the shared scale,
 * so that a wild critic does not flatten what it is compared with; lines stay one unit apart as long as they can be told apart
 * @returns {{limit: number, step: number, shared: boolean, alone?: boolean}[]} for each store; `alone`: its colours are not those of the others
 */
export function fieldScales(stores, shared, references = []) {
  const extents = stores.map(extent);
  const known = tame(extents.filter(Boolean));
  const all = { size: Math.max(0, ...known.map((e) => e.size)), width: Math.max(0, ...known.map((e) => e.width)) };
  return extents.map((own, i) => {
    if (shared && references[i]) return { ...optimumScale(references[i], true), step: linesApart(own?.width ?? 0) };
    const alone = shared && Boolean(own) && !known.includes(own);
    const { size, width } = shared && !alone ? all : own ?? all;
    return { limit: roundUp(size), step: shared ? linesApart(width) : fineLines(width), shared, ...(alone && { alone }) };
  });
}

/** What the lines mean, in words. */
export function linesInWords({ step }, field) {
  if (!field) return "";
  if (!(field.high - field.low > 0)) return "constant";
  const lines = Math.floor(field.high / step) - Math.ceil(field.low / step) + 1;
  return lines > 1 ? `lines ${short(step)} apart` : `spans only ${short(field.high - field.low, 2)}`;
}
