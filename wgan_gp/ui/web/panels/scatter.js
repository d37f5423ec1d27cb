// The value the critic learnt against the optimal one, at the same points: a square for each run.

import { axes } from "../axes.js";
import { fade } from "../colour.js";
import { say, toggle } from "../dom.js";
import { finite, niceLimits, percent, short, ticks } from "../format.js";
import { floats } from "../safetensors.js";
import { Columns } from "./columns.js";

const RADIUS = 2;

export class Scatter extends Columns {
  constructor(name, board) {
    super(name, board);
    this.own = false;
    this.words = ["Learnt and optimal values appear here with the first moment.", "These runs keep no optimal values: their generators move."];
    this.controls.append(toggle("own scale", false, (on) => {
      this.own = on;
      board.wake();
    }, "Each critic's values on a scale of its own, so that a flat one shows its shape"));
  }

  key(view) {
    return `${super.key(view)}|${this.own}`;
  }

  paint(view) {
    this.body.style.setProperty("--cells", view.runs.length);
    super.paint(view);
    const some = view.runs.some(({ store }) => store.scene?.optimum_values);
    this.setNote(some ? "Filled: real points; hollow: fake points. What lies beyond is drawn at the edge." : "");
  }

  drawCell(context, { store, frame, look }, { theme }, { width, height, remark }) {
    const [best, found] = [store.scene?.optimum_values, frame?.moment.tensors.values];
    if (!best || !found) return false;
    const [x, y, kind] = [floats(best), floats(found), store.scene.values_kind?.data];
    const ends = limits(x);
    const chart = square(context, width, height, theme, ends, this.own ? limits(y) : ends);
    const { box, px, py } = chart;
    if (!this.own) diagonal(context, chart, ends, theme);
    const inside = (value, low, high) => Math.min(high, Math.max(low, value));
    let beyond = 0;
    for (let i = 0; i < x.length; i++) {
      const [at, to] = [py(y[i]), inside(py(y[i]), box.top, box.bottom)];
      if (!Number.isFinite(at)) continue;
      if (Math.abs(at - to) > 0.5) beyond += 1 / x.length;
      context.beginPath();
      context.arc(inside(px(x[i]), box.left, box.right), to, RADIUS * theme.scale ** 0.5, 0, 7);
      const hollow = kind?.[i] === 1;
      context.fillStyle = hollow ? fade(theme.background, 0.6) : look.colour;
      context.strokeStyle = look.colour;
      context.lineWidth = theme.scale ** 0.5;
      context.fill();
      if (hollow) context.stroke();
    }
    say(remark, [`correlation ${short(correlation(x, y), 2)}`, beyond > 0 ? `${percent(beyond)} beyond` : ""].filter(Boolean).join(", "));
    return true;
  }

  describe(view) {
    const parts = view.runs.map(({ run, store, frame }) => {
      const [best, learnt] = [store.scene?.optimum_values, frame?.moment.tensors.values];
      return `${run.label} ${best && learnt ? short(correlation(floats(best), floats(learnt)), 2) : "unknown"}`;
    });
    return `The critic's value against the optimal value at real and fake points; correlation of the points drawn: ${parts.join(", ")}.`;
  }
}

/** Pearson's correlation of the points that are drawn; 0 where one side is constant. */
function correlation(x, y) {
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  let [both, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    both += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
  }
  return xx * yy > 0 ? both / Math.sqrt(xx * yy) : 0;
}

function limits(values) {
  const all = finite(values);
  return all.length ? niceLimits(all[0], all.at(-1)) : [0, 1];
}

/** Axes in the middle of the cell, as wide as high. */
function square(context, width, height, theme, x, y) {
  const [left, foot] = [46 * theme.scale + 10, 34 * theme.scale + 8]; // what the axes leave for numbers and names
  const side = Math.max(40, Math.min(width - left, height - foot));
  const shift = Math.max(0, (width - left - side) / 2);
  context.save();
  context.clearRect(0, 0, width, height);
  context.translate(shift, 0);
  const chart = axes(context, side + left, side + foot, theme, {
    x, y, xName: "optimal value", yName: "learnt value", xTicks: ticks(...x, Math.max(2, Math.floor(side / (30 * theme.scale)))),
  });
  context.restore();
  const { box, px, py } = chart;
  return { box: { ...box, left: box.left + shift, right: box.right + shift }, px: (value) => px(value) + shift, py };
}

/** Where the critic says what the optimum says. */
function diagonal(context, { box, px, py }, [low, high], theme) {
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  context.strokeStyle = theme.palette.truth;
  context.lineWidth = 2 * theme.scale;
  context.setLineDash([6, 4]);
  context.beginPath();
  context.moveTo(px(low), py(low));
  context.lineTo(px(high), py(high));
  context.stroke();
  context.restore();
}
