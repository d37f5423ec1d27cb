// At which points gradient norms are taken: one choice for all panels about them, in the words of wgan_gp/panels/charts.py.

import { choice, say } from "../dom.js";

const wordsOf = (board, kind, still) => board.data.points[kind][still ? "still" : "choice"];
const stands = (runs) => runs.some(({ store }) => store.scene?.fake); // a generator that stands still makes fake points, and no samples

export function kindChoice(board) {
  const options = Object.keys(board.data.points).map((kind) => [kind, `at ${wordsOf(board, kind, false)}`]);
  return choice("Gradient norms at", options, board.settings.normKind, (value) => board.set({ normKind: value }));
}

/** The chosen points' name in words. */
export const kindInWords = (board, { runs, settings }) => wordsOf(board, settings.normKind, stands(runs));

/** Names the choices for these runs, and offers only what they measured. */
export function followKinds(board, select, { runs, settings }) {
  const still = stands(runs);
  const plane = runs.some(({ store }) => Number.isFinite(store.latest?.quantiles_plane?.median));
  for (const option of select.options) {
    option.hidden = option.disabled = option.value === "plane" && !plane;
    say(option, `at ${wordsOf(board, option.value, still)}`);
  }
  select.value = settings.normKind;
}
