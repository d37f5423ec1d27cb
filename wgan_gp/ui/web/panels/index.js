// Which panel a name stands for. Samples are not here: they are drawn in the runs' cards.

import { Histogram } from "./histogram.js";
import { Layers, LayersOverTime } from "./layers.js";
import { OverTime } from "./overtime.js";
import { Scatter } from "./scatter.js";
import { Strip } from "./strip.js";
import { Weights } from "./weights.js";

const OWN = {
  norms: Histogram,
  scatter: Scatter,
  interpolation: Strip,
  weights: Weights,
  layers: Layers,
  "layers-over-time": LayersOverTime,
};

/** The class of a panel: its own, or that of measures over time; nothing for a name that is none. */
export const panelNamed = (name, { over_time }) => OWN[name] ?? (over_time[name] && OverTime);
