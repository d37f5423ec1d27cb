// What a box draws of its runs: a number of each moment, quantiles as a band, or a column of the curve with its mean.

import { columnRange, columnTables, interrupted } from "../curvedata.js";
import { fade } from "../colour.js";
import { finite, quantile } from "../format.js";
import { value } from "../words.js";

const plain = { spanGaps: false, points: { show: false } };
const main = (colour, look, scale) => ({ ...plain, outside: colour, stroke: colour, width: 2.2 * scale, dash: look.dash.map((part) => part * scale) });

/**
 * Each kind gives `lines(box, look, theme)`: uPlot series of one run; `bands(first)`: which of them have what between them, the first counted;
 * `tables(box, run, moments, options)`: their values, each table with an x of its own; `range(box, runs, held, options)`: what is to be in sight.
 * @typedef {{unit: string, log: boolean, width: number, keep: (value: number) => number|null}} Options
 */
const NUMBERS = {
  lines: ({ dots }, look, { scale }) => [{ ...main(look.colour, look, scale), ...(dots && { points: { size: 5 * scale, fill: look.colour, space: 0 } }) }],
  tables: (box, run, moments, { unit, keep }) => [interrupted([moments.map((moment) => moment[unit]), moments.map((moment) => keep(box.value(moment)))], Boolean(box.spec?.above))],
  range: (box, runs, held, { keep }) => {
    const all = finite(held.flat().map((moment) => keep(box.value(moment))).filter((number) => number !== null));
    return [quantile(all, 0.02), quantile(all, 0.98)];
  },
};

const QUANTILES = {
  lines: (box, look, { scale }) => {
    const edge = { ...plain, stroke: fade(look.colour, 0.35), width: scale };
    return [edge, edge, main(look.colour, look, scale)];
  },
  bands: (first, look) => [{ series: [first + 1, first], fill: fade(look.colour, 0.2) }],
  tables: ({ spec }, run, moments, { unit, keep }) => {
    const names = [...spec.around, spec.value];
    return [interrupted([moments.map((moment) => moment[unit]), ...names.map((name) => moments.map((moment) => keep(value(moment, name))))])];
  },
  range: ({ spec }, runs, held, { log, keep }) => {
    const [low, high] = spec.around.map((name) => finite(held.flat().map((moment) => keep(value(moment, name))).filter((number) => number !== null)));
    if (!high.length) return [NaN, NaN];
    return log ? [low[0] ?? high[0], high.at(-1)] : [0, Math.max(1.2 * spec.aim, quantile(high, 0.99))];
  },
};

const column = ({ spec }) => spec.value.slice("curve.".length);

const CURVE = {
  lines: ({ spec }, look, { scale, background }) => {
    const colour = spec.faint ? fade(look.colour, 0.45) : look.colour;
    const dots = (fill) => ({ stroke: colour, paths: () => null, points: { show: true, size: 4 * scale, stroke: colour, width: 1, fill } });
    return [{ ...plain, stroke: fade(colour, 0.28), width: scale }, main(colour, look, scale), ...(spec.dots ?? []).map((_, i) => dots(i ? background : colour))];
  },
  tables: (box, run, moments, options) => columnTables(run, column(box), { ...options, dots: box.spec.dots }),
  range: (box, runs, held, options) => columnRange(runs, column(box), options),
};

export const seriesOf = (spec) => (spec?.value.startsWith("curve.") ? CURVE : spec?.around ? QUANTILES : NUMBERS);
