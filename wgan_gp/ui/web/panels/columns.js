// A panel with a small canvas for each run, side by side, each under the run's name.

import { fit, h, say, swatch } from "../dom.js";
import { Panel } from "../panel.js";

/** Subclasses give `drawCell(context, entry, view, cell)` -> whether there was something to draw, and `words` = [later, missing]. */
export class Columns extends Panel {
  constructor(name, board) {
    super(name, board);
    this.body.classList.add("columns");
    this.cells = new Map();
  }

  key(view) {
    const runs = view.runs.map(({ run, store, look }) => [run.id, run.label, Boolean(store.scene), look.colour]);
    return [view.shown, view.epochs, runs].join("|");
  }

  cell(id) {
    if (this.cells.has(id)) return this.cells.get(id);
    const cell = { line: h("span"), name: h("b"), remark: h("small"), plot: h("div", { class: "plot" }) };
    cell.canvas = h("canvas", { "data-panel": this.name, "aria-hidden": "true" });
    cell.plot.append(cell.canvas);
    cell.element = h("div", { class: "cell" }, h("p", { class: "caption" }, cell.line, cell.name, " ", cell.remark), cell.plot);
    this.sizes.observe(cell.plot);
    this.cells.set(id, cell);
    return cell;
  }

  /** The runs' cells in the order of the runs; cells of runs that left are dropped. */
  arrange(runs) {
    const wanted = runs.map(({ run }) => this.cell(run.id).element);
    const present = [...this.body.querySelectorAll(":scope > .cell")];
    if (wanted.length === present.length && wanted.every((element, i) => element === present[i])) return;
    for (const element of present) element.remove();
    this.body.append(...wanted);
    for (const id of this.cells.keys()) if (!runs.some(({ run }) => run.id === id)) this.cells.delete(id);
  }

  paint(view) {
    this.arrange(view.runs);
    let some = false;
    for (const entry of view.runs) {
      const cell = this.cell(entry.run.id);
      say(cell.name, entry.run.label);
      say(cell.remark, "");
      cell.line.replaceChildren(swatch(entry.look.colour, entry.look.dash));
      const { clientWidth: width, clientHeight: height } = cell.plot;
      const context = fit(cell.canvas, width, height);
      context.clearRect(0, 0, width, height);
      some = this.drawCell(context, entry, view, { ...cell, width, height }) || some;
    }
    const any = view.runs.some(({ frame }) => frame);
    this.setEmpty(some ? "" : this.words[any ? 1 : 0]);
  }
}
