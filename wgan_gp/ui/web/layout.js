// The board's places: cards with samples, two panels beside them, the scrubber, further panels below.

import { h, mark, say, toggle } from "./dom.js";
import { Download } from "./download.js";
import { Explanation } from "./explanation.js";
import { groupsOf } from "./optimum.js";
import { panelNamed } from "./panels/index.js";
import { stillMarks } from "./panels/plane.js";

const BESIDE = 2; // panels that stand beside the samples where there is room

export class Layout {
  constructor(board) {
    this.board = board;
    this.panels = new Map();
    this.probe = h("i", { class: "probe", "aria-hidden": "true" });
    this.trouble = h("p", { class: "trouble", role: "status", hidden: true });
    this.explanation = new Explanation();
    this.same = toggle("same colours for all", true, (on) => board.set({ sameColours: on }), "Off: each critic's value on its own scale, so that a flat one shows its shape");
    this.arrows = toggle("arrows", true, (on) => board.set({ arrows: on }), "The gradient of each critic at even places: uphill, as long as it is steep");
    this.marks = stillMarks();
    this.download = new Download("samples", board);
    this.head = h("header", { class: "samples-head" }, this.explanation.title, this.explanation.look, this.marks, this.same, this.arrows, this.download.element, this.explanation.help);
    this.groups = new Map(); // name of a group -> its row of cards
    this.rows = h("div", { class: "rows" });
    this.none = h("p", { class: "empty none", text: "No run is chosen. Start a duel or choose runs, and they appear here." });
    this.cards = h("section", { class: "cards", "aria-label": "Samples" }, this.head, this.rows, this.none);
    this.side = h("div", { class: "side" });
    this.hero = h("div", { class: "hero" }, this.cards, this.side);
    this.more = h("div", { class: "more" });
    board.root.append(this.probe, this.trouble, this.hero, board.transport.element, this.more);
    this.onDown = (event) => this.closeHelp(event);
    document.addEventListener("pointerdown", this.onDown);
    board.root.addEventListener("keydown", (event) => event.key === "Escape" && this.closeHelp(null));
  }

  /** Explanations close when one clicks elsewhere, or with Escape. */
  closeHelp(event) {
    for (const open of this.board.root.querySelectorAll("details[open]")) {
      if (!event?.composedPath().includes(open)) open.open = false;
    }
  }

  /** Styles come from our own folder; the board stays unseen until they are there, so that nothing jumps. */
  loadStyles() {
    const links = ["./vendor/uPlot.min.css", "./board.css"].map((path) => h("link", { rel: "stylesheet", href: new URL(path, import.meta.url).href }));
    const loaded = links.map((link) => new Promise((done) => {
      link.onload = link.onerror = done;
    }));
    this.board.root.style.visibility = "hidden";
    this.board.root.prepend(...links);
    return Promise.race([Promise.all(loaded), new Promise((done) => setTimeout(done, 3000))]).then(() => {
      this.board.root.style.visibility = "";
      this.board.retheme();
    });
  }

  update(data) {
    const { root } = this.board;
    root.classList.toggle("projector", Boolean(data.projector));
    root.classList.toggle("compact", Boolean(data.compact));
    root.classList.toggle("small", Boolean(data.small));
    const names = [...new Set(data.panels)];
    this.explanation.set(data.texts.samples);
    this.download.setTitle(data.texts.samples.title);
    this.updateCards(names.includes("samples") || data.compact);
    this.updatePanels(data.compact ? names.filter((name) => name === "estimate") : names, data);
  }

  updateCards(shown) {
    const { carded, cards, data } = this.board;
    const names = groupsOf(carded);
    for (const name of this.groups.keys()) if (!names.includes(name)) this.groups.delete(name);
    for (const name of names) if (!this.groups.has(name)) this.groups.set(name, new Row(name));
    place(this.rows, names.map((name) => this.groups.get(name).element));
    const counts = names.map((name) => this.groups.get(name).update(carded.filter((run) => (run.group ?? "") === name).map((run) => cards.get(run.id).element), names.length > 1));
    const count = Math.max(0, ...counts);
    this.cards.hidden = !shown;
    this.none.hidden = count > 0;
    this.head.hidden = count === 0;
    mark(this.hero, "data-count", count);
    mark(this.hero, "data-rows", names.length);
    this.hero.classList.toggle("trio", Boolean(data.optimum) && count === 3 && names.length === 1);
    this.hero.style.setProperty("--count", Math.max(1, count));
  }

  updatePanels(names, data) {
    const wanted = names.filter((name) => panelNamed(name, data));
    for (const [name, panel] of this.panels) {
      if (wanted.includes(name)) continue;
      panel.destroy();
      this.panels.delete(name);
    }
    for (const name of wanted) if (!this.panels.has(name)) this.panels.set(name, new (panelNamed(name, data))(name, this.board));
    const beside = this.cards.hidden || this.groups.size > 1 ? 0 : BESIDE; // beside several rows they would be as high as all of them
    place(this.side, wanted.slice(0, beside).map((name) => this.panels.get(name).element));
    place(this.more, wanted.slice(beside).map((name) => this.panels.get(name).element));
    this.side.hidden = this.side.children.length === 0;
    for (const panel of this.panels.values()) panel.setTexts(data.texts);
  }

  setTrouble(text) {
    say(this.trouble, text);
    this.trouble.hidden = !text;
  }

  /** Colours of the theme as variables of our own, so that one place decides what they fall back on. */
  applyTheme(theme) {
    const style = this.board.root.style;
    const values = { background: theme.background, text: theme.text, muted: theme.muted, grid: theme.grid, faint: theme.faint, font: theme.font, scale: theme.scale };
    for (const [name, value] of Object.entries(values)) {
      if (style.getPropertyValue(`--lab-${name}`) !== String(value)) style.setProperty(`--lab-${name}`, value);
    }
    this.same.hidden = !this.board.list().some((store) => store.status?.view === "plane" || store.latest?.tensors.field);
    const awaited = Boolean(this.board.data.optimum); // they keep their place until the first scene comes
    this.arrows.hidden = !awaited && !this.board.list().some((store) => store.scene?.arrow_points);
    this.marks.hidden = !awaited && !this.board.list().some((store) => store.scene?.fake);
  }

  destroy() {
    document.removeEventListener("pointerdown", this.onDown);
    for (const panel of this.panels.values()) panel.destroy();
  }
}

/** The cards of one group of runs, under its name where there are several. */
class Row {
  constructor(name) {
    this.title = h("h4", { class: "group-name", text: name });
    this.box = h("div", { class: "row" });
    this.element = h("div", { class: "group", "data-group": name }, this.title, this.box);
  }

  update(cards, named) {
    this.title.hidden = !named;
    place(this.box, cards);
    return cards.length;
  }
}

/** Puts elements into a box in this order, touching nothing that is in place: a moved canvas would blink. */
function place(box, elements) {
  elements.forEach((element, i) => {
    if (box.children[i] !== element) box.insertBefore(element, box.children[i] ?? null);
  });
  while (box.children.length > elements.length) box.lastChild.remove();
}
