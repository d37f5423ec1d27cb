// Numbers for people: rounded limits, ticks, and short text.

/** The smallest of 1, 2, 5 times a power of ten that is at least `value`. */
export function roundUp(value) {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const factor = [1, 2, 5, 10].find((f) => f * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Limits on multiples of a 1-2-5 step around [low, high]; they change rarely while data grow. */
export function niceLimits(low, high, parts = 4) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (high - low < 1e-12 * Math.max(1, Math.abs(high))) {
    const pad = Math.abs(high) > 1e-12 ? Math.abs(high) / 2 : 1;
    [low, high] = [low - pad, high + pad];
  }
  const step = roundUp((high - low) / parts);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

export function ticks(low, high, count = 5) {
  const step = roundUp((high - low) / Math.max(1, count));
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}

const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const MINUS = "\u2212";

/** About three significant digits; never a bare NaN. */
export function short(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : `${MINUS}infinite`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size >= 1e6 || size < 1e-3) return sign + size.toExponential(1).replace("e-", `e${MINUS}`).replace("e+", "e");
  if (size >= 1000) return sign + WHOLE.format(size);
  return sign + String(Number(size.toPrecision(digits)));
}

const exact = (value, digits) => Math.abs(Number(value.toFixed(digits)) - value) < 1e-6 * Math.max(Math.abs(value), 10 ** -digits);
const digitsFor = (values) => [0, 1, 2, 3, 4].find((digits) => values.every((value) => exact(value, digits))) ?? 5;

/** The numbers of one axis in one style: all with the same decimals, or all with the same power of ten. */
export function evenly(values) {
  const largest = Math.max(0, ...values.map(Math.abs));
  const power = largest > 0 && (largest < 1e-3 || largest >= 1e6) ? Math.floor(Math.log10(largest) + 1e-9) : 0;
  const scaled = values.map((value) => value / 10 ** power);
  const digits = digitsFor(scaled);
  const style = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const tail = power ? `e${power < 0 ? MINUS : ""}${Math.abs(power)}` : "";
  return scaled.map((value) => (Math.abs(value) < 1e-9 ? "0" : `${value < 0 ? MINUS : ""}${style.format(Math.abs(value))}${tail}`));
}

const DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

/** "10\u207b\u00b2" for -2. */
export const powerOfTen = (exponent) => `10${exponent < 0 ? "\u207b" : ""}${[...String(Math.abs(Math.round(exponent)))].map((digit) => DIGITS[digit]).join("")}`;

/** Powers of ten in one style: plain as long as all can be read so. */
export function decadesInWords(values) {
  const plain = values.every((value) => value >= 1e-3 && value < 1e6);
  return values.map((value) => (plain ? short(value) : powerOfTen(Math.log10(value))));
}

/** Ticks of a count: whole numbers that hit both ends where they can. */
export function wholeTicks(low, high, count) {
  const least = Math.max(1, (high - low) / Math.max(1, count));
  for (let step = Math.ceil(least - 1e-9); step < 2 * least; step++) {
    if ((high - low) % step === 0) return Array.from({ length: (high - low) / step + 1 }, (_, i) => low + i * step);
  }
  return ticks(low, high, Math.floor((high - low) / Math.ceil(least)) || 1);
}

/** A measured number with all its digits, so that 1.02 and 1.00 are told apart; whole numbers as they are. */
export function measured(value, digits = 3) {
  const size = Math.abs(value);
  if (!(size >= 1e-3 && size < 1000) || Number.isInteger(value)) return short(value, digits);
  const said = size.toPrecision(digits);
  return said.includes("e") ? short(Math.round(value)) : (value < 0 ? MINUS : "") + said;
}

export const whole = (value) => WHOLE.format(Math.round(value));

/** A duration: "42 s", "3:05 min", "1:02:07 h". */
export function duration(seconds) {
  const total = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, "0");
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)}:${two(total % 60)} min`;
  return `${Math.floor(total / 3600)}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)} h`;
}

export const percent = (share) => `${share > 0 && share < 0.01 ? "under 1" : share < 1 && share > 0.99 ? "over 99" : Math.round(share * 100)} %`;

/** The q-quantile of a sorted array. */
export function quantile(sorted, q) {
  if (!sorted.length) return NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Sorted copy of the finite numbers. */
export const finite = (values) => Float64Array.from(values).filter(Number.isFinite).sort();

/** Index of the last entry of a sorted list that is at most `value`; -1 when there is none. */
export function lastAtMost(list, value, key = (entry) => entry) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
