// Ops that select elements: the greater or smaller of two, one of two by a condition; and those that only move them.

const greater = (sign) => (step, event, index) => {
  const [a, b] = [0, 1].map((i) => {
    const input = inputOf(step, event, i);
    return partOf(step, input, broadcastPlace(index, input.shape), "ab"[i]);
  });
  const chosen = sign * a.x >= sign * b.x ? a : b;
  return { formula: `y = ${sign > 0 ? "max" : "min"}(a, b)`, refs: [a, b], terms: [term(chosen)] };
};
RULES.Maximum = greater(1);
RULES.Minimum = greater(-1);

const greaterGradient = (sign) => (step, event, input, index) => {
  const forward = forwardOf(step, event),
    shape = step.values[event.outputs[input]].shape,
    result = step.values[forward.outputs[0]].shape;
  const inputs = [0, 1].map((i) => inputOf(step, forward, i));
  const won = spreadPlaces(index, shape, result).filter((place) => {
    const [a, b] = inputs.map((x) => partOf(step, x, broadcastPlace(unflat(place, result), x.shape), "").x);
    return sign * a >= sign * b === (input === 0);
  });
  return {
    formula: "dx = Σ dy where this one was chosen",
    refs: [],
    terms: won.map((place) => term(ref(step, dyOf(event), place, "dy"))),
  };
};
GRADIENT_RULES.Maximum = greaterGradient(1);
GRADIENT_RULES.Minimum = greaterGradient(-1);

RULES.Where = (step, event, index) => {
  const [condition, a, b] = [0, 1, 2].map((i) => {
    const input = inputOf(step, event, i);
    return partOf(step, input, broadcastPlace(index, input.shape), ["condition", "a", "b"][i]);
  });
  return {
    formula: "y = a where the condition is true, else b",
    refs: [condition],
    terms: [term(condition.x ? a : b)],
  };
};

GRADIENT_RULES.Where = (step, event, input, index) => {
  const forward = forwardOf(step, event),
    condition = inputOf(step, forward, 0),
    result = step.values[forward.outputs[0]].shape;
  const chosen = spreadPlaces(index, step.values[event.outputs[input]].shape, result).filter(
    (place) =>
      Boolean(partOf(step, condition, broadcastPlace(unflat(place, result), condition.shape), "").x) ===
      (input === 1),
  );
  return {
    formula: "dx = Σ dy where this one was chosen",
    refs: [],
    terms: chosen.map((place) => term(ref(step, dyOf(event), place, "dy"))),
  };
};

RULES.Clip = (step, event, index) => {
  const { x_min, x_max } = event.settings,
    x = partOf(step, inputOf(step, event, 0), flat(index, step.values[event.outputs[0]].shape), "x");
  if (typeof x_min !== "number" || typeof x_max !== "number") return null;
  return {
    formula: "y = min(max(x, x_min), x_max)",
    refs: [x],
    terms: [],
    post: {
      text: `${num(x.x)} within ${num(x_min)} … ${num(x_max)}`,
      of: () => Math.min(Math.max(x.x, x_min), x_max),
    },
  };
};

GRADIENT_RULES.Clip = (step, event, input, index) => {
  const { x_min, x_max } = event.settings,
    forward = forwardOf(step, event),
    place = flat(index, step.values[event.outputs[0]].shape),
    x = ref(step, forward.inputs[0], place, "x");
  if (typeof x_min !== "number" || typeof x_max !== "number") return null;
  return {
    formula: "dx = dy where x_min ≤ x ≤ x_max",
    refs: [x],
    terms: x.x >= x_min && x.x <= x_max ? [term(ref(step, dyOf(event), place, "dy"))] : [],
  };
};

RULES.Stack = (step, event, index) => {
  const axis = (event.settings.axis + index.length) % index.length,
    number = event.inputs[index[axis]];
  return same(
    step,
    number,
    flat(
      index.filter((_, a) => a !== axis),
      step.values[number].shape,
    ),
    "y = the inputs along a new axis",
  );
};

GRADIENT_RULES.Stack = (step, event, input, index) => {
  const dy = step.values[dyOf(event)],
    axis = (event.settings.axis + dy.shape.length) % dy.shape.length;
  return same(
    step,
    dy.number,
    flat([...index.slice(0, axis), input, ...index.slice(axis)], dy.shape),
    "dx = its slice of dy",
  );
};

// --- ops that only move elements: `event.sources` has the place in the input of each element of the outputs ---

const sourcesOf = (event, output) => {
  const found = event.sources?.[output];
  return found && new Int32Array(recording.buffer, found.at, found.count);
};

function movedElement(step, event, index, output) {
  const sources = sourcesOf(event, output);
  return sources
    ? same(
        step,
        event.inputs[0],
        sources[flat(index, step.values[event.outputs[output]].shape)],
        "y = an element of x at another position",
      )
    : null;
}

function movedGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    place = flat(index, step.values[event.outputs[input]].shape),
    terms = [];
  if (!forward.sources) return null;
  event.dys.forEach((dy, output) => {
    if (dy === null || dy === undefined) return;
    sourcesOf(forward, output).forEach((source, i) => {
      if (source === place) terms.push(term(ref(step, dy, i, "dy")));
    });
  });
  return { formula: "dx = Σ dy of the positions to which the element was moved", refs: [], terms };
}
