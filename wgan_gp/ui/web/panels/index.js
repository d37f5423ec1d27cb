// Which panel a name stands for. Samples are not here: they are drawn in the runs' cards.

import { Agreement } from "./agreement.js";
import { Band } from "./band.js";
import { Estimate, Losses } from "./curves.js";
import { Distance } from "./distance.js";
import { Histogram } from "./histogram.js";
import { Layers, LayersOverTime } from "./layers.js";
import { Quality } from "./quality.js";
import { Scatter } from "./scatter.js";
import { Strip } from "./strip.js";
import { Truth } from "./truth.js";
import { Weights } from "./weights.js";
import { WeightShare } from "./weightshare.js";

export const PANELS = {
  estimate: Estimate,
  norms: Histogram,
  losses: Losses,
  truth: Truth,
  quality: Quality,
  scatter: Scatter,
  agreement: Agreement,
  distance: Distance,
  "norms-over-time": Band,
  interpolation: Strip,
  weights: Weights,
  "weights-over-time": WeightShare,
  layers: Layers,
  "layers-over-time": LayersOverTime,
};
