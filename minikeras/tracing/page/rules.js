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
const inputOf = (step, event, i) => event.inputs[i] === null || event.inputs[i] === undefined ? { constant: event.constants[i], shape: [] } : step.values[event.inputs[i]];
const partOf = (step, input, place, name) => (input.constant === undefined ? ref(step, input.number, place, name) : constant(name, input.constant));

// The place in an array of `shape`, broadcast, of the element at `index` of the result.
function broadcastPlace(index, shape) {
  const own = shape.map((n, axis) => (n === 1 ? 0 : index[index.length - shape.length + axis]));
  return flat(own, shape);
}

// Σ over all labels that are not fixed, of the product of operands { number, labels, name, gate }. An operand with a
// `gate` counts where the element of that array in the same place is positive.
function contraction(step, operands, target, index, shape) {
  const sizes = {};
  for (const { number, labels } of operands) labels.forEach((l, axis) => { sizes[l] = Math.max(sizes[l] ?? 1, step.values[number].shape[axis]); });
  const at = {};
  target.forEach((l, axis) => { if (shape[axis] === (sizes[l] ?? shape[axis])) at[l] = index[axis]; });
  const free = Object.keys(sizes).filter((l) => at[l] === undefined);
  const terms = [];
  const walk = (depth) => {
    if (depth < free.length) {
      for (let i = 0; i < sizes[free[depth]]; i++) { at[free[depth]] = i; walk(depth + 1); }
      delete at[free[depth]];
      return;
    }
    terms.push(term(...operands.map((operand) => gated(step, operand, placeOf(step.values[operand.number].shape, operand.labels, at)))));
  };
  walk(0);
  return terms;
}

const placeOf = (shape, labels, at) => flat(labels.map((l, axis) => (shape[axis] === 1 ? 0 : at[l])), shape);

function gated(step, operand, place) {
  const part = ref(step, operand.number, place, operand.name);
  if (operand.gate !== undefined && !(recording.at(step, operand.gate, place) > 0)) { part.x = 0; part.note = "0, since relu's output is 0 there"; }
  return part;
}

// Labels of the axes of x1, x2 and the result of a matrix product.
function matmulLabels(s1, s2) {
  const stack = Math.max(s1.length, s2.length, 2) - 2;
  const batch = (shape) => Array.from({ length: Math.max(0, shape.length - 2) }, (_, i) => `b${stack - shape.length + 2 + i}`);
  const l1 = s1.length === 1 ? ["k"] : [...batch(s1), "m", "k"], l2 = s2.length === 1 ? ["k"] : [...batch(s2), "k", "n"];
  const all = Array.from({ length: stack }, (_, i) => `b${i}`);
  return [l1, l2, [...all, ...(s1.length === 1 ? [] : ["m"]), ...(s2.length === 1 ? [] : ["n"])]];
}

// The labels [input, input, output] of an op that is a contraction; null for others.
function contractionLabels(step, event) {
  const name = event.settings.product?.op ?? event.name;
  const shapes = event.inputs.slice(0, 2).map((v) => step.values[v]?.shape);
  if (name === "Matmul") return matmulLabels(...shapes);
  const labels = event.settings.labels ?? (event.name === "Contraction" ? [...event.settings.input_labels, event.settings.output_labels] : null);
  return labels && labels.map((axes) => axes.map((l) => `l${l}`));
}

// --- element by element -----------------------------------------------------------------------------------------

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
// Abramowitz and Stegun 7.1.26 has 1e-7; this series and continued fraction have float64's accuracy.
function erf(x) {
  const a = Math.abs(x);
  if (a > 5) return Math.sign(x);
  let sum = a, part = a;
  for (let n = 1; n < 200 && Math.abs(part) > 1e-17; n++) { part *= (-a * a) / n; sum += part / (2 * n + 1); }
  return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * sum);
}
const normalDensity = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

// f(x, settings) with its text, and its derivative from x and y.
const UNARY = {
  Relu: ["max(x, 0)", (x) => Math.max(x, 0), "1 where y > 0", (x, y) => (y > 0 ? 1 : 0)],
  Relu6: ["min(max(x, 0), 6)", (x) => Math.min(Math.max(x, 0), 6), "1 where 0 < y < 6", (x, y) => (y > 0 && y < 6 ? 1 : 0)],
  LeakyRelu: ["x where x > 0, else slope · x", (x, s) => (x > 0 ? x : s.negative_slope * x), "1 or slope", (x, y, s) => (x > 0 ? 1 : s.negative_slope)],
  Sigmoid: ["1 / (1 + exp(−x))", sigmoid, "y · (1 − y)", (x, y) => y * (1 - y)],
  Tanh: ["tanh(x)", Math.tanh, "1 − y²", (x, y) => 1 - y * y],
  Exp: ["exp(x)", Math.exp, "y", (x, y) => y],
  Log: ["ln x", Math.log, "1 / x", (x) => 1 / x],
  Log1p: ["ln(1 + x)", Math.log1p, "1 / (1 + x)", (x) => 1 / (1 + x)],
  Square: ["x²", (x) => x * x, "2x", (x) => 2 * x],
  Sqrt: ["√x", Math.sqrt, "1 / 2y", (x, y) => 0.5 / y],
  Rsqrt: ["1 / √x", (x) => 1 / Math.sqrt(x), "−y³ / 2", (x, y) => -0.5 * y ** 3],
  Reciprocal: ["1 / x", (x) => 1 / x, "−y²", (x, y) => -y * y],
  Negative: ["−x", (x) => -x, "−1", () => -1],
  Absolute: ["|x|", Math.abs, "sign(x)", Math.sign],
  Sin: ["sin x", Math.sin, "cos x", Math.cos],
  Cos: ["cos x", Math.cos, "−sin x", (x) => -Math.sin(x)],
  Softplus: ["ln(1 + exp(x))", (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), "1 / (1 + exp(−x))", sigmoid],
  Silu: ["x / (1 + exp(−x))", (x) => x * sigmoid(x), "s + y · (1 − s), s = sigmoid(x)", (x, y) => sigmoid(x) + y * (1 - sigmoid(x))],
  Elu: ["x where x > 0, else α · (exp(x) − 1)", (x, s) => (x > 0 ? x : s.alpha * Math.expm1(x)), "1, or y + α", (x, y, s) => (x > 0 ? 1 : y + s.alpha)],
  Gelu: ["x · Φ(x)", (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)), "Φ(x) + x · φ(x)", (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + x * normalDensity(x)],
  Cast: ["x in another dtype", (x) => x, "1", () => 1],
  StopGradient: ["x", (x) => x, "0", () => 0],
};

// f(a, b) with its text, and the derivatives for a and b.
const BINARY = {
  Add: ["a + b", (a, b) => a + b, ["1", "1"], [() => 1, () => 1]],
  Subtract: ["a − b", (a, b) => a - b, ["1", "−1"], [() => 1, () => -1]],
  Multiply: ["a · b", (a, b) => a * b, ["b", "a"], [(a, b) => b, (a) => a]],
  Divide: ["a / b", (a, b) => a / b, ["1 / b", "−a / b²"], [(a, b) => 1 / b, (a, b) => -a / (b * b)]],
  TrueDivide: ["a / b", (a, b) => a / b, ["1 / b", "−a / b²"], [(a, b) => 1 / b, (a, b) => -a / (b * b)]],
  Power: ["a ^ b", (a, b) => a ** b, ["b · a ^ (b − 1)", "a ^ b · ln a"], [(a, b) => b * a ** (b - 1), (a, b) => (a > 0 ? a ** b * Math.log(a) : 0)]],
};

function unaryRule(step, event, index) {
  const [text, f] = UNARY[event.name];
  const x = partOf(step, inputOf(step, event, 0), flat(index, step.values[event.outputs[0]].shape), "x");
  return { formula: `y = ${text}`, refs: [x], terms: [], post: { text: text.replaceAll("x", num(x.x)), of: () => f(x.x, event.settings) } };
}

function binaryRule(step, event, index) {
  const [text, f] = BINARY[event.name];
  const [a, b] = [0, 1].map((i) => { const input = inputOf(step, event, i); return partOf(step, input, broadcastPlace(index, input.shape), "ab"[i]); });
  const filled = text.replace("a", num(a.x)).replace("b", num(b.x));
  if (event.name === "Add") return { formula: "y = a + b", terms: [term(a), term(b)], refs: [] };
  return { formula: `y = ${text}`, refs: [a, b], terms: [], post: { text: filled, of: () => f(a.x, b.x) } };
}

// --- sums -------------------------------------------------------------------------------------------------------

const axesOf = (axis, rank) => (axis === null || axis === undefined ? Array.from({ length: rank }, (_, i) => i) : [axis].flat().map((a) => (a + rank) % rank));

// The places of an array of `shape` that a reduction over `axes` combines into the element at `index`.
function reducedPlaces(shape, axes, index, keepdims) {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const own = new Array(shape.length).fill(0);
  kept.forEach((axis, i) => { own[axis] = index[keepdims ? axis : i]; });
  const steps = strides(shape);
  let places = [own.reduce((at, i, axis) => at + i * steps[axis], 0)];
  for (const axis of axes) places = places.flatMap((at) => Array.from({ length: shape[axis] }, (_, i) => at + i * steps[axis]));
  return places;
}

function sumRule(step, event, index) {
  const x = inputOf(step, event, 0), axes = axesOf(event.settings.axis, x.shape.length);
  const places = reducedPlaces(x.shape, axes, index, event.settings.keepdims);
  const share = event.name === "Mean" ? 1 / places.length : 1;
  const terms = places.map((at) => (share === 1 ? term(ref(step, x.number, at, "x")) : term(ref(step, x.number, at, "x"), constant(`1/${places.length}`, share))));
  return { formula: event.name === "Mean" ? "y = Σ x / n" : "y = Σ x", terms, refs: [] };
}

function extremumRule(step, event, index) {
  const x = inputOf(step, event, 0), isMax = event.name === "Max";
  const places = reducedPlaces(x.shape, axesOf(event.settings.axis, x.shape.length), index, event.settings.keepdims);
  const refs = places.map((at) => ref(step, x.number, at, "x"));
  const best = refs.reduce((a, b) => ((isMax ? b.x > a.x : b.x < a.x) ? b : a));
  return { formula: `y = ${isMax ? "max" : "min"} x`, refs: [best], terms: [], post: { text: `the ${isMax ? "greatest" : "least"} of ${refs.length}`, of: () => best.x } };
}

// --- products ---------------------------------------------------------------------------------------------------

function contractionRule(step, event, index) {
  const labels = contractionLabels(step, event), value = step.values[event.outputs[0]];
  const operands = event.inputs.slice(0, 2).map((number, i) => ({ number, labels: labels[i], name: "xw"[i] }));
  const used = event.inputs.length === 1 || labels.length === 2 ? operands.slice(0, 1) : operands;
  return { formula: `y${letters(labels.at(-1))} = Σ ${used.map((o) => o.name + letters(o.labels)).join(" · ")}`, terms: contraction(step, used, labels.at(-1), index, value.shape), refs: [] };
}

const letters = (labels) => `[${labels.map((l) => l.replace(/^l(\d+)$/, (_, n) => "ijklmnopq"[n] ?? `l${n}`)).join(", ")}]`;

function epilogueRule(step, event, index) {
  const inner = { ...event, name: event.settings.product.op, settings: { ...event.settings.product, labels: event.settings.labels, geometry: event.settings.product.geometry ?? event.settings.geometry } };
  const rule = inner.name === "Matmul" ? contractionRule(step, inner, index) : RULES[inner.name](step, inner, index);
  const bias = ref(step, event.inputs[2], index.at(-1), "b");
  rule.terms.push(term(bias));
  rule.formula += " + b";
  if (event.settings.relu) {
    rule.formula = rule.formula.replace("= ", "= max(0, ") + ")";
    rule.post = { text: "max(0, Σ)", of: (total) => Math.max(0, total) };
  }
  return rule;
}

// --- softmax, crossentropies ------------------------------------------------------------------------------------

// The elements along `axis` through the element at `index`.
function alongAxis(step, x, index, axis, name = "x") {
  const at = (axis + x.shape.length) % x.shape.length;
  return Array.from({ length: x.shape[at] }, (_, i) => ref(step, x.number, flat(index.map((n, a) => (a === at ? i : n)), x.shape), name));
}

// Terms exp(x_j − max), and the greatest x.
function powersOf(row) {
  const most = Math.max(...row.map((r) => r.x));
  return [row.map((r) => ({ parts: [r], label: "exp(x − max)", x: Math.exp(r.x - most) })), most];
}

const softmaxRule = (step, event, index) => softmaxOf(step, event, index, inputOf(step, event, 0), event.settings.axis);

function softmaxOf(step, event, index, x, axis) {
  if (axis === null || Array.isArray(axis)) return null;
  const row = alongAxis(step, x, index, axis), [terms, most] = powersOf(row);
  const own = row[index[(axis + x.shape.length) % x.shape.length]];
  if (event.name === "LogSoftmax") return { formula: "y[i] = x[i] − ln Σ_j exp(x[j])", terms, refs: [own], post: { text: `${num(own.x)} − ${num(most)} − ln Σ`, of: (s) => own.x - most - Math.log(s) } };
  return { formula: "y[i] = exp(x[i]) / Σ_j exp(x[j]), with the greatest x subtracted", terms, refs: [own], post: { text: `exp(${num(own.x)} − ${num(most)}) / Σ`, of: (s) => Math.exp(own.x - most) / s } };
}

function sparseCrossentropyRule(step, event, index, output) {
  const logits = inputOf(step, event, 1), axis = logits.shape.length - 1;
  if (output === 1) return softmaxOf(step, { ...event, name: "Softmax" }, index, logits, axis);
  const label = ref(step, event.inputs[0], flat(index, step.values[event.outputs[0]].shape), "label");
  const row = alongAxis(step, logits, [...index, 0], axis), [terms, most] = powersOf(row), own = row[label.x];
  return { formula: "loss = ln Σ_j exp(x[j]) − x[label], which is −ln softmax(x)[label]", terms, refs: [label, own],
    post: { text: `ln Σ + ${num(most)} − ${num(own.x)}`, of: (s) => Math.log(s) + most - own.x } };
}

function crossentropyRule(step, event, index, output) {
  const logits = inputOf(step, event, 1), axis = (event.settings.axis + logits.shape.length) % logits.shape.length;
  if (output === 1) return softmaxOf(step, { ...event, name: "Softmax" }, index, logits, axis);
  const full = [...index.slice(0, axis), 0, ...index.slice(axis)];
  const row = alongAxis(step, logits, full, axis), target = alongAxis(step, inputOf(step, event, 0), full, axis, "target");
  const most = Math.max(...row.map((r) => r.x)), log = Math.log(row.reduce((s, r) => s + Math.exp(r.x - most), 0)) + most;
  const terms = row.map((r, j) => ({ parts: [target[j], r], label: "target · (ln Σ exp(x) − x)", x: target[j].x * (log - r.x) }));
  return { formula: "loss = Σ_j target[j] · (ln Σ_k exp(x[k]) − x[j])", terms, refs: [constant("ln Σ exp(x)", log)] };
}

function sigmoidCrossentropyRule(step, event, index) {
  const [t, x] = [0, 1].map((i) => { const input = inputOf(step, event, i); return partOf(step, input, broadcastPlace(index, input.shape), ["target", "x"][i]); });
  return { formula: "loss = max(x, 0) − x · target + ln(1 + exp(−|x|))", terms: [], refs: [t, x],
    post: { text: `max(${num(x.x)}, 0) − ${num(x.x)} · ${num(t.x)} + ln(1 + exp(−|${num(x.x)}|))`, of: () => Math.max(x.x, 0) - x.x * t.x + Math.log1p(Math.exp(-Math.abs(x.x))) } };
}

// --- normalization ----------------------------------------------------------------------------------------------

function momentsRule(step, event, index, output) {
  const x = inputOf(step, event, 0), axes = axesOf(event.settings.axes, x.shape.length), places = reducedPlaces(x.shape, axes, index, true), n = places.length;
  const means = event.name === "MeanAndVariance" ? event.outputs[0] : event.outputs[1];
  const isMean = event.outputs[output] === means;
  if (isMean) return { formula: "mean = Σ x / n", refs: [], terms: places.map((at) => term(ref(step, x.number, at, "x"), constant(`1/${n}`, 1 / n))) };
  const mean = ref(step, means, flat(index, step.values[means].shape), "mean");
  const terms = places.map((at) => { const own = ref(step, x.number, at, "x"); return { parts: [own], label: `(x − mean)² / ${n}`, x: (own.x - mean.x) ** 2 / n }; });
  return { formula: "variance = Σ (x − mean)² / n", refs: [mean], terms };
}

// x̂ = (x − mean) / √(variance + ε) of a `Standardize` or `StandardizeRows`, with what it is made of.
function standardized(step, forward, place) {
  const x = step.values[forward.inputs[0]], index = unflat(place, x.shape), [, m, v] = forward.outputs.map((n) => step.values[n]);
  const mean = ref(step, m.number, broadcastPlace(index, m.shape), "mean");
  const second = ref(step, v.number, broadcastPlace(index, v.shape), forward.name === "Standardize" ? "variance" : "1/√(variance + ε)");
  const r = forward.name === "Standardize" ? 1 / Math.sqrt(second.x + forward.settings.epsilon) : second.x;
  const own = ref(step, x.number, place, "x");
  return { own, mean, second, r, x: (own.x - mean.x) * r };
}

function standardizeRule(step, event, index, output) {
  if (output > 0) return event.name === "Standardize" ? momentsRule(step, event, index, output) : null;
  const value = step.values[event.outputs[0]], s = standardized(step, event, flat(index, value.shape));
  const [scale, offset] = [1, 2].map((i) => { const input = inputOf(step, event, i); return partOf(step, input, broadcastPlace(index, input.shape), ["scale", "offset"][i - 1]); });
  return { formula: "y = (x − mean) / √(variance + ε) · scale + offset", refs: [s.own, s.mean, s.second], terms: [{ parts: [constant("x̂", s.x), scale], x: s.x * scale.x }, term(offset)] };
}

// --- moving elements --------------------------------------------------------------------------------------------

const same = (step, number, place, formula) => ({ formula, refs: [], terms: [term(ref(step, number, place, "x"))] });

function transposeRule(step, event, index) {
  const x = inputOf(step, event, 0), rank = x.shape.length;
  const axes = event.settings.axes ? axesOf(event.settings.axes, rank) : axesOf(null, rank).reverse();
  const own = new Array(rank);
  axes.forEach((axis, i) => { own[axis] = index[i]; });
  return same(step, x.number, flat(own, x.shape), "y = x with its axes in another order");
}

function concatenateRule(step, event, index) {
  const axis = (event.settings.axis + index.length) % index.length;
  let at = index[axis];
  for (const number of event.inputs) {
    const shape = step.values[number].shape;
    if (at < shape[axis]) return same(step, number, flat(index.map((n, a) => (a === axis ? at : n)), shape), "y = the inputs one after another");
    at -= shape[axis];
  }
  return null;
}

function takeRule(step, event, index) {
  const [x, indices] = [inputOf(step, event, 0), inputOf(step, event, 1)];
  if (event.settings.axis !== 0) return null;
  const rank = indices.shape.length, row = ref(step, indices.number, flat(index.slice(0, rank), indices.shape), "index");
  const rule = same(step, x.number, flat([(row.x + x.shape[0]) % x.shape[0], ...index.slice(rank)], x.shape), "y = the row of x with this index");
  return { ...rule, refs: [row] };
}

function keepScaledRule(step, event, index) {
  const place = flat(index, step.values[event.outputs[0]].shape), [x, mask] = [0, 1].map((i) => inputOf(step, event, i));
  const kept = ref(step, mask.number, broadcastPlace(index, mask.shape), "mask");
  return { formula: "y = scale · x where the mask is 1, else 0", refs: [kept], terms: [term(ref(step, x.number, place, "x"), constant("scale", event.settings.scale), kept)] };
}

// --- attention -------------------------------------------------------------------------------------------------

function attentionRule(step, event, [b, t, head, d]) {
  const weights = attentionWeights(step, event, b, head)[t], v = inputOf(step, event, 2);
  return { formula: "y[t] = Σ_s softmax_s(scale · q[t] · k[s]) · v[s]", refs: [], terms: weights.map((p, s) => term(constant(`attention to ${s}`, p), ref(step, v.number, flat([b, s, head, d], v.shape), "v"))) };
}

const RULES = {
  ...Object.fromEntries(Object.keys(UNARY).map((name) => [name, unaryRule])),
  ...Object.fromEntries(Object.keys(BINARY).map((name) => [name, binaryRule])),
  Sum: sumRule, Mean: sumRule, Max: extremumRule, Min: extremumRule,
  Matmul: contractionRule, Einsum: contractionRule, Contraction: contractionRule, ProductEpilogue: epilogueRule,
  Softmax: softmaxRule, LogSoftmax: softmaxRule,
  SparseSoftmaxCrossentropy: sparseCrossentropyRule, SoftmaxCrossentropy: crossentropyRule, SigmoidCrossentropy: sigmoidCrossentropyRule,
  MeanAndVariance: momentsRule, Standardize: standardizeRule, StandardizeRows: standardizeRule,
  Transpose: transposeRule, Concatenate: concatenateRule, Take: takeRule, KeepScaled: keepScaledRule,
  Reshape: (step, event, index) => same(step, event.inputs[0], flat(index, step.values[event.outputs[0]].shape), "y = x in another shape"),
  BroadcastTo: (step, event, index) => { const x = inputOf(step, event, 0); return same(step, x.number, broadcastPlace(index, x.shape), "y = x, repeated"); },
  DotProductAttention: attentionRule,
};
RULES.ExpandDims = RULES.Squeeze = RULES.View = RULES.Reshape;
