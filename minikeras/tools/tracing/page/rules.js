// Where one number of a recorded step comes from: rules of ops that take an element of their result apart.
//
// A rule returns { formula, terms, refs, post, note }. `terms` are added up: each is a product of `parts`, numbers that
// mostly are elements of other arrays. `refs` are further numbers that the result is made of. `post` makes the result
// from the sum, { text, of }. `gradient_rules.js` has the same for gradients, `window_rules.js` for windows.

const ref = (step, number, place, name) => ({ number, place, name, x: recording.at(step, number, place) });
const constant = (name, x) => ({ name, x });
const term = (...parts) => ({ parts, x: parts.reduce((product, part) => product * part.x, 1) });
const totalOf = (terms) => terms.reduce((total, t) => total + t.x, 0);

// An input of an op: an array, or a number.
const inputOf = (step, event, i) =>
  event.inputs[i] === null || event.inputs[i] === undefined
    ? { constant: event.constants[i], shape: [] }
    : step.values[event.inputs[i]];
const partOf = (step, input, place, name) =>
  input.constant === undefined ? ref(step, input.number, place, name) : constant(name, input.constant);

// The place in an array of `shape`, broadcast, of the element at `index` of the result.
function broadcastPlace(index, shape) {
  const own = shape.map((n, axis) => (n === 1 ? 0 : index[index.length - shape.length + axis]));
  return flat(own, shape);
}

// --- sums -------------------------------------------------------------------------------------------------------

const axesOf = (axis, rank) =>
  axis === null || axis === undefined
    ? Array.from({ length: rank }, (_, i) => i)
    : [axis].flat().map((a) => (a + rank) % rank);

// The places of an array of `shape` that a reduction over `axes` combines into the element at `index`.
function reducedPlaces(shape, axes, index, keepdims) {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const own = new Array(shape.length).fill(0);
  kept.forEach((axis, i) => {
    own[axis] = index[keepdims ? axis : i];
  });
  const steps = strides(shape);
  let places = [own.reduce((at, i, axis) => at + i * steps[axis], 0)];
  for (const axis of axes)
    places = places.flatMap((at) => Array.from({ length: shape[axis] }, (_, i) => at + i * steps[axis]));
  return places;
}

function sumRule(step, event, index) {
  const x = inputOf(step, event, 0),
    axes = axesOf(event.settings.axis, x.shape.length);
  const places = reducedPlaces(x.shape, axes, index, event.settings.keepdims);
  const share = event.name === "Mean" ? 1 / places.length : 1;
  const terms = places.map((at) =>
    share === 1
      ? term(ref(step, x.number, at, "x"))
      : term(ref(step, x.number, at, "x"), constant(`1/${places.length}`, share)),
  );
  return { formula: event.name === "Mean" ? "y = Σ x / n" : "y = Σ x", terms, refs: [] };
}

function extremumRule(step, event, index) {
  const x = inputOf(step, event, 0),
    isMax = event.name === "Max";
  const places = reducedPlaces(
    x.shape,
    axesOf(event.settings.axis, x.shape.length),
    index,
    event.settings.keepdims,
  );
  const refs = places.map((at) => ref(step, x.number, at, "x"));
  const best = refs.reduce((a, b) => ((isMax ? b.x > a.x : b.x < a.x) ? b : a));
  return {
    formula: `y = ${isMax ? "max" : "min"} x`,
    refs: [best],
    terms: [],
    post: { text: `the ${isMax ? "largest" : "smallest"} of ${refs.length}`, of: () => best.x },
  };
}

// --- softmax, crossentropies ------------------------------------------------------------------------------------

// The elements along `axis` through the element at `index`.
function alongAxis(step, x, index, axis, name = "x") {
  const at = (axis + x.shape.length) % x.shape.length;
  return Array.from({ length: x.shape[at] }, (_, i) =>
    ref(
      step,
      x.number,
      flat(
        index.map((n, a) => (a === at ? i : n)),
        x.shape,
      ),
      name,
    ),
  );
}

// Terms exp(x_j − max), and the greatest x.
function powersOf(row) {
  const most = Math.max(...row.map((r) => r.x));
  return [row.map((r) => ({ parts: [r], label: "exp(x − max)", x: Math.exp(r.x - most) })), most];
}

const softmaxRule = (step, event, index) =>
  softmaxOf(step, event, index, inputOf(step, event, 0), event.settings.axis);

function softmaxOf(step, event, index, x, axis) {
  if (axis === null || Array.isArray(axis)) return null;
  const row = alongAxis(step, x, index, axis),
    [terms, most] = powersOf(row);
  const own = row[index[(axis + x.shape.length) % x.shape.length]];
  if (event.name === "LogSoftmax")
    return {
      formula: "y[i] = x[i] − ln Σ_j exp(x[j])",
      terms,
      refs: [own],
      post: { text: `${num(own.x)} − ${num(most)} − ln Σ`, of: (s) => own.x - most - Math.log(s) },
    };
  return {
    formula: "y[i] = exp(x[i]) / Σ_j exp(x[j]), with the largest x subtracted",
    terms,
    refs: [own],
    post: { text: `exp(${num(own.x)} − ${num(most)}) / Σ`, of: (s) => Math.exp(own.x - most) / s },
  };
}

function sparseCrossentropyRule(step, event, index, output) {
  const logits = inputOf(step, event, 1),
    axis = logits.shape.length - 1;
  if (output === 1) return softmaxOf(step, { ...event, name: "Softmax" }, index, logits, axis);
  const label = ref(step, event.inputs[0], flat(index, step.values[event.outputs[0]].shape), "label");
  const row = alongAxis(step, logits, [...index, 0], axis),
    [terms, most] = powersOf(row),
    own = row[label.x];
  return {
    formula: "loss = ln Σ_j exp(x[j]) − x[label], which is −ln softmax(x)[label]",
    terms,
    refs: [label, own],
    post: { text: `ln Σ + ${num(most)} − ${num(own.x)}`, of: (s) => Math.log(s) + most - own.x },
  };
}

function crossentropyRule(step, event, index, output) {
  const logits = inputOf(step, event, 1),
    axis = (event.settings.axis + logits.shape.length) % logits.shape.length;
  if (output === 1) return softmaxOf(step, { ...event, name: "Softmax" }, index, logits, axis);
  const full = [...index.slice(0, axis), 0, ...index.slice(axis)];
  const row = alongAxis(step, logits, full, axis),
    target = alongAxis(step, inputOf(step, event, 0), full, axis, "target");
  const most = Math.max(...row.map((r) => r.x)),
    log = Math.log(row.reduce((s, r) => s + Math.exp(r.x - most), 0)) + most;
  const terms = row.map((r, j) => ({
    parts: [target[j], r],
    label: "target · (ln Σ exp(x) − x)",
    x: target[j].x * (log - r.x),
  }));
  return {
    formula: "loss = Σ_j target[j] · (ln Σ_k exp(x[k]) − x[j])",
    terms,
    refs: [constant("ln Σ exp(x)", log)],
  };
}

function sigmoidCrossentropyRule(step, event, index) {
  const [t, x] = [0, 1].map((i) => {
    const input = inputOf(step, event, i);
    return partOf(step, input, broadcastPlace(index, input.shape), ["target", "x"][i]);
  });
  return {
    formula: "loss = max(x, 0) − x · target + ln(1 + exp(−|x|))",
    terms: [],
    refs: [t, x],
    post: {
      text: `max(${num(x.x)}, 0) − ${num(x.x)} · ${num(t.x)} + ln(1 + exp(−|${num(x.x)}|))`,
      of: () => Math.max(x.x, 0) - x.x * t.x + Math.log1p(Math.exp(-Math.abs(x.x))),
    },
  };
}

// --- normalization ----------------------------------------------------------------------------------------------

function momentsRule(step, event, index, output) {
  const x = inputOf(step, event, 0),
    axes =
      event.name === "StandardizeRows" ? [x.shape.length - 1] : axesOf(event.settings.axes, x.shape.length),
    places = reducedPlaces(x.shape, axes, index, true),
    n = places.length;
  const means = event.name === "MeanAndVariance" ? event.outputs[0] : event.outputs[1];
  const isMean = event.outputs[output] === means;
  if (isMean)
    return {
      formula: "mean = Σ x / n",
      refs: [],
      terms: places.map((at) => term(ref(step, x.number, at, "x"), constant(`1/${n}`, 1 / n))),
    };
  const mean = ref(step, means, flat(index, step.values[means].shape), "mean");
  const terms = places.map((at) => {
    const own = ref(step, x.number, at, "x");
    return { parts: [own], label: `(x − mean)² / ${n}`, x: (own.x - mean.x) ** 2 / n };
  });
  if (event.name !== "StandardizeRows")
    return { formula: "variance = Σ (x − mean)² / n", refs: [mean], terms };
  return {
    formula: "r = 1 / √(Σ (x − mean)² / n + ε)",
    refs: [mean],
    terms,
    post: { text: "1 / √(Σ + ε)", of: (variance) => 1 / Math.sqrt(variance + event.settings.epsilon) },
  };
}

// x̂ = (x − mean) / √(variance + ε) of a `Standardize` or `StandardizeRows`, with what it is made of.
function standardized(step, forward, place) {
  const x = step.values[forward.inputs[0]],
    index = unflat(place, x.shape),
    [, m, v] = forward.outputs.map((n) => step.values[n]);
  const mean = ref(step, m.number, broadcastPlace(index, m.shape), "mean");
  const second = ref(
    step,
    v.number,
    broadcastPlace(index, v.shape),
    forward.name === "Standardize" ? "variance" : "1/√(variance + ε)",
  );
  const r = forward.name === "Standardize" ? 1 / Math.sqrt(second.x + forward.settings.epsilon) : second.x;
  const own = ref(step, x.number, place, "x");
  return { own, mean, second, r, x: (own.x - mean.x) * r };
}

function standardizeRule(step, event, index, output) {
  if (output > 0) return momentsRule(step, event, index, output);
  const value = step.values[event.outputs[0]],
    s = standardized(step, event, flat(index, value.shape));
  const [scale, offset] = [1, 2].map((i) => {
    const input = inputOf(step, event, i);
    return partOf(step, input, broadcastPlace(index, input.shape), ["scale", "offset"][i - 1]);
  });
  return {
    formula: "y = (x − mean) / √(variance + ε) · scale + offset",
    refs: [s.own, s.mean, s.second],
    terms: [{ parts: [constant("x̂", s.x), scale], x: s.x * scale.x }, term(offset)],
  };
}

// --- moving elements --------------------------------------------------------------------------------------------

const same = (step, number, place, formula) => ({
  formula,
  refs: [],
  terms: [term(ref(step, number, place, "x"))],
});

function transposeRule(step, event, index) {
  const x = inputOf(step, event, 0),
    rank = x.shape.length;
  const axes = event.settings.axes ? axesOf(event.settings.axes, rank) : axesOf(null, rank).reverse();
  const own = new Array(rank);
  axes.forEach((axis, i) => {
    own[axis] = index[i];
  });
  return same(step, x.number, flat(own, x.shape), "y = x with its axes in another order");
}

function concatenateRule(step, event, index) {
  const axis = (event.settings.axis + index.length) % index.length;
  let at = index[axis];
  for (const number of event.inputs) {
    const shape = step.values[number].shape;
    if (at < shape[axis])
      return same(
        step,
        number,
        flat(
          index.map((n, a) => (a === axis ? at : n)),
          shape,
        ),
        "y = the inputs one after another",
      );
    at -= shape[axis];
  }
  return null;
}

function takeRule(step, event, index) {
  const [x, indices] = [inputOf(step, event, 0), inputOf(step, event, 1)];
  if (event.settings.axis !== 0) return null;
  const rank = indices.shape.length,
    row = ref(step, indices.number, flat(index.slice(0, rank), indices.shape), "index");
  const rule = same(
    step,
    x.number,
    flat([(row.x + x.shape[0]) % x.shape[0], ...index.slice(rank)], x.shape),
    "y = the row of x with this index",
  );
  return { ...rule, refs: [row] };
}

function keepScaledRule(step, event, index) {
  const place = flat(index, step.values[event.outputs[0]].shape),
    [x, mask] = [0, 1].map((i) => inputOf(step, event, i));
  const kept = ref(step, mask.number, broadcastPlace(index, mask.shape), "mask");
  return {
    formula: "y = scale · x where the mask is 1, else 0",
    refs: [kept],
    terms: [term(ref(step, x.number, place, "x"), constant("scale", event.settings.scale), kept)],
  };
}

const RULES = {
  ...Object.fromEntries(Object.keys(UNARY).map((name) => [name, unaryRule])),
  ...Object.fromEntries(Object.keys(BINARY).map((name) => [name, binaryRule])),
  Sum: sumRule,
  Mean: sumRule,
  Max: extremumRule,
  Min: extremumRule,
  Matmul: contractionRule,
  Einsum: contractionRule,
  Contraction: contractionRule,
  ProductEpilogue: epilogueRule,
  Softmax: softmaxRule,
  LogSoftmax: softmaxRule,
  SparseSoftmaxCrossentropy: sparseCrossentropyRule,
  SoftmaxCrossentropy: crossentropyRule,
  SigmoidCrossentropy: sigmoidCrossentropyRule,
  MeanAndVariance: momentsRule,
  Standardize: standardizeRule,
  StandardizeRows: standardizeRule,
  Transpose: transposeRule,
  Concatenate: concatenateRule,
  Take: takeRule,
  KeepScaled: keepScaledRule,
  Reshape: (step, event, index) =>
    same(step, event.inputs[0], flat(index, step.values[event.outputs[0]].shape), "y = x in another shape"),
  BroadcastTo: (step, event, index) => {
    const x = inputOf(step, event, 0);
    return same(step, x.number, broadcastPlace(index, x.shape), "y = x, repeated");
  },
  DotProductAttention: attentionRule,
};
RULES.ExpandDims = RULES.Squeeze = RULES.View = RULES.Reshape;
