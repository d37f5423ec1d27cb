// Everything a panel may need for one picture, gathered once for all of them.

import { runLook } from "./colour.js";
import { curveAt, smoothing } from "./curvedata.js";
import { fieldScales } from "./fieldscale.js";
import { groupsOf, optimumViews } from "./optimum.js";

const held = new WeakMap(); // board -> limits of the fields, found anew only when moments came

function scales(board, stores, momentVersions, references) {
  const key = `${momentVersions}|${board.settings.sameColours}|${references.map(Boolean)}`;
  if (held.get(board)?.key !== key) held.set(board, { key, scales: fieldScales(stores, board.settings.sameColours, references) });
  return held.get(board).scales;
}

/**
 * @typedef {Object} Shown one run in a view
 * @property {Object} run id, label, name (the label without its group), method, shade, group
 * @property {import("./store.js").RunStore} store
 * @property {import("./timeline.js").Frame|null} frame what it shows; null before its first moment
 * @property {number|null} at its place on the x axis
 * @property {{colour: string, dash: number[]}} look
 * @property {{limit: number, step: number}} scale of its field
 */

/** What sentences may ask of a run: the facts of its config, and the numbers of its scene, of the shown moment, and of its curve there. */
export function knownOf({ run, store, frame, at }, unit, width) {
  return { facts: run.facts ?? {}, numbers: { ...store.scene?.numbers, ...frame?.moment, curve: curveAt(store, unit, at ?? Infinity, width) } };
}

export function makeView(board) {
  const { theme, timeline, group, settings } = board;
  const stores = board.list();
  const momentVersions = stores.map((store) => `${store.id}:${store.momentVersion}`).join();
  const optima = optimumViews(board.data, board.runs, stores, theme, settings.sameColours);
  const references = board.runs.map(({ group }) => optima.find(({ run }) => run.group === (group ?? ""))?.found?.moment.field);
  const fields = scales(board, stores, momentVersions, references);
  const rows = groupsOf(board.runs).length > 1;
  const runs = board.runs.map((run, i) => {
    const frame = timeline.frame(stores[i]);
    const at = frame && (timeline.mode === "live" ? frame.moment[timeline.unit] : timeline.position);
    const name = run.label || run.id;
    return { run: { ...run, name, label: rows && run.group ? `${name}, ${run.group}` : name }, store: stores[i], frame, at, look: runLook(run, theme), scale: fields[i] };
  });
  let width = null;
  const averaged = () => (width ??= smoothing(stores));
  return {
    known: runs.map((shown) => knownOf(shown, timeline.unit, averaged())),
    theme, timeline, group, settings, stores, runs, optima, momentVersions, unit: timeline.unit,
    active: stores.some((store) => store.status?.is?.unfinished),
    shown: runs.map(({ run, frame }) => `${run.id}:${frame?.moment.seq ?? ""}`).join(),
    epochs: stores.map((store) => `${store.id}:${store.epoch}`).join(),
    smoothing: averaged,
  };
}
