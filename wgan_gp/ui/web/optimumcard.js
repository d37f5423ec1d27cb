// The card of the exact optimum: it stands beside the critics of its group, and nothing in it moves.

import { Card } from "./card.js";
import { mark, say, swatch } from "./dom.js";
import { short, whole } from "./format.js";

export class OptimumCard extends Card {
  drawHead({ run, found, look }) {
    mark(this.element, "data-state", found ? "known" : "waiting");
    say(this.name, run.name);
    if (look.colour !== this.lookKey) {
      this.lookKey = look.colour;
      this.line.replaceChildren(swatch(look.colour, look.dash, 4));
      this.element.style.setProperty("--run", look.colour);
    }
    say(this.meta, found ? `exact W\u2081\u00a0=\u00a0${short(found.w1)} \u00b7 ${whole(found.real)}\u00a0real and ${whole(found.fake)}\u00a0fake\u00a0points` : "");
  }

  shownWords() {
    return "at all times";
  }

  emptyWords(store) {
    if (store.scene) return "This run keeps no exact optimum: its generator moves.";
    return store.gone ? "The exact optimum went with its run." : "The exact optimum appears here once the run has started.";
  }

  updateText({ run, found }) {
    const text = found ? `${run.label}${run.group ? ` for ${run.group}` : ""}: the value of the best critic, exact W1 ${short(found.w1)}.` : run.label;
    mark(this.picture, "aria-label", text);
  }
}
