// The frame of a panel: title, what to look for, formula behind a (?), controls, legend, and its text alternative.

import { h, mark, say, swatch } from "./dom.js";
import { Download } from "./download.js";
import { Explanation } from "./explanation.js";

let count = 0;

/**
 * A panel draws when its key changed and it is in view. Subclasses give
 * `key(view)`: a string that differs when the picture would; `paint(view)`; `describe(view)`: a sentence with the numbers.
 */
export class Panel {
  constructor(name, board) {
    this.name = name;
    this.board = board;
    this.visible = true;
    this.drawnKey = null;
    this.described = 0;
    this.controls = h("div", { class: "controls" });
    this.legend = h("div", { class: "legend" });
    this.body = h("div", { class: "body", role: "img" });
    this.note = h("p", { class: "note" });
    this.explanation = new Explanation({ id: `lab-panel-${++count}` });
    this.download = new Download(name, board);
    const head = h("header", {}, this.explanation.title, this.controls, this.download.element, this.explanation.help);
    this.element = h("section", { class: `panel panel-${name}`, "data-panel-name": name, "aria-labelledby": this.explanation.title.id },
      head, this.explanation.look, this.legend, this.body, this.note);
    this.setTexts(board.data.texts);
    this.sizes = new ResizeObserver(() => this.resized());
    this.sizes.observe(this.body);
    board.viewport.observe(this.element, (visible) => {
      this.visible = visible;
      if (visible) board.wake();
    });
  }

  setTexts(texts) {
    this.explanation.set(texts[this.name]);
    this.download.setTitle(texts[this.name].title);
  }

  resized() {
    this.drawnKey = null;
    this.board.wake();
  }

  /** @returns {boolean} whether it drew */
  draw(view) {
    if (!this.visible) return false;
    const key = `${view.theme.key}|${this.key(view)}`;
    if (key === this.drawnKey) return false;
    this.drawnKey = key;
    this.paint(view);
    return true;
  }

  /** Text alternatives follow about once a second, so that screen readers are not flooded. */
  updateText(view, now) {
    this.explanation.follow(view.known, now);
    const key = `${this.drawnKey}|${view.shown}`;
    if (!this.visible || now - this.described < 1000 || this.describedKey === key) return;
    this.described = now;
    this.describedKey = key;
    mark(this.body, "aria-label", this.describe(view));
  }

  /** Compact legend: [{colour, dash, label, value}]. Entries stay; only their text follows. */
  setLegend(entries) {
    const key = entries.map((entry) => [entry.colour, entry.dash, entry.label]).join("|");
    if (key !== this.legendKey) {
      this.legendKey = key;
      this.legend.replaceChildren(...entries.map((entry) => h("span", { class: "entry" },
        swatch(entry.colour, entry.dash), h("span", { class: "name", text: entry.label }), h("span", { class: "value" }))));
    }
    entries.forEach((entry, i) => say(this.legend.children[i].lastChild, entry.value ?? ""));
  }

  setNote(text) {
    say(this.note, text);
  }

  /** A sentence in the picture's place while there is nothing to draw; "" takes it away. */
  setEmpty(text) {
    if (!this.emptyElement) this.body.append((this.emptyElement = h("p", { class: "empty" })));
    say(this.emptyElement, text);
    this.emptyElement.hidden = !text;
  }

  destroy() {
    this.sizes.disconnect();
    this.board.viewport.unobserve(this.element);
    this.element.remove();
  }
}
