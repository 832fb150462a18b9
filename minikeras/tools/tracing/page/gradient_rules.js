// Where one element of a gradient comes from. A rule gets the event of the gradient and the input that it is for.

const dyOf = (event) => event.dys.find((number) => number !== null && number !== undefined);
const forwardOf = (step, event) => step.events[event.of];

function unaryGradient(step, event, input, index) {
  const [, , text, derivative] = UNARY[event.name];
  const forward = forwardOf(step, event),
    place = flat(index, step.values[event.outputs[input]].shape);
  const dy = ref(step, dyOf(event), place, "dy"),
    x = ref(step, forward.inputs[0], place, "x"),
    y = ref(step, forward.outputs[0], place, "y");
  const d = derivative(x.x, y.x, event.settings);
  return { formula: `dx = dy · (${text})`, refs: [x, y], terms: [term(dy, constant("dy/dx", d))] };
}

// All places of the result to which the element at `index` of an input of `shape` was broadcast.
function spreadPlaces(index, shape, result) {
  const steps = strides(result),
    extra = result.length - shape.length;
  let places = [0];
  result.forEach((length, axis) => {
    const own = axis < extra ? null : shape[axis - extra] === 1 && length !== 1 ? null : index[axis - extra];
    const along = own === null ? Array.from({ length }, (_, i) => i) : [own];
    places = places.flatMap((at) => along.map((i) => at + i * steps[axis]));
  });
  return places;
}

function binaryGradient(step, event, input, index) {
  const [, , texts, derivatives] = BINARY[event.name],
    forward = forwardOf(step, event);
  const shape = step.values[event.outputs[input]].shape,
    result = step.values[forward.outputs[0]].shape,
    number = dyOf(event);
  const inputs = [0, 1].map((i) => inputOf(step, forward, i));
  const terms = spreadPlaces(index, shape, result).map((place) => {
    const at = unflat(place, result),
      [a, b] = inputs.map((x, i) => partOf(step, x, broadcastPlace(at, x.shape), "ab"[i]));
    const dy = ref(step, number, place, "dy"),
      d = derivatives[input](a.x, b.x);
    return Math.abs(d) === 1 && event.name !== "Multiply"
      ? { ...term(dy), x: dy.x * d }
      : event.name === "Multiply"
        ? term(dy, input ? a : b)
        : term(dy, constant(texts[input], d));
  });
  const over = terms.length > 1 ? ", over the elements for which it was repeated" : "";
  return {
    formula: `d${"ab"[input]} = Σ dy · (${texts[input]})${over}`,
    refs: [],
    terms,
  };
}

function contractionGradient(step, event, input, index, gate) {
  const forward = forwardOf(step, event),
    labels = contractionLabels(step, forward),
    number = dyOf(event),
    name = "xw"[input];
  const operands = [{ number, labels: labels.at(-1), name: gate === undefined ? "dy" : "dz", gate }];
  if (labels.length > 2)
    operands.push({ number: forward.inputs[1 - input], labels: labels[1 - input], name: "xw"[1 - input] });
  const value = step.values[event.outputs[input]];
  return {
    formula: `d${name}${letters(labels[input])} = Σ ${operands.map((o) => o.name + letters(o.labels)).join(" · ")}`,
    refs: [],
    terms: contraction(step, operands, labels[input], index, value.shape),
  };
}

// dz = dy where relu lets it pass; then the product's own rule, or Σ dz for the bias.
function epilogueGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    gate = event.settings.relu ? forward.outputs[0] : undefined;
  const note = gate === undefined ? undefined : "dz is dy where the output is above 0";
  if (input === 2) {
    const dy = step.values[dyOf(event)],
      channels = dy.shape.at(-1),
      rows = size(dy.shape) / channels;
    const terms = Array.from({ length: rows }, (_, i) =>
      term(
        gated(
          step,
          { number: dy.number, name: gate === undefined ? "dy" : "dz", gate },
          i * channels + index.at(-1),
        ),
      ),
    );
    return { formula: "db = Σ dz over all axes but the last", refs: [], terms, note };
  }
  const name = event.settings.product.op;
  if (name === "Matmul") return { ...contractionGradient(step, event, input, index, gate), note };
  const rule = WINDOW_GRADIENTS[name];
  return rule
    ? {
        ...rule(
          step,
          {
            ...event,
            settings: event.settings.product.geometry
              ? event.settings.product
              : { ...event.settings.product, geometry: event.settings.geometry },
          },
          input,
          index,
          gate,
        ),
        note,
      }
    : null;
}

function sumGradient(step, event, input, index) {
  const shape = step.values[event.outputs[0]].shape,
    axes = axesOf(event.settings.axis, shape.length),
    dy = step.values[dyOf(event)];
  const own = event.settings.keepdims
    ? index.map((n, a) => (axes.includes(a) ? 0 : n))
    : index.filter((_, a) => !axes.includes(a));
  const count = event.name === "Mean" ? axes.reduce((n, a) => n * shape[a], 1) : 1,
    part = ref(step, dy.number, flat(own, dy.shape), "dy");
  return {
    formula: count === 1 ? "dx = dy" : "dx = dy / n",
    refs: [],
    terms: [count === 1 ? term(part) : term(part, constant(`1/${count}`, 1 / count))],
  };
}

function softmaxGradient(step, event, input, index) {
  const y = step.values[forwardOf(step, event).outputs[0]],
    dy = step.values[dyOf(event)],
    axis = event.settings.axis;
  if (axis === null || Array.isArray(axis)) return null;
  const ys = alongAxis(step, y, index, axis, "y"),
    dys = alongAxis(step, dy, index, axis, "dy"),
    own = index[(axis + y.shape.length) % y.shape.length];
  if (event.name === "LogSoftmax") {
    const e = Math.exp(ys[own].x);
    return {
      formula: "dx[i] = dy[i] − exp(y[i]) · Σ_j dy[j]",
      refs: [ys[own]],
      terms: dys.map((d, j) => ({ parts: [d], x: (j === own ? d.x : 0) - e * d.x })),
    };
  }
  return {
    formula: "dx[i] = y[i] · (dy[i] − Σ_j dy[j] · y[j])",
    refs: [ys[own]],
    terms: dys.map((d, j) => ({
      parts: [d, ys[j], ys[own]],
      label: j === own ? "y[i] · dy[i] · (1 − y[i])" : "−y[i] · dy[j] · y[j]",
      x: ys[own].x * d.x * ((j === own ? 1 : 0) - ys[j].x),
    })),
  };
}

function sparseCrossentropyGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    p = step.values[forward.outputs[1]],
    dloss = step.values[event.dys[0]];
  if (!p || !dloss) return null;
  const row = index.slice(0, -1),
    label = ref(step, forward.inputs[0], flat(row, dloss.shape), "label");
  const own = ref(step, p.number, flat(index, p.shape), "p"),
    d = ref(step, dloss.number, flat(row, dloss.shape), "d loss");
  const terms = [term(d, own)];
  if (label.x === index.at(-1))
    terms.push({ parts: [d], label: "−d loss, since this is the label", x: -d.x });
  return { formula: "dx[j] = d loss · (p[j] − 1 if j is the label)", refs: [label], terms };
}

function crossentropyGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    p = step.values[forward.outputs[1]],
    dloss = step.values[event.dys[0]];
  if (input !== 1 || !p || !dloss) return null;
  const axis = (event.settings.axis + p.shape.length) % p.shape.length,
    place = flat(index, p.shape);
  const d = ref(
      step,
      dloss.number,
      flat(
        index.filter((_, a) => a !== axis),
        dloss.shape,
      ),
      "d loss",
    ),
    t = inputOf(step, forward, 0);
  const target = ref(step, t.number, broadcastPlace(index, t.shape), "target");
  return {
    formula: "dx = d loss · (p − target)",
    refs: [],
    terms: [
      term(d, ref(step, p.number, place, "p")),
      { ...term(d, target), x: -d.x * target.x, label: "−d loss · target" },
    ],
  };
}

function sigmoidCrossentropyGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    [t, x] = [0, 1].map((i) => inputOf(step, forward, i)),
    dy = step.values[dyOf(event)];
  if (input !== 1 || size(x.shape) !== size(dy.shape)) return null;
  const d = ref(step, dy.number, flat(index, dy.shape), "d loss"),
    own = ref(step, x.number, flat(index, x.shape), "x"),
    target = partOf(step, t, broadcastPlace(index, t.shape), "target");
  return {
    formula: "dx = d loss · (sigmoid(x) − target)",
    refs: [own, target],
    terms: [
      term(d, constant("sigmoid(x)", sigmoid(own.x))),
      { ...term(d, target), x: -d.x * target.x, label: "−d loss · target" },
    ],
  };
}

// x̂ and g = dy · scale of all elements that share mean and variance with the one at `index`.
function standardizeGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    x = step.values[forward.inputs[0]],
    dy = step.values[event.dys[0]],
    scale = inputOf(step, forward, 1);
  if (!dy || (event.dys[1] ?? null) !== null || (event.dys[2] ?? null) !== null) return null;
  if (input > 0) {
    const shape = step.values[event.outputs[input]].shape;
    const terms = spreadPlaces(index, shape, x.shape).map((place) => {
      const d = ref(step, dy.number, place, "dy");
      return input === 2 ? term(d) : term(d, constant("x̂", standardized(step, forward, place).x));
    });
    return { formula: input === 1 ? "dscale = Σ dy · x̂" : "doffset = Σ dy", refs: [], terms };
  }
  const axes =
    forward.name === "Standardize" ? axesOf(event.settings.axes, x.shape.length) : [x.shape.length - 1];
  const places = reducedPlaces(
      x.shape,
      axes,
      index.map((n, a) => (axes.includes(a) ? 0 : n)),
      true,
    ),
    n = places.length;
  const g = (place) =>
    recording.at(step, dy.number, place) *
    recording.at(step, scale.number, broadcastPlace(unflat(place, x.shape), scale.shape));
  const own = flat(index, x.shape),
    s = standardized(step, forward, own);
  let total = 0,
    weighted = 0;
  for (const place of places) {
    const each = g(place);
    total += each;
    weighted += each * standardized(step, forward, place).x;
  }
  const d = ref(step, dy.number, own, "dy");
  return {
    formula: "dx = r · (g − Σg/n − x̂ · Σ(g · x̂)/n), g = dy · scale, r = 1/√(variance + ε)",
    refs: [d, s.own, s.mean, s.second],
    terms: [
      { parts: [constant("r", s.r), constant("g", g(own))], x: s.r * g(own) },
      { parts: [constant("r", s.r), constant("Σg/n", total / n)], label: "−r · Σg/n", x: (-s.r * total) / n },
      {
        parts: [constant("r", s.r), constant("x̂", s.x), constant("Σ(g · x̂)/n", weighted / n)],
        label: "−r · x̂ · Σ(g · x̂)/n",
        x: (-s.r * s.x * weighted) / n,
      },
    ],
  };
}

function transposeGradient(step, event, input, index) {
  const dy = step.values[dyOf(event)],
    rank = index.length,
    axes = event.settings.axes ? axesOf(event.settings.axes, rank) : axesOf(null, rank).reverse();
  return same(
    step,
    dy.number,
    flat(
      axes.map((axis) => index[axis]),
      dy.shape,
    ),
    "dx = dy with its axes put back",
  );
}

function concatenateGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    dy = step.values[dyOf(event)],
    axis = (event.settings.axis + index.length) % index.length;
  const before = forward.inputs.slice(0, input).reduce((n, number) => n + step.values[number].shape[axis], 0);
  return same(
    step,
    dy.number,
    flat(
      index.map((n, a) => (a === axis ? n + before : n)),
      dy.shape,
    ),
    "dx = its part of dy",
  );
}

function takeGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    indices = inputOf(step, forward, 1),
    dy = step.values[dyOf(event)],
    x = inputOf(step, forward, 0);
  const elements = recording.elements(step, indices.number),
    inner = size(x.shape.slice(1)),
    rest = flat(index.slice(1), x.shape.slice(1));
  if (event.settings.axis !== 0 || !elements) return null;
  const terms = [];
  elements.forEach((row, i) => {
    if ((row + x.shape[0]) % x.shape[0] === index[0])
      terms.push(term(ref(step, dy.number, i * inner + rest, "dy")));
  });
  return { formula: "dx[row] = Σ dy where the index is this row", refs: [], terms };
}

function keepScaledGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    mask = inputOf(step, forward, 1),
    kept = ref(step, mask.number, broadcastPlace(index, mask.shape), "mask"),
    dy = step.values[dyOf(event)];
  return {
    formula: "dx = scale · dy where the mask is 1, else 0",
    refs: [kept],
    terms: [
      term(ref(step, dy.number, flat(index, dy.shape), "dy"), constant("scale", event.settings.scale), kept),
    ],
  };
}

function broadcastGradient(step, event, input, index) {
  const dy = step.values[dyOf(event)];
  return {
    formula: "dx = Σ dy over the repeats",
    refs: [],
    terms: spreadPlaces(index, step.values[event.outputs[0]].shape, dy.shape).map((place) =>
      term(ref(step, dy.number, place, "dy")),
    ),
  };
}

const GRADIENT_RULES = {
  ...Object.fromEntries(Object.keys(UNARY).map((name) => [name, unaryGradient])),
  ...Object.fromEntries(Object.keys(BINARY).map((name) => [name, binaryGradient])),
  Matmul: contractionGradient,
  Einsum: contractionGradient,
  Contraction: contractionGradient,
  ProductEpilogue: epilogueGradient,
  Sum: sumGradient,
  Mean: sumGradient,
  Softmax: softmaxGradient,
  LogSoftmax: softmaxGradient,
  SparseSoftmaxCrossentropy: sparseCrossentropyGradient,
  SoftmaxCrossentropy: crossentropyGradient,
  SigmoidCrossentropy: sigmoidCrossentropyGradient,
  Standardize: standardizeGradient,
  StandardizeRows: standardizeGradient,
  Transpose: transposeGradient,
  Concatenate: concatenateGradient,
  Take: takeGradient,
  KeepScaled: keepScaledGradient,
  BroadcastTo: broadcastGradient,
  DotProductAttention: attentionGradient,
  Reshape: (step, event, input, index) =>
    same(step, dyOf(event), flat(index, step.values[event.outputs[0]].shape), "dx = dy in the shape of x"),
};
GRADIENT_RULES.ExpandDims = GRADIENT_RULES.Squeeze = GRADIENT_RULES.View = GRADIENT_RULES.Reshape;
