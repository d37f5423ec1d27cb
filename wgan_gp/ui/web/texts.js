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
