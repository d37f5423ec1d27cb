// Asks the server for what is new: two to four times a second while a run is active, slowly when none is.

const FAST = 300;
const SLOW = 3000;
const LONGEST = 10000;
const FRAMES = "application/octet-stream";

/**
 * Frames of an answer: u32 header length, u32 payload length, header, payload, and so on.
 * @returns {{header: Object, payload: Uint8Array}[]}
 */
export function frames(buffer) {
  const view = new DataView(buffer);
  const decoder = new TextDecoder();
  const out = [];
  for (let at = 0; at + 8 <= buffer.byteLength; ) {
    const head = view.getUint32(at, true);
    const body = view.getUint32(at + 4, true);
    const start = at + 8 + head;
    if (start + body > buffer.byteLength) break;
    const header = JSON.parse(decoder.decode(new Uint8Array(buffer, at + 8, head)));
    out.push({ header, payload: new Uint8Array(buffer, start, body) });
    at = start + body;
  }
  return out;
}

export class Feed {
  /**
   * @param {Object} options
   * @param {() => string} options.url the next request, "" when there is nothing to ask for
   * @param {(frames: Object[]) => void} options.take gets the frames of an answer
   * @param {(sentence: string) => void} options.trouble "" when all is well again
   */
  constructor({ url, take, trouble }) {
    Object.assign(this, { url, take, trouble });
    this.timer = null;
    this.request = null;
    this.failures = 0;
    this.awake = false;
    this.generation = 0;
  }

  /** Wakes or pauses the feed; waking asks at once. */
  setAwake(awake) {
    if (awake === this.awake) return;
    this.awake = awake;
    if (awake) this.soon(0);
    else this.cancel();
  }

  /** Asks again at once, for example when a run was added. */
  kick() {
    if (this.awake) this.soon(0);
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = null;
    this.generation += 1;
    this.request?.abort();
    this.request = null;
  }

  soon(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), delay);
  }

  async ask() {
    if (!this.awake || this.request) return;
    const url = this.url();
    if (!url) return;
    const generation = this.generation;
    this.request = new AbortController();
    let delay;
    try {
      delay = await this.once(url, this.request.signal, generation);
    } catch (error) {
      if (generation !== this.generation) return;
      delay = this.fail("The Lab's server does not answer; trying again.");
      if (!(error instanceof TypeError) && error.name !== "AbortError") console.warn("The Lab's feed:", error);
    }
    if (generation !== this.generation) return;
    this.request = null;
    this.soon(delay);
  }

  async once(url, signal, generation) {
    const limit = setTimeout(() => this.request?.abort(), 15000);
    try {
      const began = performance.now();
      const answer = await fetch(url, { signal, cache: "no-store" });
      if (answer.status === 400) return this.fail((await answer.text()).slice(0, 300));
      if (!answer.ok) return this.fail("The Lab's server does not answer; trying again.");
      if (!answer.headers.get("content-type")?.startsWith(FRAMES)) return this.fail("Something else answers in place of the Lab's server (a login page of a proxy?); reload the page.");
      const got = frames(await answer.arrayBuffer());
      if (generation !== this.generation) return SLOW;
      this.failures = 0;
      this.trouble("");
      this.take(got);
      if (got.some(({ header }) => header.kind === "status" && header.more)) return 0;
      const active = got.some(({ header }) => header.kind === "status" && header.is?.moving);
      // An answer that was slow to come is followed by a longer pause: a busy server is not asked harder.
      return active ? Math.max(FAST - (performance.now() - began), 150) : SLOW;
    } finally {
      clearTimeout(limit);
    }
  }

  fail(sentence) {
    this.failures += 1;
    this.trouble(sentence);
    return Math.min(LONGEST, 500 * 2 ** this.failures);
  }
}
