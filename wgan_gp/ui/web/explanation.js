// What a panel is called, what to look for now, and the formula and source behind a (?).

import { h, say } from "./dom.js";
import { said } from "./sentences.js";

const PACE = 1000; // milliseconds: words that follow the pictures any faster could not be read
const BRIEF = 110; // letters that a projector has room for beside the samples; the rest stands behind the (?)

export class Explanation {
  constructor(title = {}) {
    this.title = h("h3", title);
    this.look = h("p", { class: "look" });
    this.help = h("details", { class: "help" });
    this.repeated = h("p", { class: "said" });
  }

  set(text) {
    const key = JSON.stringify(text);
    if (key === this.key) return;
    this.key = key;
    this.sentences = text.look;
    say(this.title, text.title);
    this.say(this.runs ?? []);
    this.help.replaceChildren(
      h("summary", { "aria-label": `Formula and source: ${text.title}`, title: "Formula and source", text: "?" }),
      h("div", { class: "popover" }, this.repeated,
        text.formula ? h("p", { class: "formula", text: text.formula }) : null,
        text.source ? h("p", { class: "source", text: text.source }) : null));
  }

  /** Says what is true of the runs as they are shown now. */
  follow(runs, now) {
    this.runs = runs;
    if (now - (this.since ?? -PACE) < PACE) return;
    if (this.say(runs)) this.since = now;
  }

  say(runs) {
    const sentences = said(this.sentences, runs);
    const words = sentences.join(" ");
    if (words === this.look.textContent) return false;
    let letters = 0;
    this.look.replaceChildren(...sentences.map((text, i) => {
      letters += text.length;
      return h("span", { class: i && letters > BRIEF && "rest", text: `${i ? " " : ""}${text}` });
    }));
    say(this.repeated, words);
    return true;
  }
}
