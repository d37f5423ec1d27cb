// Histogram of the critic's weights, in the same bins for all runs or each on its own axis: clipping ends at c, a penalty sets no end.

import { axes, bars } from "../axes.js";
import { fade } from "../colour.js";
import { say, toggle } from "../dom.js";
import { finite, percent, quantile, roundUp, short } from "../format.js";
import { floats } from "../safetensors.js";
import { Columns } from "./columns.js";
import { share } from "./histogram.js";

const BINS = 41; // odd, so that one bin is centred on 0

/** Share of the weights within 1 % of the clipping limit. */
function shareAtLimit(values, limit) {
  return values.filter((value) => Math.abs(value) >= 0.99 * limit).length / values.length;
}

/** Counted over all weights where the moment says so, else over those that its histogram is made of. */
const atLimit = (moment, values, limit) => moment.weights_share?.share ?? shareAtLimit(values, limit);

const limitOf = (store) => (store.status?.constraint?.kind === "clip" ? store.status.constraint.limit : null);

function weightsOf(frame) {
  const tensor = frame?.moment.tensors.weights_critic;
  return tensor ? finite(floats(tensor)) : [];
}

export class Weights extends Columns {
  constructor(name, board) {
    super(name, board);
    this.held = new Map();
    this.same = null; // until it is chosen: the same bins where more than two runs are compared
    this.switch = toggle("same bins for all", false, (on) => {
      this.same = on;
      board.wake();
    }, "Off: each critic's weights on an axis of their own");
    this.controls.append(this.switch);
    this.words = ["The weights appear here with the first moment.", "This moment holds no weights."];
  }

  /** Half the width of the axis: 1.2 c under clipping, otherwise a 1-2-5 step that only grows; few far weights do not count. */
  reach(store, limit, values) {
    if (limit) return 1.2 * limit;
    const key = `${store.id}|${store.epoch}`;
    const reach = Math.max(this.held.get(key) ?? 0, roundUp(Math.max(1.2 * quantile(values.map(Math.abs).sort(), 0.97), 1e-6)));
    this.held.set(key, reach);
    return reach;
  }

  key(view) {
    return `${super.key(view)}|${this.same}`;
  }

  paint(view) {
    const same = this.same ?? view.runs.length > 2;
    this.switch.hidden = view.runs.length < 2;
    this.switch.firstChild.checked = same;
    const reaches = view.runs.map(({ store, frame }) => {
      const values = weightsOf(frame);
      return values.length ? this.reach(store, limitOf(store), values) : 0;
    });
    this.shared = same ? Math.max(...reaches) : null;
    super.paint(view);
  }

  drawCell(context, { store, frame, look }, { theme }, { width, height, remark }) {
    const values = weightsOf(frame);
    if (!values.length) return false;
    const limit = limitOf(store);
    const reach = this.shared ?? this.reach(store, limit, values);
    const edges = Array.from({ length: BINS + 1 }, (_, i) => reach * ((2 * i) / BINS - 1));
    const { shares, below, beyond } = share(values, edges);
    const key = `top|${store.id}|${store.epoch}|${Boolean(this.shared)}`;
    const top = Math.max(this.held.get(key) ?? 0.1, Math.min(1, roundUp(Math.max(...shares))));
    this.held.set(key, top);
    const chart = axes(context, width, height, theme, {
      x: [-reach, reach], y: [0, top], xName: "weight", yName: "share", yText: (value) => `${Math.round(value * 100)} %`,
      ...(limit && !this.shared ? { xTicks: [-limit, 0, limit] } : {}),
    });
    bars(context, chart, edges, shares, look.colour, fade(look.colour, 0.22), [], 1.6 * theme.scale);
    if (limit) say(remark, `${percent(atLimit(frame.moment, values, limit))} within 1 % of \u00b1c`);
    else if (below + beyond > 0) say(remark, `${percent(below + beyond)} beyond \u00b1${short(reach)}, in the end bins`);
    return true;
  }

  describe(view) {
    const parts = view.runs.map(({ run, store, frame }) => {
      const tensor = frame?.moment.tensors.weights_critic;
      if (!tensor) return `${run.label} unknown`;
      const values = floats(tensor);
      const limit = limitOf(store);
      const at = limit ? `, ${percent(atLimit(frame.moment, finite(values), limit))} of them at the limit` : "";
      return `${run.label} from ${values[0].toPrecision(2)} to ${values.at(-1).toPrecision(2)}${at}`;
    });
    return `Weights of the critic: ${parts.join("; ")}.`;
  }
}
