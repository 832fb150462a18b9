// Convolutions and pooling: elements in windows. Geometry is [strides, [[before, after], …], dilation] per axis.

// All indices of an array of this shape.
function indicesOf(shape) {
  let result = [[]];
  for (const length of shape)
    result = result.flatMap((index) => Array.from({ length }, (_, i) => [...index, i]));
  return result;
}

// The position in x that offset `a` of the window at output `i` reads; null in the padding.
function positionOf(i, a, sizes, [strides_, pads, dilation]) {
  const position = i.map((n, axis) => n * strides_[axis] + a[axis] * (dilation?.[axis] ?? 1) - pads[axis][0]);
  return position.every((n, axis) => n >= 0 && n < sizes[axis]) ? position : null;
}

// The output whose window reads position p by its offset a; null if there is none.
function outputOf(p, a, outputs, [strides_, pads, dilation]) {
  const i = p.map((n, axis) => (n + pads[axis][0] - a[axis] * (dilation?.[axis] ?? 1)) / strides_[axis]);
  return i.every((n, axis) => Number.isInteger(n) && n >= 0 && n < outputs[axis]) ? i : null;
}

// y[n, i, f] = Σ x[n, i · stride + a, c] · kernel[a, c, f]
function convTerms(step, x, kernel, index, geometry) {
  const xs = step.values[x.number].shape,
    ks = step.values[kernel.number].shape,
    [n, f] = [index[0], index.at(-1)],
    i = index.slice(1, -1);
  const perGroup = ks.at(-2),
    group = Math.floor(f / (ks.at(-1) / (xs.at(-1) / perGroup)));
  return indicesOf(ks.slice(0, -2)).flatMap((a) => {
    const p = positionOf(i, a, xs.slice(1, -1), geometry);
    return p
      ? Array.from({ length: perGroup }, (_, c) =>
          term(
            gated(step, x, flat([n, ...p, group * perGroup + c], xs)),
            gated(step, kernel, flat([...a, c, f], ks)),
          ),
        )
      : [];
  });
}

// dx[n, p, c] = Σ dy[n, i, f] · kernel[a, c, f] over the windows that read p
function convInputTerms(step, dy, kernel, index, geometry, channels) {
  const ds = step.values[dy.number].shape,
    ks = step.values[kernel.number].shape,
    [n, c] = [index[0], index.at(-1)],
    p = index.slice(1, -1);
  const perGroup = ks.at(-2),
    filters = ks.at(-1) / (channels / perGroup),
    group = Math.floor(c / perGroup);
  return indicesOf(ks.slice(0, -2)).flatMap((a) => {
    const i = outputOf(p, a, ds.slice(1, -1), geometry);
    return i
      ? Array.from({ length: filters }, (_, f) =>
          term(
            gated(step, dy, flat([n, ...i, group * filters + f], ds)),
            gated(step, kernel, flat([...a, c % perGroup, group * filters + f], ks)),
          ),
        )
      : [];
  });
}

// dkernel[a, c, f] = Σ x[n, i · stride + a, c] · dy[n, i, f]
function convKernelTerms(step, x, dy, index, geometry, shape) {
  const xs = step.values[x.number].shape,
    ds = step.values[dy.number].shape,
    a = index.slice(0, -2),
    [c, f] = index.slice(-2);
  const group = Math.floor(f / (shape.at(-1) / (xs.at(-1) / shape.at(-2)))),
    terms = [];
  for (const [n, ...i] of indicesOf(ds.slice(0, -1))) {
    const p = positionOf(i, a, xs.slice(1, -1), geometry);
    if (p)
      terms.push(
        term(
          gated(step, x, flat([n, ...p, group * shape.at(-2) + c], xs)),
          gated(step, dy, flat([n, ...i, f], ds)),
        ),
      );
  }
  return terms;
}

RULES.Conv = (step, event, index) => ({
  formula: "y[n, i, f] = Σ x[n, i · stride + a, c] · w[a, c, f]",
  refs: [],
  terms: convTerms(
    step,
    { number: event.inputs[0], name: "x" },
    { number: event.inputs[1], name: "w" },
    index,
    event.settings.geometry,
  ),
});

RULES.ConvInputGrad = (step, event, index) => ({
  formula: "y[n, p, c] = Σ x[n, i, f] · w[a, c, f], over i · stride + a = p",
  refs: [],
  terms: convInputTerms(
    step,
    { number: event.inputs[0], name: "x" },
    { number: event.inputs[1], name: "w" },
    index,
    event.settings.geometry,
    step.values[event.outputs[0]].shape.at(-1),
  ),
});

const WINDOW_GRADIENTS = {
  Conv: (step, event, input, index, gate) => {
    const forward = forwardOf(step, event),
      dy = { number: dyOf(event), name: gate === undefined ? "dy" : "dz", gate },
      shape = step.values[event.outputs[input]].shape;
    return input === 0
      ? {
          formula: "dx[n, p, c] = Σ dy[n, i, f] · w[a, c, f], over i · stride + a = p",
          refs: [],
          terms: convInputTerms(
            step,
            dy,
            { number: forward.inputs[1], name: "w" },
            index,
            event.settings.geometry,
            shape.at(-1),
          ),
        }
      : {
          formula: "dw[a, c, f] = Σ x[n, i · stride + a, c] · dy[n, i, f]",
          refs: [],
          terms: convKernelTerms(
            step,
            { number: forward.inputs[0], name: "x" },
            dy,
            index,
            event.settings.geometry,
            shape,
          ),
        };
  },
  ConvInputGrad: (step, event, input, index, gate) => {
    const forward = forwardOf(step, event),
      dy = { number: dyOf(event), name: gate === undefined ? "dy" : "dz", gate },
      shape = step.values[event.outputs[input]].shape;
    return input === 0
      ? {
          formula: "dx[n, i, f] = Σ dy[n, i · stride + a, c] · w[a, c, f]",
          refs: [],
          terms: convTerms(
            step,
            dy,
            { number: forward.inputs[1], name: "w" },
            index,
            event.settings.geometry,
          ),
        }
      : {
          formula: "dw[a, c, f] = Σ dy[n, i · stride + a, c] · x[n, i, f]",
          refs: [],
          terms: convKernelTerms(
            step,
            dy,
            { number: forward.inputs[0], name: "x" },
            index,
            event.settings.geometry,
            shape,
          ),
        };
  },
};
Object.assign(GRADIENT_RULES, WINDOW_GRADIENTS);

// The elements in the window of one output of a pooling op.
function windowOf(step, event, number, index) {
  const shape = step.values[number].shape,
    [window, strides_, pads] = event.settings.geometry;
  return indicesOf(window)
    .map((a) => positionOf(index.slice(1, -1), a, shape.slice(1, -1), [strides_, pads]))
    .filter(Boolean)
    .map((p) => ref(step, number, flat([index[0], ...p, index.at(-1)], shape), "x"));
}

const greatest = (refs) => refs.reduce((best, r) => (r.x > best.x ? r : best));

RULES.MaxPool = (step, event, index, output) => {
  if (output) return null;
  const refs = windowOf(step, event, event.inputs[0], index),
    best = greatest(refs);
  return {
    formula: "y = max x in the window",
    refs: [best],
    terms: [],
    post: { text: `max(${refs.map((r) => num(r.x)).join(", ")})`, of: () => best.x },
  };
};

RULES.AveragePool = (step, event, index) => {
  const refs = windowOf(step, event, event.inputs[0], index),
    n = refs.length;
  return {
    formula: "y = Σ x / n in the window",
    refs: [],
    terms: refs.map((r) => term(r, constant(`1/${n}`, 1 / n))),
  };
};

// The outputs whose windows hold the element at `index`, as indices.
function windowsWith(step, event, index) {
  const [window, strides_, pads] = event.settings.geometry,
    outputs = step.values[dyOf(event)].shape.slice(1, -1);
  return indicesOf(window)
    .map((a) => outputOf(index.slice(1, -1), a, outputs, [strides_, pads]))
    .filter(Boolean)
    .map((i) => [index[0], ...i, index.at(-1)]);
}

GRADIENT_RULES.MaxPool = (step, event, input, index) => {
  const forward = forwardOf(step, event),
    dy = step.values[dyOf(event)],
    own = flat(index, step.values[forward.inputs[0]].shape);
  const won = windowsWith(step, event, index).filter(
    (i) => greatest(windowOf(step, forward, forward.inputs[0], i)).place === own,
  );
  return {
    formula: "dx = Σ dy of the windows in which x is the (first) largest",
    refs: [],
    terms: won.map((i) => term(ref(step, dy.number, flat(i, dy.shape), "dy"))),
  };
};

GRADIENT_RULES.AveragePool = (step, event, input, index) => {
  const forward = forwardOf(step, event),
    dy = step.values[dyOf(event)];
  return {
    formula: "dx = Σ dy / n of the windows that contain x",
    refs: [],
    terms: windowsWith(step, event, index).map((i) => {
      const n = windowOf(step, forward, forward.inputs[0], i).length;
      return term(ref(step, dy.number, flat(i, dy.shape), "dy"), constant(`1/${n}`, 1 / n));
    }),
  };
};
