// Elements of recurrent loops, which are one op for all steps: states from gates, gates from the states before.
//
// States h and c are in the order of the steps; gates, z and the mask in the order of time, which runs backward if the
// loop does.

// What the rules need of a loop's forward pass; null if it has something that they do not take apart: dropout inside
// of the loop, or other functions than tanh and sigmoid.
function loopOf(step, event) {
  const {
    given,
    activation,
    recurrent_activation: recurrent = "sigmoid",
    reverse,
    reset_after: resetAfter,
  } = event.settings;
  if (given.includes("dropout") || activation !== "tanh" || recurrent !== "sigmoid") return null;
  const kind = event.name,
    input = (name) => (given.includes(name) ? step.values[event.inputs[2 + given.indexOf(name)]] : null);
  const outputs = event.outputs.map((n) => step.values[n]),
    [z, u] = [0, 1].map((i) => inputOf(step, event, i)),
    [, steps, units] = outputs[0].shape;
  const mask = input("mask"),
    time = (t) => (reverse ? steps - 1 - t : t);
  const states = { h: outputs[0], c: kind === "LSTMLoop" ? outputs[3] : null },
    gates = { LSTMLoop: outputs[4], GRULoop: outputs[2] }[kind];
  const firsts = { h: input("h"), c: input("c") };
  return {
    kind,
    z,
    u,
    steps,
    units,
    time,
    resetAfter,
    gates,
    width: z.shape[2],
    bias: input("bias"),
    inner: kind === "GRULoop" ? outputs[3] : null,
    isKept: (b, t) => !mask || recording.at(step, mask.number, flat([b, time(t)], mask.shape)) !== 0,
    state: (name, b, t, unit, label = name) =>
      ref(step, states[name].number, flat([b, t, unit], states[name].shape), label),
    // A state after the step before: the given one, or 0, before the first.
    before: (name, b, t, unit) =>
      t
        ? ref(step, states[name].number, flat([b, t - 1, unit], states[name].shape), `${name} before`)
        : firsts[name]
          ? ref(step, firsts[name].number, flat([b, unit], firsts[name].shape), `first ${name}`)
          : constant(`${name} before (0 at first)`, 0),
    gate: (g, b, t, unit) =>
      ref(
        step,
        gates.number,
        flat([b, time(t), g * units + unit], gates.shape),
        { LSTMLoop: "ifgo", GRULoop: "urn" }[kind][g],
      ),
    innerAt: (b, t, unit) =>
      ref(
        step,
        outputs[3].number,
        flat([b, time(t), unit], outputs[3].shape),
        resetAfter ? "inner" : "r · h before",
      ),
    zAt: (b, t, column) => ref(step, z.number, flat([b, time(t), column], z.shape), "z"),
    uAt: (unit, column) => ref(step, u.number, flat([unit, column], u.shape), "U"),
  };
}

// z + Σ h before · U, for one column of U.
function recurrentSum(loop, b, t, column) {
  return [
    term(loop.zAt(b, t, column)),
    ...Array.from({ length: loop.units }, (_, k) => term(loop.before("h", b, t, k), loop.uAt(k, column))),
  ];
}

const passedOn = (loop, name, b, t, unit) => ({
  formula: `${name} = ${name} before, since the mask is False here`,
  refs: [],
  terms: [term(loop.before(name, b, t, unit))],
});
const MASKED = { note: "A step that the mask leaves out: its gates have no effect." };
const lastState = (step, loop, name, index) =>
  same(
    step,
    loop.state(name, index[0], loop.steps - 1, index[1]).number,
    loop.state(name, index[0], loop.steps - 1, index[1]).place,
    "the state after the last step",
  );
const through = (f, of) => ({ text: `${f}(Σ)`, of });

RULES.LSTMLoop = (step, event, index, output) => {
  const loop = loopOf(step, event);
  if (!loop) return null;
  if (output === 1 || output === 2) return lastState(step, loop, output === 1 ? "h" : "c", index);
  const [b, at, unit] = index,
    t = output === 4 ? loop.time(at) : at,
    isKept = loop.isKept(b, t);
  if (!isKept) return output === 4 ? MASKED : passedOn(loop, output ? "c" : "h", b, t, unit);
  if (output === 0) {
    const [o, cell] = [loop.gate(3, b, t, unit), loop.state("c", b, t, unit)];
    return {
      formula: "h = o · tanh(c)",
      refs: [o, cell],
      terms: [],
      post: { text: `${num(o.x)} · tanh(${num(cell.x)})`, of: () => o.x * Math.tanh(cell.x) },
    };
  }
  if (output === 3)
    return {
      formula: "c = f · c before + i · g",
      refs: [],
      terms: [
        term(loop.gate(1, b, t, unit), loop.before("c", b, t, unit)),
        term(loop.gate(0, b, t, unit), loop.gate(2, b, t, unit)),
      ],
    };
  const which = Math.floor(unit / loop.units),
    f = which === 2 ? "tanh" : "sigmoid";
  return {
    formula: `${"ifgo"[which]} = ${f}(z + Σ h before · U)`,
    refs: [],
    terms: recurrentSum(loop, b, t, unit),
    post: through(f, which === 2 ? Math.tanh : sigmoid),
  };
};

RULES.GRULoop = (step, event, index, output) => {
  const loop = loopOf(step, event);
  if (!loop) return null;
  if (output === 1) return lastState(step, loop, "h", index);
  const { units } = loop,
    [b, at, unit] = index,
    t = output === 0 ? at : loop.time(at);
  if (!loop.isKept(b, t)) return output === 0 ? passedOn(loop, "h", b, t, unit) : MASKED;
  const bias = (column) => (loop.bias ? [term(ref(step, loop.bias.number, column, "b"))] : []);
  if (output === 0) {
    const [u, n] = [loop.gate(0, b, t, unit), loop.gate(2, b, t, unit)];
    return {
      formula: "h = u · h before + (1 − u) · n",
      refs: [u],
      terms: [term(u, loop.before("h", b, t, unit)), term(constant("1 − u", 1 - u.x), n)],
    };
  }
  if (output === 3 && !loop.resetAfter)
    return {
      formula: "r · h before",
      refs: [],
      terms: [term(loop.gate(1, b, t, unit), loop.before("h", b, t, unit))],
    };
  if (output === 3)
    return {
      formula: "inner = Σ h before · U + b, the part of the candidate",
      refs: [],
      terms: [...recurrentSum(loop, b, t, 2 * units + unit).slice(1), ...bias(2 * units + unit)],
    };
  const which = Math.floor(unit / units),
    own = unit - 2 * units;
  if (which < 2)
    return {
      formula: `${"ur"[which]} = sigmoid(z + Σ h before · U + b)`,
      refs: [],
      terms: [...recurrentSum(loop, b, t, unit), ...bias(unit)],
      post: through("sigmoid", sigmoid),
    };
  const first = term(loop.zAt(b, t, unit));
  if (loop.resetAfter)
    return {
      formula: "n = tanh(z + r · inner)",
      refs: [],
      terms: [first, term(loop.gate(1, b, t, own), loop.innerAt(b, t, own))],
      post: through("tanh", Math.tanh),
    };
  return {
    formula: "n = tanh(z + Σ r · h before · U + b)",
    refs: [],
    terms: [
      first,
      ...Array.from({ length: units }, (_, k) => term(loop.innerAt(b, t, k), loop.uAt(k, unit))),
      ...bias(unit),
    ],
    post: through("tanh", Math.tanh),
  };
};

RULES.SimpleRNNLoop = (step, event, index, output) => {
  const loop = loopOf(step, event);
  if (!loop) return null;
  if (output === 1) return lastState(step, loop, "h", index);
  const [b, t, unit] = index;
  if (!loop.isKept(b, t)) return passedOn(loop, "h", b, t, unit);
  return {
    formula: "h = tanh(z + Σ h before · U)",
    refs: [],
    terms: recurrentSum(loop, b, t, unit),
    post: through("tanh", Math.tanh),
  };
};
