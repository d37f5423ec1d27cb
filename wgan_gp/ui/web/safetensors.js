// Reads a safetensors blob (a moment or a scene) into typed arrays.

const ARRAYS = { F64: Float64Array, F32: Float32Array, F16: Uint16Array, U8: Uint8Array };

/**
 * @param {Uint8Array} bytes the whole blob
 * @returns {Object<string, {dtype: string, shape: number[], data: ArrayLike<number>}>}
 */
export function parse(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    const Type = ARRAYS[entry.dtype];
    if (name === "__metadata__" || !Type) continue;
    const [from, to] = entry.data_offsets;
    const copy = bytes.slice(start + from, start + to); // a copy of its own is aligned, whatever came before it
    tensors[name] = { dtype: entry.dtype, shape: entry.shape, data: new Type(copy.buffer) };
  }
  return tensors;
}

let halves = null;

function halfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** The numbers of a tensor, half precision widened: browsers before 2025 have no Float16Array. */
export function floats(tensor) {
  if (tensor.dtype !== "F16") return tensor.data;
  halves ??= halfTable();
  return Float32Array.from(tensor.data, (bits) => halves[bits]);
}
