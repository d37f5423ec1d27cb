// The exact optimum beside the critics: a picture for each group of runs, read from the scene of a run whose generator stands still.

import { runLook } from "./colour.js";
import { optimumScale } from "./fieldscale.js";
import { summarise } from "./summary.js";

/** Arrays of a moment, and where the scene keeps the optimum's. */
const TENSORS = {
  samples: "fake", field: "optimum_field", field_scale: "optimum_field_scale", arrows: "optimum_arrows",
  norms_line: "optimum_norms_line", norms_plane: "optimum_norms_plane", values: "optimum_values",
};
const held = new WeakMap(); // scene -> what it says of the optimum

/** The names of the groups, in the order of the runs. */
export const groupsOf = (runs) => [...new Set(runs.map(({ group }) => group ?? ""))];

/** A card of its own for each group, as if the optimum were a run. */
export function optimumRuns({ optimum, runs = [] }) {
  if (!optimum || !runs.length) return [];
  return groupsOf(runs).map((group) => ({ id: group ? `optimum:${group}` : "optimum", label: "Exact optimum", method: "truth", shade: 0, group, optimum: true }));
}

/**
 * What a scene says of the optimum of its points; null where it says nothing.
 * @returns {{moment: Object, w1: number, real: number, fake: number}|null}
 */
export function optimumOf(scene) {
  if (!scene?.optimum_field) return null;
  if (!held.has(scene)) held.set(scene, read(scene));
  return held.get(scene);
}

function read(scene) {
  const tensors = {};
  for (const [name, from] of Object.entries(TENSORS)) if (scene[from]) tensors[name] = scene[from];
  const count = (tensor) => tensor?.shape[0] ?? 0;
  // It looks like a moment, so that the picture of a critic can draw it; it is the same at all times.
  const moment = { seq: "optimum", step: 0, tensors, ...summarise(tensors) };
  return { moment, w1: scene.numbers?.exact?.w1 ?? NaN, real: count(scene.real), fake: count(scene.fake) };
}

/** The optimum of each group as panels see it, in the form of a run; its frame is null until a run of the group has told it. */
export function optimumViews(data, runs, stores, theme, shared) {
  return optimumRuns(data).map((run) => {
    const members = stores.filter((_, i) => (runs[i].group ?? "") === run.group);
    const store = members.find(({ scene }) => optimumOf(scene)) ?? members[0];
    const found = optimumOf(store.scene);
    const scale = found?.moment.field ? optimumScale(found.moment.field, shared) : { limit: 1, step: 1, shared };
    return { run: { ...run, name: run.label }, store, found, frame: found && { moment: found.moment, next: null, fraction: 0 }, look: runLook(run, theme), scale };
  });
}
