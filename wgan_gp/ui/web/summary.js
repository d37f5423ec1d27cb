// Numbers that are needed for all moments at once: those that stand in a moment by name, and those that follow from its arrays.

import { finite, quantile } from "./format.js";
import { floats } from "./safetensors.js";

/** The numbers of each array that has some, by their names in wgan_gp/measures/table.py. */
export function named(tensors, columns) {
  const numbers = {};
  for (const [name, list] of Object.entries(columns)) {
    if (!tensors[name]) continue;
    const values = floats(tensors[name]);
    numbers[name] = Object.fromEntries(list.map((column, i) => [column, values[i] ?? NaN]));
  }
  return numbers;
}

/** Powers of ten per layer on the way back from the value, by least squares; NaN where fewer than two norms are above 0. */
export function slope(layers) {
  const points = Array.from(layers, (value, i) => [i, value]).filter(([, value]) => Number.isFinite(value));
  if (points.length < 2) return NaN;
  const mean = (at) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const across = points.reduce((sum, [i, value]) => sum + (i - x) * (value - y), 0);
  return -across / points.reduce((sum, [i]) => sum + (i - x) ** 2, 0);
}

/** Quantiles of gradient norms, by the names of `DERIVED` in wgan_gp/panels/charts.py; NaN where no norm is a number. */
function quantiles(tensors) {
  const summary = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!name.startsWith("norms_") || !tensor.data.length) continue;
    const values = finite(floats(tensor));
    const [low, median, high] = [0.1, 0.5, 0.9].map((q) => quantile(values, q));
    summary[name.replace("norms_", "quantiles_")] = { low, median, high };
  }
  return summary;
}

function extent({ field, field_scale }) {
  const scale = field_scale ? floats(field_scale)[0] : 1;
  const values = field ? finite(floats(field)) : [];
  if (!values.length || !Number.isFinite(scale)) return null;
  const size = quantile(values.map(Math.abs).sort(), 0.95) * scale; // without the corners, which few points reach
  return { low: values[0] * scale, high: values.at(-1) * scale, size };
}

/** Taken when a moment arrives. */
export function summarise(tensors, columns = {}) {
  const layers = tensors.layers ? Array.from(floats(tensors.layers)) : null; // log10, layer 1 first
  return { field: extent(tensors), layers, ...(layers && { gradients: { slope: slope(layers) } }), ...named(tensors, columns), ...quantiles(tensors) };
}
