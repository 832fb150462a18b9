// Where one element of a weight, or of an optimizer's slot, comes from when an optimizer has changed it.

const before_ = (step, weight, place, name = "before") => ref(step, weight.before, place, name);
const after_ = (step, weight, place, name) => ref(step, weight.after ?? weight.before, place, name);

// The record of a slot ("momentum", "velocity") that an optimizer holds for a weight; undefined if it has none.
const slotOf = (step, weight, kind) => step.weights.find((other) => other.path.endsWith(`/${weight.path.replaceAll("/", "_")}_${kind}`));

// How many updates there have been, this one included.
function updatesSoFar(step) {
  const iteration = step.weights.find((weight) => weight.path.endsWith("/iteration"));
  return iteration ? after_(step, iteration, 0).x : NaN;
}

// after = before − …, of weights; from the settings of the optimizer, its learning rate and the gradient.
const UPDATE_RULES = {
  SGD: (step, weight, place, { config, rate, gradient }) => {
    const velocity = config.momentum ? slotOf(step, weight, "momentum") : null;
    if (config.nesterov) return null;
    if (!velocity) return { formula: "after = before − lr · gradient", terms: [term(before_(step, weight, place)), term(constant("−lr", -rate), gradient)] };
    return { formula: "after = before + momentum, which is momentum before · decay − lr · gradient", terms: [term(before_(step, weight, place)), term(after_(step, velocity, place, "momentum"))] };
  },
  Adam: (step, weight, place, { config, rate }) => {
    const [m, v] = ["momentum", "velocity"].map((kind) => slotOf(step, weight, kind)), t = updatesSoFar(step);
    if (!m || !v || config.amsgrad) return null;
    const alpha = (rate * Math.sqrt(1 - config.beta_2 ** t)) / (1 - config.beta_1 ** t), second = after_(step, v, place, "v");
    const decay = config.weight_decay ? [term(constant("−lr · weight decay", -rate * config.weight_decay), before_(step, weight, place))] : [];
    return { formula: "after = before − α · m / (√v + ε), α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)", refs: [second, constant("α", alpha), constant("t", t)],
      terms: [term(before_(step, weight, place)), ...decay, term(constant("−α / (√v + ε)", -alpha / (Math.sqrt(second.x) + config.epsilon)), after_(step, m, place, "m"))] };
  },
  RMSprop: (step, weight, place, { config, rate, gradient }) => {
    const v = slotOf(step, weight, "velocity");
    if (!v || config.centered || config.momentum) return null;
    const second = after_(step, v, place, "v");
    return { formula: "after = before − lr · gradient / √(v + ε)", refs: [second], terms: [term(before_(step, weight, place)), term(constant("−lr / √(v + ε)", -rate / Math.sqrt(second.x + config.epsilon)), gradient)] };
  },
};
UPDATE_RULES.AdamW = UPDATE_RULES.Adam;

// The same for slots, from their value before and the gradient g.
const SLOT_RULES = {
  SGD: { momentum: ({ config, rate }, m, g) => ["m = decay · m before − lr · g", [term(constant("decay", config.momentum), m), term(constant("−lr", -rate), g)]] },
  Adam: {
    momentum: ({ config }, m, g) => ["m = β₁ · m before + (1 − β₁) · g", [term(constant("β₁", config.beta_1), m), term(constant("1 − β₁", 1 - config.beta_1), g)]],
    velocity: ({ config }, v, g) => ["v = β₂ · v before + (1 − β₂) · g²", [term(constant("β₂", config.beta_2), v), term(constant("1 − β₂", 1 - config.beta_2), g, g)]],
  },
  RMSprop: { velocity: ({ config }, v, g) => ["v = ρ · v before + (1 − ρ) · g²", [term(constant("ρ", config.rho), v), term(constant("1 − ρ", 1 - config.rho), g, g)]] },
};
SLOT_RULES.AdamW = SLOT_RULES.Adam;

// A weight or slot: as it was read, or as an optimizer left it.
function weightOrigin(step, value, place) {
  const changed = step.weights.find((weight) => weight.after === value.number);
  if (!changed) return { note: "A weight, as it was before this step." };
  const updates = step.events.filter((event) => event.kind === "update");
  const rule = updates.length === 1 ? updateOf(step, changed, updates[0], place) : null;
  if (rule && Math.abs(totalOf(rule.terms) - recording.at(step, value.number, place)) <= 1e-5 * rule.terms.reduce((sum, t) => sum + Math.abs(t.x), 0)) return rule;
  const before = before_(step, changed, place);
  if (changed.gradient === null) return { note: "Changed in this step without a gradient, as moving averages and seeds are.", refs: [before] };
  const change = recording.at(step, changed.after, place) - before.x, name = updates.map((event) => event.name).join(" and ");
  return { formula: `after = before + update by ${name}`, refs: [ref(step, changed.gradient, place, "gradient")], terms: [term(before), term(constant(`update by ${name}`, change))] };
}

function updateOf(step, changed, update, place) {
  const about = { config: update.details.config, rate: update.details.learning_rate };
  if (changed.gradient !== null) return UPDATE_RULES[update.name]?.(step, changed, place, { ...about, gradient: ref(step, changed.gradient, place, "gradient") }) ?? null;
  for (const [kind, rule] of Object.entries(SLOT_RULES[update.name] ?? {})) {
    const weight = step.weights.find((other) => other.gradient !== null && slotOf(step, other, kind) === changed);
    if (!weight) continue;
    const [formula, terms] = rule(about, before_(step, changed, place), ref(step, weight.gradient, place, "g"));
    return { formula, terms };
  }
  return null;
}
