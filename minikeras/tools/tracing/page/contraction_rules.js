// Sums of products: matrix products, einsum, convolutions as far as they are products, with bias and relu.

// Σ over all labels that are not fixed, of the product of operands { number, labels, name, gate }. An operand with a
// `gate` counts where the element of that array in the same place is positive.
function contraction(step, operands, target, index, shape) {
  const sizes = {};
  for (const { number, labels } of operands)
    labels.forEach((l, axis) => {
      sizes[l] = Math.max(sizes[l] ?? 1, step.values[number].shape[axis]);
    });
  const at = {};
  target.forEach((l, axis) => {
    if (shape[axis] === (sizes[l] ?? shape[axis])) at[l] = index[axis];
  });
  const free = Object.keys(sizes).filter((l) => at[l] === undefined);
  const terms = [];
  const walk = (depth) => {
    if (depth < free.length) {
      for (let i = 0; i < sizes[free[depth]]; i++) {
        at[free[depth]] = i;
        walk(depth + 1);
      }
      delete at[free[depth]];
      return;
    }
    terms.push(
      term(
        ...operands.map((operand) =>
          gated(step, operand, placeOf(step.values[operand.number].shape, operand.labels, at)),
        ),
      ),
    );
  };
  walk(0);
  return terms;
}

const placeOf = (shape, labels, at) =>
  flat(
    labels.map((l, axis) => (shape[axis] === 1 ? 0 : at[l])),
    shape,
  );

function gated(step, operand, place) {
  const part = ref(step, operand.number, place, operand.name);
  if (operand.gate !== undefined && !(recording.at(step, operand.gate, place) > 0)) {
    part.x = 0;
    part.note = "0, since relu's output is 0 there";
  }
  return part;
}

// Labels of the axes of x1, x2 and the result of a matrix product.
function matmulLabels(s1, s2) {
  const stack = Math.max(s1.length, s2.length, 2) - 2;
  const batch = (shape) =>
    Array.from({ length: Math.max(0, shape.length - 2) }, (_, i) => `b${stack - shape.length + 2 + i}`);
  const l1 = s1.length === 1 ? ["k"] : [...batch(s1), "m", "k"],
    l2 = s2.length === 1 ? ["k"] : [...batch(s2), "k", "n"];
  const all = Array.from({ length: stack }, (_, i) => `b${i}`);
  return [l1, l2, [...all, ...(s1.length === 1 ? [] : ["m"]), ...(s2.length === 1 ? [] : ["n"])]];
}

// The labels [input, input, output] of an op that is a contraction; null for others.
function contractionLabels(step, event) {
  const name = event.settings.product?.op ?? event.name;
  const shapes = event.inputs.slice(0, 2).map((v) => step.values[v]?.shape);
  if (name === "Matmul") return matmulLabels(...shapes);
  const labels =
    event.settings.labels ??
    (event.name === "Contraction" ? [...event.settings.input_labels, event.settings.output_labels] : null);
  return labels && labels.map((axes) => axes.map((l) => `l${l}`));
}

function contractionRule(step, event, index) {
  const labels = contractionLabels(step, event),
    value = step.values[event.outputs[0]];
  const operands = event.inputs
    .slice(0, 2)
    .map((number, i) => ({ number, labels: labels[i], name: "xw"[i] }));
  const used = event.inputs.length === 1 || labels.length === 2 ? operands.slice(0, 1) : operands;
  return {
    formula: `y${letters(labels.at(-1))} = Σ ${used.map((o) => o.name + letters(o.labels)).join(" · ")}`,
    terms: contraction(step, used, labels.at(-1), index, value.shape),
    refs: [],
  };
}

const letters = (labels) =>
  `[${labels.map((l) => l.replace(/^l(\d+)$/, (_, n) => "ijklmnopq"[n] ?? `l${n}`)).join(", ")}]`;

function epilogueRule(step, event, index) {
  const inner = {
    ...event,
    name: event.settings.product.op,
    settings: {
      ...event.settings.product,
      labels: event.settings.labels,
      geometry: event.settings.product.geometry ?? event.settings.geometry,
    },
  };
  const rule =
    inner.name === "Matmul" ? contractionRule(step, inner, index) : RULES[inner.name](step, inner, index);
  const bias = ref(step, event.inputs[2], index.at(-1), "b");
  rule.terms.push(term(bias));
  rule.formula += " + b";
  if (event.settings.relu) {
    rule.formula = rule.formula.replace("= ", "= max(0, ") + ")";
    rule.post = { text: "max(0, Σ)", of: (total) => Math.max(0, total) };
  }
  return rule;
}
