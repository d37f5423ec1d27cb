// Numbers by name, and texts with numbers in them, as wgan_gp/panels/table.py writes both.

import { measured, percent } from "./format.js";

/** A number of a moment by its name, "truth.w1"; the ratio of two, "estimates.train / truth.w1"; or the number itself. NaN where unknown. */
export function value(numbers, name) {
  if (typeof name === "number") return name;
  const [first, second] = name.split(" / ").map((part) => {
    const [measure, column] = part.split(".");
    return numbers?.[measure]?.[column] ?? NaN;
  });
  return second === undefined ? first : first / second;
}

/** A text with its numbers: "{truth.w1:2}" in two digits, "{truth.good*100:3}" a hundred times it, "{x.share:%}", "{x|a word}" where it is unknown. Else null. */
export function fill(text, numbers) {
  let known = true;
  const filled = text.replace(/\{([\w.]+)(?:\*(\d+))?(?::(\d|%))?(?:\|([^}]+))?\}/g, (_, name, factor = 1, digits = 3, otherwise = "") => {
    const found = factor * value(numbers, name);
    if (otherwise && !Number.isFinite(found)) return otherwise;
    known &&= Number.isFinite(found);
    return digits === "%" ? percent(found) : measured(found, Number(digits));
  });
  return known ? filled : null;
}

/** Pieces of a text, of which those with an unknown number are left out; the first stays in its place as null. */
export function pieces(texts, numbers) {
  return texts.map((text) => fill(text, numbers)).filter((text, i) => i === 0 || text !== null);
}
