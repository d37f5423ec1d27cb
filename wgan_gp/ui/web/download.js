// The menu of a panel's head that hands out the panel as it is shown: a figure in three formats, and its numbers.

import { addressOf } from "./address.js";
import { h, icon } from "./dom.js";

const FORMATS = { png: "picture", svg: "vectors, for the web", pdf: "vectors, for print", csv: "the numbers" };
const ARROW = "M8 1.5a.75.75 0 0 1 .75.75v6.2l2.2-2.2a.75.75 0 1 1 1.06 1.06L8.53 10.8a.75.75 0 0 1-1.06 0L3.99 7.31a.75.75 0 1 1 1.06-1.06l2.2 2.2v-6.2A.75.75 0 0 1 8 1.5ZM2.75 13h10.5a.75.75 0 0 1 0 1.5H2.75a.75.75 0 0 1 0-1.5Z";

/** The address of a panel as a file: the board's runs, each at the iteration it shows. */
function linkTo(board, panel, format) {
  const query = new URLSearchParams({ panel, format });
  for (const run of board.runs) query.append("run", run.id);
  const steps = board.list().map((store) => board.timeline.frame(store)?.moment.step);
  if (steps.every(Number.isFinite)) for (const step of new Set(steps).size > 1 ? steps : steps.slice(0, 1)) query.append("step", step);
  return addressOf(`panel?${query}`);
}

/** A menu that opens on a click or with Enter, and closes as the explanations do. Its links are made when it opens. */
export class Download {
  constructor(panel, board) {
    this.summary = h("summary", { title: "Download" }, icon(ARROW));
    this.list = h("ul", { class: "popover" });
    this.element = h("details", { class: "help download", ontoggle: () => this.element.open && this.fill(panel, board) }, this.summary, this.list);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      this.element.open = false;
      this.summary.focus();
      event.stopPropagation();
    });
  }

  fill(panel, board) {
    const close = () => (this.element.open = false);
    this.list.replaceChildren(...Object.entries(FORMATS).map(([format, words]) => h("li", {},
      h("a", { href: linkTo(board, panel, format), download: true, "data-format": format, onclick: close }, h("b", { text: format.toUpperCase() }), ` ${words}`))));
  }

  setTitle(title) {
    this.summary.setAttribute("aria-label", `Download: ${title}`);
  }
}
