// Tells which parts of the board are in view: what is not is neither drawn nor asked for.

export class Viewport {
  constructor() {
    this.callbacks = new Map();
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) this.callbacks.get(entry.target)?.(entry.isIntersecting);
    }, { rootMargin: "60px" });
  }

  observe(element, callback) {
    this.callbacks.set(element, callback);
    this.observer.observe(element);
  }

  unobserve(element) {
    this.callbacks.delete(element);
    this.observer.unobserve(element);
  }

  disconnect() {
    this.observer.disconnect();
    this.callbacks.clear();
  }
}
