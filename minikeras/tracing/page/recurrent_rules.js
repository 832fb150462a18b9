// Elements of recurrent loops, which are one op for all steps: states from gates, gates from the states before.

const isUsual = (settings, given) => settings.given.every((name) => given.includes(name)) && settings.activation === "tanh" && (settings.recurrent_activation ?? "sigmoid") === "sigmoid";

// An element of a state after the step before; 0 before the first.
const stateBefore = (step, state, [b, t], unit, name) => (t ? ref(step, state.number, flat([b, t - 1, unit], state.shape), name) : constant(`${name} (0 at first)`, 0));

// z + Σ h before · U, for one column of U.
function recurrentSum(step, event, h, [b, t], column, time) {
  const z = inputOf(step, event, 0), u = inputOf(step, event, 1);
  const terms = [term(ref(step, z.number, flat([b, time, column], z.shape), "z"))];
  for (let k = 0; k < h.shape[2]; k++) terms.push(term(stateBefore(step, h, [b, t], k, "h before"), ref(step, u.number, flat([k, column], u.shape), "U")));
  return terms;
}

RULES.LSTMLoop = (step, event, index, output) => {
  if (!isUsual(event.settings, [])) return null;
  const [h, , , c, gates] = event.outputs.map((n) => step.values[n]), [, steps, units] = h.shape;
  if (output === 1 || output === 2) return same(step, (output === 1 ? h : c).number, flat([index[0], steps - 1, index[1]], h.shape), "the state after the last step");
  const [b, t, unit] = index, gate = (g) => ref(step, gates.number, flat([b, t, g * units + unit], gates.shape), ["i", "f", "g", "o"][g]);
  if (output === 0) {
    const [o, cell] = [gate(3), ref(step, c.number, flat(index, c.shape), "c")];
    return { formula: "h = o · tanh(c)", refs: [o, cell], terms: [], post: { text: `${num(o.x)} · tanh(${num(cell.x)})`, of: () => o.x * Math.tanh(cell.x) } };
  }
  if (output === 3) return { formula: "c = f · c before + i · g", refs: [], terms: [term(gate(1), stateBefore(step, c, index, unit, "c before")), term(gate(0), gate(2))] };
  const which = Math.floor(unit / units), f = which === 2 ? "tanh" : "sigmoid";
  return { formula: `${["i", "f", "g", "o"][which]} = ${f}(z + Σ h before · U)`, refs: [], terms: recurrentSum(step, event, h, index, unit, event.settings.reverse ? steps - 1 - t : t),
    post: { text: `${f}(Σ)`, of: which === 2 ? Math.tanh : sigmoid } };
};

RULES.GRULoop = (step, event, index, output) => {
  const { settings } = event;
  if (!isUsual(settings, ["bias"]) || settings.reverse) return null;
  const [h, , gates, inner] = event.outputs.map((n) => step.values[n]), [, steps, units] = h.shape;
  if (output === 1) return same(step, h.number, flat([index[0], steps - 1, index[1]], h.shape), "the state after the last step");
  const [b, t, unit] = index, gate = (g, k) => ref(step, gates.number, flat([b, t, g * units + k], gates.shape), ["u", "r", "n"][g]);
  const bias = (column) => (settings.given.includes("bias") ? [term(ref(step, event.inputs[2], column, "b"))] : []);
  if (output === 0) {
    const [u, n] = [gate(0, unit), gate(2, unit)];
    return { formula: "h = u · h before + (1 − u) · n", refs: [u], terms: [term(u, stateBefore(step, h, index, unit, "h before")), term(constant("1 − u", 1 - u.x), n)] };
  }
  if (output === 3 && !settings.reset_after) return { formula: "r · h before", refs: [], terms: [term(gate(1, unit), stateBefore(step, h, index, unit, "h before"))] };
  if (output === 3) return { formula: "inner = Σ h before · U + b, the part of the candidate", refs: [], terms: [...recurrentSum(step, event, h, index, 2 * units + unit, t).slice(1), ...bias(2 * units + unit)] };
  const which = Math.floor(unit / units), name = ["u", "r", "n"][which];
  if (which < 2) return { formula: `${name} = sigmoid(z + Σ h before · U + b)`, refs: [], terms: [...recurrentSum(step, event, h, index, unit, t), ...bias(unit)], post: { text: "sigmoid(Σ)", of: sigmoid } };
  const own = unit - 2 * units, z = inputOf(step, event, 0), first = term(ref(step, z.number, flat([b, t, unit], z.shape), "z"));
  const inside = (k) => ref(step, inner.number, flat([b, t, k], inner.shape), "inner");
  if (settings.reset_after) return { formula: "n = tanh(z + r · inner)", refs: [], terms: [first, term(gate(1, own), inside(own))], post: { text: "tanh(Σ)", of: Math.tanh } };
  const u = inputOf(step, event, 1);
  return { formula: "n = tanh(z + Σ r · h before · U)", refs: [], terms: [first, ...Array.from({ length: units }, (_, k) => term(inside(k), ref(step, u.number, flat([k, unit], u.shape), "U")))], post: { text: "tanh(Σ)", of: Math.tanh } };
};

RULES.SimpleRNNLoop = (step, event, index, output) => {
  if (!isUsual(event.settings, [])) return null;
  const h = step.values[event.outputs[0]], steps = h.shape[1];
  if (output === 1) return same(step, h.number, flat([index[0], steps - 1, index[1]], h.shape), "the state after the last step");
  return { formula: "h = tanh(z + Σ h before · U)", refs: [], terms: recurrentSum(step, event, h, index, index[2], event.settings.reverse ? steps - 1 - index[1] : index[1]), post: { text: "tanh(Σ)", of: Math.tanh } };
};
