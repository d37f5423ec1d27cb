// The board: fetches what is new, keeps the time line, and hands the shown moment of each run to cards and panels.

import { addressOf } from "./address.js";
import { Card } from "./card.js";
import { Group, xLimit } from "./chart.js";
import { readTheme } from "./colour.js";
import { xPlanned, xReached } from "./curvedata.js";
import { h, mark } from "./dom.js";
import { Feed } from "./feed.js";
import { listen } from "./keys.js";
import { Layout } from "./layout.js";
import { optimumRuns } from "./optimum.js";
import { OptimumCard } from "./optimumcard.js";
import { Report } from "./report.js";
import { Setups, changesOf } from "./setup.js";
import { RunStore } from "./store.js";
import { Timeline } from "./timeline.js";
import { Transport } from "./transport.js";
import { makeView } from "./view.js";
import { Viewport } from "./viewport.js";

const FRAME = 30; // milliseconds: more than about 30 pictures a second tell the eye nothing here
const FAREWELL = 3000; // Streamlit may unmount and mount again at once; the board waits before it goes

class Board {
  constructor(parent, data) {
    this.data = data;
    this.stores = new Map();
    this.cards = new Map();
    this.timeline = new Timeline();
    this.told = new Report();
    this.setups = new Setups();
    this.viewport = new Viewport();
    this.group = new Group((position) => this.scrubTo(position));
    this.group.changed = () => this.wake();
    this.settings = { normKind: "line", sameColours: true, arrows: true };
    this.draws = 0;
    this.zoomButtons = [];
    this.inView = true;
    this.root = h("div", { class: "lab-board", "data-board": "loading", tabindex: 0, role: "group", "aria-label": "Live board. Space plays and pauses, arrows step, Home goes to the first moment, L returns to live." });
    this.transport = new Transport(this);
    this.layout = new Layout(this);
    this.feed = new Feed({ url: () => this.url(), take: (frames) => this.take(frames), trouble: (text) => this.layout.setTrouble(text) });
    this.update(data);
    parent.append(this.root);
    this.listen();
    this.layout.loadStyles().then(() => {
      mark(this.root, "data-board", "ready");
      this.wake();
    });
  }

  listen() {
    const motion = matchMedia("(prefers-reduced-motion: reduce)");
    const still = () => {
      this.timeline.still = motion.matches;
      this.wake();
    };
    const rethink = () => this.rethink();
    motion.addEventListener("change", still);
    document.addEventListener("visibilitychange", rethink);
    // Streamlit changes CSS variables when the theme changes: an element with a transition on them tells us.
    this.layout.probe.addEventListener("transitionrun", () => this.retheme());
    this.layout.probe.addEventListener("transitionend", () => this.retheme());
    this.viewport.observe(this.root, (visible) => {
      this.inView = visible;
      this.rethink();
    });
    const deaf = listen(this);
    this.unlisten = () => {
      motion.removeEventListener("change", still);
      document.removeEventListener("visibilitychange", rethink);
      deaf();
    };
    this.timeline.still = motion.matches;
    this.rethink();
  }

  /** Takes new data from the page: runs and panels come and go, everything else stays as it is. */
  update(data) {
    this.data = data;
    this.runs = data.runs ?? [];
    this.told.hear(data);
    for (const run of this.runs) if (!this.stores.has(run.id)) this.stores.set(run.id, new RunStore(run.id, this.data.columns));
    for (const id of this.stores.keys()) if (!this.runs.some((run) => run.id === id)) this.stores.delete(id);
    this.carded = [...this.runs, ...optimumRuns(data)];
    for (const run of this.carded) if (!this.cards.has(run.id)) this.cards.set(run.id, run.optimum ? new OptimumCard(run, this) : new Card(run, this));
    for (const [id, card] of this.cards) {
      if (this.carded.some((run) => run.id === id)) continue;
      card.destroy();
      this.cards.delete(id);
    }
    if (data.autoplay?.seconds) this.timeline.whole = data.autoplay.seconds;
    this.timeline.loop = Boolean(data.autoplay?.loop);
    this.retheme();
    this.layout.update(data);
    this.feed.kick();
    this.wake();
  }

  retheme() {
    const theme = readTheme(this.root.isConnected ? this.root : document.body, this.data);
    if (theme.key !== this.theme?.key) this.theme = theme;
    this.layout?.applyTheme(this.theme);
    this.wake();
  }

  list() {
    return this.runs.map((run) => this.stores.get(run.id));
  }

  url() {
    if (!this.runs.length) return "";
    const query = this.list().map((store) => `run=${encodeURIComponent(store.query()).replaceAll("%3A", ":")}`);
    return addressOf(`feed?${query.join("&")}`);
  }

  take(frames) {
    for (const frame of frames) {
      try {
        this.stores.get(frame.header.run)?.take(frame);
      } catch (error) {
        console.error("The board could not read a frame:", error); // one bad frame must not hide the rest
      }
    }
    if (!frames.some(({ header }) => header.more)) this.autoplay();
    if (!this.data.compact) this.told.tell(this.runs, this.list(), this.setStateValue); // a replay has no controls that follow
    this.retheme();
    this.wake();
  }

  autoplay() {
    if (!this.data.autoplay || this.played || this.timeline.still) return;
    if (!this.list().some((store) => store.moments.length > 1)) return;
    this.played = true;
    this.timeline.play(this.list());
  }

  /** Whether to ask and to draw: only in sight, on a page in sight. */
  rethink() {
    this.awake = this.inView && !document.hidden && !this.parked;
    this.feed.setAwake(this.awake);
    if (this.awake) this.wake();
  }

  wake() {
    if (!this.awake || this.request) return;
    this.request = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.request = null;
    if (!this.awake) return;
    const since = now - (this.last ?? now);
    if (this.moving && since < FRAME - 4) return this.wake();
    this.last = now;
    this.moving = this.timeline.advance(this.moving ? Math.min(0.25, since / 1000) : 0, this.list());
    this.draw(now);
    if (this.moving) this.wake();
    else {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.awake && this.draw(performance.now()), 1100); // text alternatives catch up
    }
  }

  draw(now) {
    const view = makeView(this);
    this.group.setLimit(xLimit(xReached(view.runs, view.unit), xPlanned(view.runs, view.unit)));
    this.group.setChanges(changesOf(view.runs, view.unit));
    this.setups.draw(view.runs);
    this.group.setRule(view.runs.some(({ frame }) => frame) ? this.timeline.position : null);
    for (const button of this.zoomButtons) button.classList.toggle("off", !this.group.zoom);
    for (const shown of [...view.runs, ...view.optima]) this.attempt(() => this.drawCard(shown, view, now));
    this.layout.explanation.follow(view.known, now);
    for (const panel of this.layout.panels.values()) this.attempt(() => this.drawPanel(panel, view, now));
    this.transport.draw(view);
    this.mark(view);
  }

  /** A moment that cannot be drawn, in a file of somebody else, must not hide the other runs. */
  attempt(draw) {
    try {
      draw();
    } catch (error) {
      if (!this.warned) console.error("The board could not draw a moment:", error);
      this.warned = true;
    }
  }

  drawPanel(panel, view, now) {
    panel.draw(view);
    if (panel.visible) panel.follow?.(view);
    panel.updateText(view, now);
  }

  drawCard(shown, view, now) {
    const card = this.cards.get(shown.run.id);
    if (card.draw(shown, view) && card.counted !== shown.frame.moment) {
      card.counted = shown.frame.moment;
      this.draws += 1;
    }
    card.updateText(shown, now);
  }

  /** What tests read. */
  mark({ runs, stores }) {
    mark(this.root, "data-mode", this.timeline.mode);
    const steps = runs.filter(({ frame }) => frame).map(({ frame }) => frame.moment.step);
    mark(this.root, "data-shown-step", steps.length ? Math.max(...steps) : "");
    mark(this.root, "data-moments", stores.reduce((sum, store) => sum + store.moments.length, 0));
    mark(this.root, "data-draws", this.draws);
  }

  zoomButton() {
    const button = h("button", { type: "button", class: "zoom off", text: "Whole range", title: "End the zoom (or double-click)", onclick: () => this.group.setZoom(null) });
    this.zoomButtons.push(button);
    return button;
  }

  set(settings) {
    Object.assign(this.settings, settings);
    this.wake();
  }

  togglePlay() {
    if (this.timeline.marks(this.list()).length < 2) return;
    if (this.timeline.mode === "play") this.timeline.pause(this.list());
    else this.timeline.play(this.list());
    this.wake();
  }

  stepBy(direction) {
    this.timeline.stepBy(direction, this.list());
    this.wake();
  }

  scrubTo(position) {
    this.timeline.scrubTo(position, this.list());
    this.wake();
  }

  goFirst() {
    this.scrubTo(-Infinity);
  }

  goLive() {
    this.timeline.goLive();
    this.wake();
  }

  setSpeed(speed) {
    this.timeline.speed = speed;
  }

  setUnit(unit) {
    this.timeline.align(unit, this.list());
    this.group.setZoom(null);
    this.wake();
  }

  park(parked) {
    this.parked = parked;
    clearTimeout(this.farewell);
    if (parked) this.farewell = setTimeout(() => this.destroy(), FAREWELL);
    this.rethink();
  }

  destroy() {
    boards.delete(this.root.parentNode);
    this.feed.setAwake(false);
    cancelAnimationFrame(this.request);
    clearTimeout(this.later);
    this.unlisten();
    this.layout.destroy();
    for (const card of this.cards.values()) card.destroy();
    this.viewport.disconnect();
    this.root.remove();
  }
}

/** The board of each place in the page, so that a rerun updates it instead of building it again. */
const boards = new WeakMap();

/**
 * What Streamlit calls when the component appears and at every rerun.
 * @param {{parentElement: HTMLElement|ShadowRoot, data: Object, setStateValue: Function}} component
 * @returns {() => void} called when the component leaves the page
 */
export default function mount({ parentElement, data, setStateValue }) {
  let board = boards.get(parentElement);
  if (board) board.update(data);
  else boards.set(parentElement, (board = new Board(parentElement, data)));
  board.setStateValue = setStateValue;
  board.park(false);
  const visit = (board.visit = {});
  return () => {
    if (board.visit === visit) board.park(true);
  };
}
