// Which panel a name stands for. Samples are not here: they are drawn in the runs' cards.

import { Band } from "./band.js";
import { Estimate, Losses } from "./curves.js";
import { Histogram } from "./histogram.js";
import { Layers, LayersOverTime } from "./layers.js";
import { OverTime } from "./overtime.js";
import { Scatter } from "./scatter.js";
import { Strip } from "./strip.js";
import { Weights } from "./weights.js";

export const PANELS = {
  estimate: Estimate,
  norms: Histogram,
  losses: Losses,
  truth: OverTime,
  quality: OverTime,
  scatter: Scatter,
  agreement: OverTime,
  distance: OverTime,
  "norms-over-time": Band,
  interpolation: Strip,
  weights: Weights,
  "weights-over-time": OverTime,
  layers: Layers,
  "layers-over-time": LayersOverTime,
};
