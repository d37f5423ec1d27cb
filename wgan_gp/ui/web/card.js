// A run's column: who it is, how it goes, and its live samples.

import { h, mark, say, swatch } from "./dom.js";
import { duration, short, whole } from "./format.js";
import { ArrowKey } from "./panels/arrows.js";
import { Plane, fieldLegend, standsStill } from "./panels/plane.js";
import { Images } from "./panels/images.js";

/** One line on how the run goes; a message of the run comes literally. */
function progress(status) {
  const at = `iteration ${whole(status.step ?? 0)}${status.steps ? ` of ${whole(status.steps)}` : ""}`;
  if (status.is?.badly && status.message) return `${at}. ${status.message}`;
  const parts = [at, status.device];
  if (status.state === "running" && Number.isFinite(status.rate)) parts.push(`${short(status.rate, 2)} iterations/s`);
  if (status.state === "running" && Number.isFinite(status.left)) parts.push(`${duration(status.left)} left`);
  if (status.state !== "running" && status.seconds > 0) parts.push(`after ${duration(status.seconds)}`);
  const line = parts.filter(Boolean).map((part) => String(part).replaceAll(" ", "\u00a0")).join(" \u00b7 "); // breaks between parts only
  return [line, ...(status.state === "finished" && status.message ? [status.message] : []), ...(status.passed_over ?? [])].join(". ");
}

function stateInWords(status) {
  if (status.silent && status.is?.live) return `Not responding for ${whole(status.silent)} s`;
  if (status.state === "queued" && status.place) return `Queued, place ${status.place}`;
  return status.is?.label ?? String(status.state);
}

function emptyWords(store) {
  if (store.gone) return store.gone;
  const status = store.status;
  if (!status) return "Asking the server for this run.";
  if (status.state === "queued") return "It waits for a free place; samples appear here once it starts.";
  if (status.state === "starting") return "Starting: loading the libraries. The first samples appear here in a few seconds.";
  if (status.state === "running") return "The first samples appear here in a moment.";
  if (status.state === "paused") return "Paused before its first moment. Samples appear here once it goes on.";
  if (status.is?.badly) return status.message || "The run ended before its first moment.";
  return "This run recorded no moments.";
}

export class Card {
  constructor(run, board) {
    this.board = board;
    this.visible = true;
    this.name = h("h3", { class: "name" });
    this.line = h("span", { class: "line" });
    this.state = h("span", { class: "state" });
    this.meta = h("p", { class: "meta" });
    this.own = h("p", { class: "own" });
    this.shown = h("span", { class: "shown" });
    this.picture = h("div", { class: "picture", role: "img" });
    this.empty = h("p", { class: "empty" });
    this.layers = h("div", { class: "layers" });
    this.picture.append(this.layers, this.empty);
    this.bar = h("span", { class: "bar", hidden: true });
    this.low = h("span");
    this.words = h("span", { class: "words" });
    this.arrows = new ArrowKey();
    this.element = h("article", { class: "card", "data-run": run.id },
      h("header", {}, this.line, this.name, this.state), this.meta, this.own, this.picture,
      h("footer", {}, this.shown, h("span", { class: "key" }, this.low, this.bar, this.words, this.arrows.element)));
    this.sizes = new ResizeObserver(() => board.wake());
    this.sizes.observe(this.picture);
    board.viewport.observe(this.element, (visible) => {
      this.visible = visible;
      if (visible) board.wake();
    });
    this.described = 0;
  }

  /** Words and numbers of the head. */
  drawHead({ run, store, look }) {
    const state = store.gone ? "gone" : store.status?.state ?? "waiting";
    mark(this.element, "data-state", state);
    say(this.name, run.name || store.status?.name || run.id);
    mark(this.name, "title", store.status?.name ?? run.id);
    const key = `${look.colour}|${look.dash}`;
    if (key !== this.lookKey) {
      this.lookKey = key;
      this.line.replaceChildren(swatch(look.colour, look.dash, 4));
      this.element.style.setProperty("--run", look.colour);
    }
    const status = store.status;
    say(this.state, store.gone ? "Deleted" : status ? stateInWords(status) : "Waiting for the server");
    this.state.classList.toggle("bad", Boolean(store.gone || (status?.silent && status.is?.live) || status?.is?.badly));
    say(this.meta, store.gone ? "" : status ? progress(status) : "");
    say(this.own, this.board.setups.own.get(run.id) ?? "");
    this.element.classList.toggle("long", Boolean(status?.message && status.is?.badly));
  }

  /** @returns {boolean} whether a picture was drawn */
  draw(shown, view) {
    this.drawHead(shown);
    const { frame, store } = shown;
    const words = frame ? (frame.moment.tensors.samples ? "" : "This moment holds no samples.") : this.emptyWords(store);
    say(this.empty, words);
    this.empty.hidden = !words;
    this.layers.hidden = !frame;
    mark(this.element, "data-step", frame ? frame.moment.step : "");
    if (!frame) {
      say(this.shown, "");
      say(this.words, "");
      say(this.low, "");
      this.bar.hidden = this.arrows.element.hidden = true;
      return false;
    }
    say(this.shown, this.shownWords(frame));
    if (!this.visible) return false;
    this.choosePainter(shown);
    const drew = this.painter.draw({ ...shown, theme: view.theme, size: this.picture.clientWidth, showArrows: view.settings.arrows });
    if (drew) this.drawKey(shown, view);
    return drew;
  }

  choosePainter({ frame, store }) {
    const shape = frame.moment.tensors.samples?.shape;
    const plane = shape ? shape.length === 2 : store.status?.view !== "images";
    const Painter = plane ? Plane : Images;
    if (!(this.painter instanceof Painter)) this.painter = new Painter(this.layers);
  }

  shownWords(frame) {
    return `iteration ${whole(frame.moment.step)}`;
  }

  emptyWords(store) {
    return emptyWords(store);
  }

  drawKey({ frame, scale }, { theme }) {
    const legend = this.painter instanceof Plane ? fieldLegend(scale, frame.moment.field) : null;
    this.bar.hidden = !legend;
    this.arrows.say(this.painter.arrows ?? null, theme);
    if (!legend) {
      const { shownCount, count } = this.painter;
      say(this.low, "");
      say(this.words, count > shownCount ? `${shownCount} of ${count} samples` : "");
      return;
    }
    const { low, middle, high } = theme.palette;
    this.bar.style.background = `linear-gradient(90deg, ${low}, ${middle}, ${high})`;
    say(this.low, `D: ${legend.low}`);
    say(this.words, `${legend.high}; ${legend.lines}`);
    mark(this.words, "title", "The critic's value above its mean over real data; the bold line is that mean.");
  }

  updateText({ run, store, frame }, now) {
    if (!frame || now - this.described < 1000 || this.describedMoment === frame.moment) return;
    this.described = now;
    this.describedMoment = frame.moment;
    const { step, estimates, quantiles_line: slopes } = frame.moment;
    const parts = [`${run.label}: ${standsStill(store) ? "the critic's value" : "generated samples"} at iteration ${whole(step)}`];
    if (estimates) parts.push(`estimate ${short(estimates.train)}`);
    if (Number.isFinite(slopes?.median)) parts.push(`median slope of the critic ${short(slopes.median)}`);
    mark(this.picture, "aria-label", `${parts.join(", ")}.`);
  }

  destroy() {
    this.sizes.disconnect();
    this.board.viewport.unobserve(this.element);
    this.element.remove();
  }
}
