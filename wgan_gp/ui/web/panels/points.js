// At which points gradient norms are taken: one choice for all panels about them, in the words of wgan_gp/panels/charts.py.

import { choice } from "../dom.js";

const wordsOf = (board, kind) => board.data.points[kind].choice;

export function kindChoice(board) {
  const options = Object.keys(board.data.points).map((kind) => [kind, `at ${wordsOf(board, kind)}`]);
  return choice("Gradient norms at", options, board.settings.normKind, (value) => board.set({ normKind: value }));
}

/** The chosen points' name in words. */
export const kindInWords = (board, { settings }) => wordsOf(board, settings.normKind);

/** Offers only what these runs measured. */
export function followKinds(board, select, { runs, settings }) {
  const plane = runs.some(({ store }) => Number.isFinite(store.latest?.quantiles_plane?.median));
  for (const option of select.options) {
    option.hidden = option.disabled = option.value === "plane" && !plane;
  }
  select.value = settings.normKind;
}
