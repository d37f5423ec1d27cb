// Colours and measures of the page's theme, read from Streamlit's CSS variables, and a colour and dash for each run.

const FALLBACK = {
  light: { gp: "#0072B2", clip: "#D55E00", none: "#CC79A7", truth: "#009E73", real: "#6B7280", low: "#7B5AA6", middle: "#F7F6F3", high: "#E08A2E" },
  dark: { gp: "#56B4E9", clip: "#F28E2B", none: "#E3A6C6", truth: "#2CC295", real: "#A3ABB8", low: "#9A7BC8", middle: "#171A21", high: "#D98A3D" },
};
const DASHES = [[], [8, 4], [2, 3], [9, 3, 2, 3]];

let scratch = null;

/** [r, g, b] of any CSS colour. */
function channels(colour) {
  scratch ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  scratch.fillStyle = "#808080";
  scratch.fillStyle = colour;
  const text = scratch.fillStyle;
  if (text.startsWith("#")) return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}

export function mix(a, b, share) {
  const [from, to] = [channels(a), channels(b)];
  return `rgb(${from.map((value, i) => Math.round(value + (to[i] - value) * share)).join(",")})`;
}

export function fade(colour, alpha) {
  return `rgba(${channels(colour).join(",")},${alpha})`;
}

const luminance = (colour) => channels(colour).reduce((sum, value, i) => sum + value * [0.299, 0.587, 0.114][i], 0) / 255;

/** 256 colours from low through middle to high, as packed bytes for an ImageData. */
function divergingMap(palette) {
  const [low, middle, high] = [palette.low, palette.middle, palette.high].map(channels);
  const map = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const t = (i - 127.5) / 127.5;
    const end = t < 0 ? low : high;
    const share = 0.8 * Math.abs(t) ** 0.85; // never the full colour: points must stay visible on it
    for (let c = 0; c < 3; c++) map[3 * i + c] = middle[c] + (end[c] - middle[c]) * share;
  }
  return map;
}

/**
 * The theme as the panels use it. `key` differs when anything that is drawn would differ.
 * @param {HTMLElement} element where Streamlit's variables apply
 * @param {Object} data the component's data (colours, projector)
 */
export function readTheme(element, data) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const background = read("--st-background-color", prefersDark ? "#0e1117" : "#ffffff");
  const dark = luminance(background) < 0.5;
  const text = read("--st-text-color", dark ? "#fafafa" : "#31333f");
  const palette = { ...FALLBACK[dark ? "dark" : "light"], ...data.colours?.[dark ? "dark" : "light"] };
  const font = read("--st-font", style.fontFamily || "system-ui, sans-serif");
  const scale = !data.projector ? 1 : innerWidth < 1600 ? 1.3 : 1.5;
  return {
    dark, background, text, palette, font, scale,
    muted: mix(text, background, 0.32),
    faint: mix(text, background, 0.72),
    grid: mix(text, background, dark ? 0.86 : 0.9),
    map: divergingMap(palette),
    key: [background, text, font, scale, JSON.stringify(palette)].join("|"),
    /** A font for canvases, in CSS pixels before the projector's enlargement. */
    type: (size, weight = 400) => `${weight} ${Math.round(size * scale)}px ${font}`,
  };
}

/** Method's colour; a second run of the same method is shifted towards the text and dashed. */
export function runLook(run, theme) {
  const shade = run.shade ?? 0;
  const base = theme.palette[run.method] ?? theme.palette.none;
  return { colour: shade ? mix(base, theme.text, Math.min(0.6, 0.3 * shade)) : base, dash: DASHES[shade % DASHES.length] };
}
