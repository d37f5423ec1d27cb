// Small helpers for elements and canvases. Text always goes in as text, never as markup.

/**
 * @param {string} tag
 * @param {Object} [properties] class, text, on* handlers, anything else becomes an attribute (null and false leave it out)
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name === "class" ? "class" : name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets text only when it differs, so that a frame without news touches nothing. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function mark(element, name, value) {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

const SVG = "http://www.w3.org/2000/svg";

/** A line as it is drawn in the charts: colour and dash. */
export function swatch(colour, dash, width = 3) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "line");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("viewBox", "0 0 24 8");
  svg.setAttribute("aria-hidden", "true");
  const attributes = { x1: 1, x2: 23, y1: 4, y2: 4, stroke: colour, "stroke-width": width };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, value);
  if (dash.length) line.setAttribute("stroke-dasharray", dash.join(" "));
  svg.append(line);
  return svg;
}

/** An icon from path data in a 16 x 16 box, in the colour of the text. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const shape = document.createElementNS(SVG, "path");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** Gives a canvas its size in device pixels and a context that counts in CSS pixels. */
export function fit(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const [w, hgt] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== hgt) {
    canvas.width = w;
    canvas.height = hgt;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** A label with a check box: the form of every switch on the board. */
export function toggle(text, checked, change, title = "") {
  const box = h("input", { type: "checkbox", onchange: () => change(box.checked) });
  box.checked = checked;
  return h("label", { class: "toggle", title }, box, h("span", { text }));
}

/** A choice among few: [[value, text], ...]. */
export function choice(label, options, value, change) {
  const select = h("select", { "aria-label": label, title: label, onchange: () => change(select.value) });
  for (const [key, text] of options) select.append(h("option", { value: key, text }));
  select.value = value;
  return select;
}
