// The recording: structure from JSON, elements of arrays from one block of bytes (see document.py).

const TYPES = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };

class Recording {
  constructor(data, buffer) {
    Object.assign(this, data);
    this.buffer = buffer;
    this.steps.forEach((step) => prepare(step));
  }

  // The elements of a value that were kept, row by row; null for statistics alone.
  elements(step, number) {
    const value = step.values[number];
    if (!value) return null;
    if (value.elements !== undefined) return value.elements;
    const root = value.alias === undefined ? value : step.values[value.alias];
    if (root.at === undefined || (root !== value && root.detail !== "whole")) return (value.elements = null);
    const count = size(root.rows === undefined ? root.shape : [root.rows, ...root.shape.slice(1)]);
    value.elements = new TYPES[root.code](this.buffer, root.at, count);
    return value.elements;
  }

  // One element, NaN if it was not kept.
  at(step, number, place) {
    const elements = this.elements(step, number);
    return elements && place < elements.length ? elements[place] : NaN;
  }
}

// Numbers their things, and finds who uses each value.
function prepare(step) {
  step.events.forEach((event, number) => {
    event.number = number;
    for (const name of ["inputs", "outputs", "dys", "kernels", "kernel_seconds"]) event[name] ??= [];
    for (const name of ["constants", "settings", "details"]) event[name] ??= {};
    event.layer ??= "";
  });
  step.values.forEach((value, number) => {
    value.number = number;
    value.users = [];
  });
  for (const event of step.events) {
    const used = event.kind === "gradient" ? event.dys : event.inputs;
    for (const number of new Set(used)) if (number !== null) step.values[number].users.push(event.number);
  }
  step.layers.forEach((layer, number) => {
    layer.number = number;
  });
  for (const weight of step.weights) weight.step = step;
}

// ‖after − before‖ / ‖before‖ of a weight, from elements where they were kept; null if it is not known.
function ratioOf(weight) {
  if (weight.ratio !== undefined) return weight.ratio;
  if (weight.after === null || weight.before === null) return (weight.ratio = null);
  const { step } = weight;
  const before = recording.elements(step, weight.before);
  const after = recording.elements(step, weight.after);
  if (!before || !after) return (weight.ratio = null);
  let change = 0,
    norm = 0;
  for (let i = 0; i < before.length; i++) {
    change += (after[i] - before[i]) ** 2;
    norm += before[i] ** 2;
  }
  return (weight.ratio = norm ? Math.sqrt(change / norm) : null);
}

const size = (shape) => shape.reduce((a, b) => a * b, 1);

// Bytes of an array, by the digits of its dtype; a bool takes one.
const bytesOf = (value) => (size(value.shape) * Number(/\d+$/.exec(value.dtype)?.[0] ?? 8)) / 8;

// The steps between neighbours along each axis, in elements.
function strides(shape) {
  const result = new Array(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    result[axis] = step;
    step *= shape[axis];
  }
  return result;
}

const flat = (index, shape) => strides(shape).reduce((sum, step, axis) => sum + step * index[axis], 0);

function unflat(place, shape) {
  const index = [];
  for (const step of strides(shape)) {
    index.push(Math.floor(place / step));
    place %= step;
  }
  return index;
}

// 50 MB take a second by `atob`; browsers of 2025 and later have a function for it.
function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text),
    bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

async function readRecording() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const text = document.getElementById("elements").textContent.trim();
  const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Recording(data, await new Response(stream).arrayBuffer());
}
