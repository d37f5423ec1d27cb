// Samples as pictures: a grid scaled by whole numbers of pixels, so that it stays crisp.

import { fit, h } from "../dom.js";

/**
 * How many columns fill the square best at a whole scale.
 * @returns {{columns: number, scale: number, gap: number}}
 */
function layout(count, width, height, pixels) {
  const full = Math.ceil(Math.sqrt(count));
  let best = null;
  for (let columns = full; columns >= Math.min(full, 3); columns--) {
    const gap = 2;
    const scale = Math.floor((pixels - (columns - 1) * gap) / (columns * Math.max(width, height)));
    if (scale < 1) continue;
    const used = columns * Math.max(width, height) * scale;
    if (!best || used > best.used) best = { columns, scale, gap, used };
    if (used > 0.8 * pixels) break; // the most pictures that fill the square well
  }
  return best ?? { columns: full, scale: pixels / (full * Math.max(width, height)), gap: 0 };
}

/** Copies pictures of a u8 tensor [n, H, W, C] into one sheet at their own size. */
export function sheet(canvas, tensor, columns, rows, first = 0) {
  const [height, width, channels] = tensor.shape.slice(-3);
  const count = tensor.data.length / (height * width * channels);
  canvas.width = columns * width;
  canvas.height = rows * height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  for (let place = 0; place < columns * rows && first + place < count; place++) {
    const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = (((first + place) * height + y) * width + x) * channels;
        const to = 4 * ((top + y) * canvas.width + left + x);
        for (let c = 0; c < 3; c++) pixels.data[to + c] = tensor.data[from + (channels >= 3 ? c : 0)];
        pixels.data[to + 3] = 255;
      }
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

export class Images {
  constructor(host) {
    this.canvas = h("canvas", { "data-panel": "samples", "aria-hidden": "true" });
    this.sheet = document.createElement("canvas");
    host.replaceChildren(this.canvas);
    this.shownCount = 0;
  }

  draw({ frame, theme, size, store }) {
    const key = [theme.key, size, store.epoch, frame.moment.seq].join("|");
    if (key === this.drawn) return false;
    this.drawn = key;
    const context = fit(this.canvas, size, size);
    context.clearRect(0, 0, size, size);
    const { samples } = frame.moment.tensors;
    if (!samples) return true;
    const [count, height, width] = samples.shape;
    const ratio = this.canvas.width / size;
    const { columns, scale, gap } = layout(count, width, height, this.canvas.width);
    const rows = Math.min(Math.ceil(count / columns), columns);
    sheet(this.sheet, samples, columns, rows);
    this.shownCount = Math.min(count, columns * rows);
    this.count = count;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = scale < 1;
    const left = Math.floor((this.canvas.width - columns * width * scale - (columns - 1) * gap * ratio) / 2);
    const top = Math.floor((this.canvas.height - rows * height * scale - (rows - 1) * gap * ratio) / 2);
    for (let place = 0; place < this.shownCount; place++) {
      const [column, row] = [place % columns, Math.floor(place / columns)];
      context.drawImage(this.sheet, column * width, row * height, width, height,
        left + column * (width * scale + gap * ratio), top + row * (height * scale + gap * ratio), width * scale, height * scale);
    }
    return true;
  }
}
