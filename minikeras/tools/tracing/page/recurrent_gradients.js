// Gradients of recurrent loops: each a sum over steps and samples, or over what comes back from the next step.
//
// dz, the gradient of what goes into the gates, is kept; the gradients of the states between the steps are not, and are
// computed again here, from the last step to the first.

// { dh(b, t, unit), dc(…) }: gradients of the states after step t; t = −1 are those before the first step.
function statesBack(step, event, loop) {
  const forward = forwardOf(step, event),
    dz = step.values[event.outputs[0]],
    [dAll, dLast, dCell] = event.dys.map((n) => (n === null || n === undefined ? null : step.values[n]));
  const { steps, units, width, kind } = loop,
    kept = new Map();
  const dzAt = (b, t, column) => ref(step, dz.number, flat([b, loop.time(t), column], dz.shape), "dz");
  // What U multiplies: dz, but for the candidate of a GRU with `reset_after` r · dz.
  const dsum = (b, t, column) =>
    kind === "GRULoop" && loop.resetAfter && column >= 2 * units
      ? [dzAt(b, t, column), loop.gate(1, b, t, column - 2 * units)]
      : [dzAt(b, t, column)];
  const isBefore = kind === "GRULoop" && !loop.resetAfter; // the reset gate comes before the candidate's product
  const dhTerms = (b, t, unit) => {
    const terms = [],
      next = t + 1;
    if (dAll && t >= 0)
      terms.push(
        term(ref(step, dAll.number, flat([b, t, unit], dAll.shape), `dh of step ${t}, from later layers`)),
      );
    if (dLast && next === steps)
      terms.push(term(ref(step, dLast.number, flat([b, unit], dLast.shape), "dh of the last state")));
    if (next === steps) return terms;
    if (!loop.isKept(b, next))
      return [
        ...terms,
        {
          ...term(constant(`dh of step ${next}`, dh(b, next, unit))),
          label: `step ${next} is masked and passes it on`,
        },
      ];
    for (let column = 0; column < width; column++) {
      const reset = isBefore && column >= 2 * units ? [loop.gate(1, b, next, unit)] : [];
      terms.push(term(...dsum(b, next, column), loop.uAt(unit, column), ...reset));
    }
    if (kind === "GRULoop")
      terms.push(term(loop.gate(0, b, next, unit), constant(`dh of step ${next}`, dh(b, next, unit))));
    return terms;
  };
  const remembered = (name, compute) => (b, t, unit) => {
    const key = `${name} ${b} ${t} ${unit}`;
    if (!kept.has(key)) kept.set(key, compute(b, t, unit));
    return kept.get(key);
  };
  const dh = remembered("dh", (b, t, unit) => totalOf(dhTerms(b, t, unit)));
  // dh · o · φ'(c), and what comes from the next step: dc · f.
  const ownPart = (b, t, unit) => {
    const c = Math.tanh(loop.state("c", b, t, unit).x);
    return dh(b, t, unit) * loop.gate(3, b, t, unit).x * (1 - c * c);
  };
  const later = remembered("later", (b, t, unit) => {
    if (t + 1 === steps) return dCell ? recording.at(step, dCell.number, flat([b, unit], dCell.shape)) : 0;
    return loop.isKept(b, t + 1)
      ? dc(b, t + 1, unit) * loop.gate(1, b, t + 1, unit).x
      : later(b, t + 1, unit);
  });
  const dc = (b, t, unit) => ownPart(b, t, unit) + later(b, t, unit);
  return { dh, dc, dhTerms, ownPart, later, dzAt, dsum, forward };
}

// The factor that dh or dc is multiplied by to become dz of one gate, with its text and numbers.
function gateFactor(loop, which, b, t, unit) {
  const gate = loop.gate(which, b, t, unit),
    slope = (name) => (name === "tanh" ? 1 - gate.x * gate.x : gate.x * (1 - gate.x));
  if (loop.kind === "LSTMLoop") {
    const other = [
      () => loop.gate(2, b, t, unit),
      () => loop.before("c", b, t, unit),
      () => loop.gate(0, b, t, unit),
      () => loop.state("c", b, t, unit),
    ][which]();
    const value = which === 3 ? Math.tanh(other.x) : other.x;
    return {
      factor: value * slope(which === 2 ? "tanh" : "sigmoid"),
      refs: [gate, other],
      text: [
        "dc · g · i · (1 − i)",
        "dc · c before · f · (1 − f)",
        "dc · i · (1 − g²)",
        "dh · tanh(c) · o · (1 − o)",
      ][which],
    };
  }
  const [u, n] = [loop.gate(0, b, t, unit), loop.gate(2, b, t, unit)],
    before = loop.before("h", b, t, unit);
  if (which === 0)
    return {
      factor: (before.x - n.x) * slope("sigmoid"),
      refs: [u, n, before],
      text: "dh · (h before − n) · u · (1 − u)",
    };
  return { factor: (1 - u.x) * (1 - n.x * n.x), refs: [u, n], text: "dh · (1 − u) · (1 − n²)" };
}

const scaledBy = (factor, name, terms) =>
  terms.map((t) => ({ ...t, parts: [...t.parts, constant(name, factor)], x: t.x * factor }));

function loopGradientOfZ(step, event, loop, [b, at, column]) {
  const back = statesBack(step, event, loop),
    t = loop.time(at),
    { units } = loop,
    which = Math.floor(column / units),
    unit = column % units;
  if (!loop.isKept(b, t)) return { formula: "dz = 0, since the mask is False here", refs: [], terms: [] };
  if (loop.kind === "SimpleRNNLoop") {
    const y = loop.state("h", b, t, unit);
    return {
      formula: "dz = dh · (1 − h²), dh = dh from later layers + Σ dz of the next step · U",
      refs: [y],
      terms: scaledBy(1 - y.x * y.x, "1 − h²", back.dhTerms(b, t, unit)),
    };
  }
  if (loop.kind === "GRULoop" && which === 1) {
    const r = loop.gate(1, b, t, unit),
      slope = r.x * (1 - r.x);
    if (loop.resetAfter)
      return {
        formula: "dr = dn · inner · r · (1 − r)",
        refs: [r],
        terms: [
          term(back.dzAt(b, t, 2 * units + unit), loop.innerAt(b, t, unit), constant("r · (1 − r)", slope)),
        ],
      };
    const before = loop.before("h", b, t, unit);
    return {
      formula: "dr = (Σ dn · U) · h before · r · (1 − r)",
      refs: [r],
      terms: Array.from({ length: units }, (_, k) =>
        term(
          back.dzAt(b, t, 2 * units + k),
          loop.uAt(unit, 2 * units + k),
          before,
          constant("r · (1 − r)", slope),
        ),
      ),
    };
  }
  const { factor, refs, text } = gateFactor(loop, which, b, t, unit),
    name = "the gate's factor";
  if (loop.kind === "GRULoop" || which === 3)
    return {
      formula:
        `${loop.kind === "GRULoop" ? "un"[which / 2] : "o"}: dz = ${text}, ` +
        "dh = dh from later layers + dh from the next step",
      refs,
      terms: scaledBy(factor, name, back.dhTerms(b, t, unit)),
    };
  const c = Math.tanh(loop.state("c", b, t, unit).x),
    o = loop.gate(3, b, t, unit);
  const terms = [
    ...scaledBy(o.x * (1 - c * c), "o · (1 − tanh²(c))", back.dhTerms(b, t, unit)),
    { ...term(constant("dc of the later steps", back.later(b, t, unit))), label: "through c" },
  ];
  return {
    formula: `${"ifg"[which]}: dz = ${text}, dc = dh · o · (1 − tanh²(c)) + dc of the next step · its f`,
    refs: [...refs, o],
    terms: scaledBy(factor, name, terms),
  };
}

// dU: a term for each step of each sample.
function loopGradientOfU(step, event, loop, [unit, column]) {
  const back = statesBack(step, event, loop),
    isBefore = loop.kind === "GRULoop" && !loop.resetAfter && column >= 2 * loop.units,
    terms = [];
  for (let b = 0; b < loop.z.shape[0]; b++)
    for (let t = 0; t < loop.steps; t++) {
      if (!loop.isKept(b, t)) continue;
      const state = isBefore ? loop.innerAt(b, t, unit) : loop.before("h", b, t, unit);
      terms.push({ ...term(state, ...back.dsum(b, t, column)), label: `sample ${b}, step ${t}` });
    }
  const reset = loop.resetAfter && column >= 2 * loop.units ? " · r" : "";
  return {
    formula: `dU = Σ over samples and steps of ${isBefore ? "r · h before" : "h before"} · dz${reset}`,
    refs: [],
    terms,
  };
}

function loopGradientOfBias(step, event, loop, [column]) {
  const back = statesBack(step, event, loop),
    terms = [];
  for (let b = 0; b < loop.z.shape[0]; b++)
    for (let t = 0; t < loop.steps; t++)
      if (loop.isKept(b, t))
        terms.push({ ...term(...back.dsum(b, t, column)), label: `sample ${b}, step ${t}` });
  return {
    formula: `db = Σ over samples and steps of dz${loop.resetAfter && column >= 2 * loop.units ? " · r" : ""}`,
    refs: [],
    terms,
  };
}

function loopGradient(step, event, input, index) {
  const forward = forwardOf(step, event),
    loop = loopOf(step, forward),
    name = forward.settings.given[input - 2];
  if (!loop || (event.outputs[0] ?? null) === null) return null;
  if (input === 0) return loopGradientOfZ(step, event, loop, index);
  if (input === 1) return loopGradientOfU(step, event, loop, index);
  if (name === "bias") return loopGradientOfBias(step, event, loop, index);
  const back = statesBack(step, event, loop),
    [b, unit] = index;
  if (name === "h")
    return {
      formula: "dh before the first step = Σ dz of the first step · U",
      refs: [],
      terms: back.dhTerms(b, -1, unit),
    };
  if (name === "c")
    return {
      formula: "dc before the first step = dc of the first step · its f",
      refs: [loop.gate(1, b, 0, unit)],
      terms: [{ ...term(constant("dc · f", back.later(b, -1, unit))), label: "through c" }],
    };
  return null;
}

for (const name of ["LSTMLoop", "GRULoop", "SimpleRNNLoop"]) GRADIENT_RULES[name] = loopGradient;
