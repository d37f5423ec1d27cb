// The one scrubber: play, pause, step, drag, speed, alignment and "live", for everything on the board.

import { choice, h, icon, mark, say } from "./dom.js";
import { duration, short, whole } from "./format.js";

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  back: "M11.5 3v10L5 8zM3 3h1.8v10H3z",
  forward: "M4.5 3v10L11 8zM11.2 3H13v10h-1.8z",
};
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const UNITS = [["step", "iterations"], ["updates", "critic updates"], ["seconds", "seconds"]];

/** A position in the chosen unit, in words. */
function positionInWords(unit, position) {
  if (unit === "seconds") return position < 10 ? `${short(position, 2)} s` : duration(position);
  return `${unit === "step" ? "iteration" : "update"} ${whole(position)}`;
}

export class Transport {
  constructor(board) {
    this.board = board;
    const button = (name, label, act) => h("button", { type: "button", class: name, "data-action": name, "aria-label": label, title: label, onclick: act }, icon(ICONS[name]));
    this.playButton = button("play", "Play", () => board.togglePlay());
    this.back = button("back", "Previous moment (left arrow)", () => board.stepBy(-1));
    this.forward = button("forward", "Next moment (right arrow)", () => board.stepBy(1));
    this.range = h("input", { type: "range", min: 0, max: 1, step: "any", value: 1, "data-action": "scrub", "aria-label": "Shown moment", oninput: () => board.scrubTo(Number(this.range.value)) });
    this.place = h("output", { class: "place" });
    this.liveButton = h("button", { type: "button", class: "live", "data-action": "live", onclick: () => board.goLive() }, h("span", { class: "lamp" }), (this.liveText = h("span", { text: "Live" })));
    this.speed = choice("Speed of playing; at 1\u00d7 the whole time line takes 20 seconds", SPEEDS.map((s) => [String(s), `${s}\u00d7`]), "1", (value) => board.setSpeed(Number(value)));
    this.unit = choice("Align runs and x axes by", UNITS, board.timeline.unit, (value) => board.setUnit(value));
    this.speed.dataset.action = "speed";
    this.unit.dataset.action = "align";
    this.alignLabel = h("label", { class: "align" }, h("span", { class: "align-text", text: "Align by" }), this.unit);
    this.element = h("div", { class: "transport", role: "group", "aria-label": "Time" },
      this.playButton, this.back, this.forward, this.range, this.place, this.liveButton, this.speed, this.alignLabel);
  }

  draw({ timeline, stores, active }) {
    const marks = timeline.marks(stores);
    const [first, last] = timeline.span(stores);
    const none = marks.length < 2;
    const playing = timeline.mode === "play";
    if (this.playing !== playing) {
      this.playing = playing;
      this.playButton.replaceChildren(icon(ICONS[playing ? "pause" : "play"]));
      const label = playing ? "Pause (space)" : "Play (space)";
      mark(this.playButton, "aria-label", label);
    }
    const why = none ? "There is nothing to play yet: it needs two moments." : null;
    for (const control of [this.playButton, this.back, this.forward, this.range, this.speed]) this.enable(control, !none, why);
    const live = timeline.mode === "live";
    mark(this.liveButton, "aria-pressed", live);
    this.liveButton.classList.toggle("active", active);
    say(this.liveText, active || stores.length === 0 ? "Live" : "Latest");
    mark(this.liveButton, "title", live ? "You see the newest moment." : "Return to the newest moment (End or L)");
    this.drawPlace(timeline, first, last, none);
  }

  drawPlace({ unit, position }, first, last, none) {
    const at = Math.min(last, Math.max(first, position));
    const key = `${first}|${last}|${at}`;
    if (key !== this.key) {
      this.key = key;
      this.range.min = first;
      this.range.max = none ? first + 1 : last;
      this.range.value = none ? first + 1 : at;
      this.range.style.setProperty("--share", none ? 1 : (at - first) / (last - first));
    }
    const words = none && !last ? "no moment yet" : positionInWords(unit, at);
    say(this.place, words);
    mark(this.range, "aria-valuetext", words);
    if (this.unit.value !== unit) this.unit.value = unit;
  }

  enable(control, on, why) {
    if (control.disabled === on) control.disabled = !on;
    if (control.dataset.title === undefined) control.dataset.title = control.title;
    mark(control, "title", on ? (control === this.playButton ? control.getAttribute("aria-label") : control.dataset.title) : why);
  }
}
