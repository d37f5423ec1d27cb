// Titles and explanations the board falls back on when the page hands in none.

const GULRAJANI = "Gulrajani et al. 2017, Improved Training of Wasserstein GANs";
const ARJOVSKY = "Arjovsky et al. 2017, Wasserstein GAN";

export const TEXTS = {
  samples: {
    title: "Samples",
    look: "The same latents throughout: each point or picture can be followed.",
    formula: "G(z) for fixed z; field: D(x) \u2212 mean of D over real data",
    source: `${GULRAJANI}, Fig. 1`,
  },
  estimate: {
    title: "The critic's estimate",
    look: "It should rise fast, then fall towards 0. Levels of two critics do not compare.",
    formula: "E[D(real)] \u2212 E[D(fake)]",
    source: `${ARJOVSKY}, eq. 3; ${GULRAJANI}, Fig. 5b for the held-out data`,
  },
  norms: {
    title: "Slope of the critic now",
    look: "A critic under the penalty gathers at 1; a clipped one stays flat or grows steep.",
    formula: "\u2016\u2207D(x)\u2016\u2082 per sample; x = \u03b5 real + (1 \u2212 \u03b5) fake, \u03b5 uniform",
    source: `${GULRAJANI}, Prop. 1 and Alg. 1`,
  },
  truth: {
    title: "Next to the exact answer",
    look: "The exact distance should fall into the green band, where two sets of real data lie. The estimate is no distance: see the ratio.",
    formula: "W\u2081 by linear assignment between 256 real and 256 generated points",
    source: "Stanczuk et al. 2021, arXiv 2103.01678",
  },
  quality: {
    title: "Next to real images",
    look: "The distance should fall towards the dashed line, where two sets of real images lie.",
    formula: "Frechet distance between features of a small net; density and coverage of the same features",
    source: "Heusel et al. 2017, arXiv 1706.08500; Naeem et al. 2020, arXiv 2002.09797",
  },
  losses: {
    title: "The loss, term by term",
    look: "The first two terms mirror each other; their sum with the penalty is what the critic minimises.",
    formula: "critic loss = \u2212E[D(real)] + E[D(fake)] + \u03bb E[(\u2016\u2207D(x)\u2016\u2082 \u2212 1)\u00b2];  generator loss = \u2212E[D(fake)]",
    source: `${GULRAJANI}, eq. 3`,
  },
  "norms-over-time": {
    title: "Slope of the critic over time",
    look: "Median and the middle 80 %. Under the penalty the band narrows around 1.",
    formula: "quantiles 10, 50, 90 % of \u2016\u2207D(x)\u2016\u2082 over samples",
    source: `${GULRAJANI}, Prop. 1`,
  },
  interpolation: {
    title: "Between two latents",
    look: "A smooth path means the generator filled in; a jump means it leapt between modes.",
    formula: "G(slerp(z\u2080, z\u2081, t)), t from 0 to 1",
    source: "White 2016, Sampling Generative Networks, for slerp",
  },
  scatter: {
    title: "Learnt against optimal value",
    look: "On the dashed line the critic says what the optimum says.",
    formula: "D(x) \u2212 mean of D over real data against the same for the optimal critic f*",
    source: "f* from the dual of the exact assignment, extended as by McShane 1934",
  },
  agreement: {
    title: "How far the critic agrees with the optimum",
    look: "A cosine of 1: a generator that follows the critic would go the optimal way.",
    formula: "mean cosine of \u2207D and \u2207f*; correlation of D and f*",
    source: `${GULRAJANI}, Prop. 1`,
  },
  distance: {
    title: "The estimate against the exact distance",
    look: "A critic of slope 1 at most stays at or below the green line.",
    formula: "E[D(real)] \u2212 E[D(fake)] on the points of which W\u2081 is exact",
    source: "Stanczuk et al. 2021, arXiv 2103.01678",
  },
  layers: {
    title: "Gradients through the critic's layers",
    look: "A flat line hands every layer a gradient of the same size. Under clipping it falls or rises by powers of ten.",
    formula: "norm of \u2202(critic loss)/\u2202(activations of a layer), loss without the penalty",
    source: `${GULRAJANI}, Fig. 1b, left`,
  },
  "layers-over-time": {
    title: "The same over time",
    look: "Does the slope stay, or does training change it?",
    formula: "log\u2081\u2080 of those norms at each moment; slope by least squares over the layers",
    source: `${GULRAJANI}, Fig. 1b, left, which shows one moment`,
  },
  "weights-over-time": {
    title: "Weights at the clipping limit",
    look: "Near 100 % the critic has little left to choose but signs.",
    formula: "share of all weights and biases with ||w| \u2212 c| \u2264 0.01 c",
    source: `${GULRAJANI}, Fig. 1b, right`,
  },
  weights: {
    title: "The critic's weights",
    look: "Clipping drives weights to the two ends; under the penalty they form a bell.",
    formula: "histogram of all weights; share with |w| \u2265 0.99 c",
    source: `${GULRAJANI}, Fig. 1b`,
  },
};

export const STATES = {
  queued: "Queued",
  starting: "Starting: loading the libraries",
  running: "Running",
  paused: "Paused",
  stopped: "Stopped",
  finished: "Finished",
  diverged: "Diverged",
  failed: "Failed",
  interrupted: "Interrupted",
  gone: "Deleted",
  waiting: "Waiting for the server",
};
