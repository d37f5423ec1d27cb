// Between two latents: strips of pictures, or the path of the generator in the data plane.

import { fade } from "../colour.js";
import { floats } from "../safetensors.js";
import { Columns } from "./columns.js";
import { sheet } from "./images.js";
import { drawAxes, extentOf, mapping } from "./plane.js";

const MOST_REAL = 800;

export class Strip extends Columns {
  constructor(name, board) {
    super(name, board);
    this.sheet = document.createElement("canvas");
    this.words = ["The way between two latents appears here with the first moment.", "This moment holds no interpolation."];
  }

  paint(view) {
    const pictures = view.runs.some(({ frame }) => frame?.moment.tensors.strips);
    this.body.classList.toggle("rows", pictures);
    super.paint(view);
    this.setNote(pictures ? "Two strips for each run, each between the same two latents throughout." : "Small dots: even steps in the latent; large dots: the two ends; grey: real data.");
  }

  drawCell(context, entry, { theme }, cell) {
    const { strips, path } = entry.frame?.moment.tensors ?? {};
    if (strips) this.drawStrips(context, cell, strips);
    else if (path) this.drawPath(context, entry, floats(path), cell, theme);
    return Boolean(strips || path);
  }

  drawStrips(context, { canvas, width }, strips) {
    const [rows, columns, high, wide] = strips.shape;
    sheet(this.sheet, strips, columns, rows);
    const ratio = canvas.width / width;
    const gap = Math.round(2 * ratio);
    const most = Math.min((canvas.width + gap) / columns - gap, ((canvas.height + 3 * gap) / rows - 3 * gap) * (wide / high)) / wide;
    const scale = most >= 1 ? Math.floor(most) : most;
    const [w, hgt] = [Math.round(wide * scale), Math.round(high * scale)];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = scale < 1;
    for (let place = 0; place < rows * columns; place++) {
      const [column, row] = [place % columns, Math.floor(place / columns)];
      context.drawImage(this.sheet, column * wide, row * high, wide, high, column * (w + gap), row * (hgt + 3 * gap), w, hgt);
    }
  }

  drawPath(context, { store, look }, path, { width, height }, theme) {
    const size = Math.min(width, height);
    context.translate((width - size) / 2, 0);
    const map = mapping(extentOf(store), size);
    context.strokeStyle = theme.grid;
    context.strokeRect(0.5, 0.5, size - 1, size - 1);
    const real = store.scene?.real ? floats(store.scene.real) : [];
    const stride = 2 * Math.max(1, Math.ceil(real.length / 2 / MOST_REAL));
    context.fillStyle = fade(theme.palette.real, 0.4);
    for (let i = 0; i + 1 < real.length; i += stride) context.fillRect(map.x(real[i]) - 1, map.y(real[i + 1]) - 1, 2, 2);
    drawAxes(context, map, extentOf(store), size, theme, 2);
    context.save();
    context.beginPath();
    context.rect(0, 0, size, size);
    context.clip();
    context.strokeStyle = context.fillStyle = look.colour;
    context.lineWidth = 1.5 * theme.scale;
    context.beginPath();
    for (let i = 0; i + 1 < path.length; i += 2) context.lineTo(map.x(path[i]), map.y(path[i + 1]));
    context.stroke();
    // Evenly spaced in the latent: where dots are far apart, the generator leaps.
    for (let i = 0; i + 1 < path.length; i += 2) dot(context, map, path, i, 2.4 * theme.scale);
    for (const end of [0, path.length - 2]) dot(context, map, path, end, 5 * theme.scale);
    context.restore();
  }

  describe(view) {
    const steps = view.runs.map(({ run, frame }) => `${run.label} at iteration ${frame?.moment.step ?? "none"}`);
    return `What the generator makes on the way between two fixed latents: ${steps.join(", ")}.`;
  }
}

function dot(context, map, path, i, radius) {
  context.beginPath();
  context.arc(map.x(path[i]), map.y(path[i + 1]), radius, 0, 7);
  context.fill();
}
