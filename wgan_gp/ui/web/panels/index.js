// Which panel a name stands for. Samples are not here: they are drawn in the runs' cards.

import { Band } from "./band.js";
import { Estimate, Losses } from "./curves.js";
import { Histogram } from "./histogram.js";
import { Strip } from "./strip.js";
import { Truth } from "./truth.js";
import { Weights } from "./weights.js";

export const PANELS = {
  estimate: Estimate,
  norms: Histogram,
  losses: Losses,
  truth: Truth,
  "norms-over-time": Band,
  interpolation: Strip,
  weights: Weights,
};
