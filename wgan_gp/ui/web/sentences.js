// What a panel says of the runs that are shown: sentences under conditions, by the rules of wgan_gp/panels/sentences.py.

import { value } from "./words.js";

const SIGNS = {
  "==": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** A fact of a run by its name, or a number of its shown moment. */
const found = (run, name) => (name.includes(".") ? value(run?.numbers, name) : run?.facts[name]);

/** @param {{facts: Object, numbers: Object}[]} runs */
function holds([word, ...parts], runs, run = null) {
  if (word === "fact") {
    const [name, sign, bound] = parts;
    const other = typeof bound === "string" && bound.includes(".") ? found(run, bound) : bound;
    return SIGNS[sign](name === "runs" ? runs.length : found(run, name), other);
  }
  if (word === "no") return !holds(parts[0], runs, run);
  if (word === "some") return runs.some((one) => holds(parts[0], runs, one));
  if (word === "every") return runs.length > 0 && runs.every((one) => holds(parts[0], runs, one));
  return word === "both" ? parts.every((part) => holds(part, runs, run)) : parts.some((part) => holds(part, runs, run));
}

/** Those that are true of these runs, one after the other. */
export const said = (sentences, runs) => sentences.filter(({ when }) => holds(when, runs)).map(({ text }) => text);
