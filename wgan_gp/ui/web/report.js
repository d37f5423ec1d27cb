// Tells the page how the runs stand, where it does not know: it may have looked while a run took a few steps.

export class Report {
  constructor() {
    this.told = 0;
  }

  /** What the page said that it knows. */
  hear({ runs = [], states }) {
    if (states) this.known = inWords(runs, states);
  }

  /** Says the states of these runs once they are all known and differ from what the page knows. */
  tell(runs, stores, say) {
    const states = {};
    for (const { id, gone, status } of stores) if (gone || status) states[id] = gone ? "gone" : status.state;
    const text = inWords(runs, states);
    if (text === this.known || Object.keys(states).length < runs.length) return;
    this.known = text;
    this.told += 1; // Streamlit keeps to itself what was said before
    say?.("states", { ...states, told: this.told });
  }
}

/** The states of these runs as one text, always in the same order. */
function inWords(runs, states) {
  return JSON.stringify(runs.map(({ id }) => states[id] ?? null));
}
