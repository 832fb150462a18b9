// Where one element of a weight, or of an optimizer's slot, comes from when an optimizer has changed it.

const before_ = (step, weight, place, name = "before") => ref(step, weight.before, place, name);
const after_ = (step, weight, place, name) => ref(step, weight.after ?? weight.before, place, name);

// The record of a slot ("momentum", "velocity") that an optimizer holds for a weight; undefined if it has none.
const slotOf = (step, weight, kind) =>
  step.weights.find((other) => other.path.endsWith(`/${weight.path.replaceAll("/", "_")}_${kind}`));

// How many updates there have been, this one included.
function updatesSoFar(step) {
  const iteration = step.weights.find((weight) => weight.path.endsWith("/iteration"));
  return iteration ? after_(step, iteration, 0).x : NaN;
}

// What rules get: settings, learning rate, number t of the update, gradient g, weight w, its slots before and after.
function updateAbout(step, weight, update, place) {
  const slot = (kind, at, name) => {
    const record = slotOf(step, weight, kind);
    return record && at(step, record, place, name);
  };
  return {
    step,
    weight,
    place,
    config: update.details.config,
    lr: update.details.learning_rate,
    t: updatesSoFar(step),
    g: ref(step, weight.gradient, place, "g"),
    w: before_(step, weight, place, "w"),
    old: (kind, name = kind) => slot(kind, before_, `${name} before`),
    now: (kind, name = kind) => slot(kind, after_, name),
    all: (number) => recording.elements(step, number),
  };
}

const norm = (xs) => Math.sqrt(xs.reduce((total, x) => total + x * x, 0));
const meanSize = (xs) => norm(xs) / Math.sqrt(xs.length); // root mean square
const corrected = (beta, t) => 1 - beta ** t;
const nadamMu = (beta, t) => beta * (1 - 0.5 * 0.96 ** t);
const nadamProduct = (beta, t) => {
  let product = 1;
  for (let i = 1; i <= t; i++) product *= nadamMu(beta, i);
  return product;
};

// α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ), and the step of Adam.
function adamStep(a, beta1, beta2, lr = a.lr) {
  const [m, v] = [a.now("momentum", "m"), a.now(a.config.amsgrad ? "velocity_hat" : "velocity", "v")];
  if (!m || !v) return null;
  const alpha = (lr * Math.sqrt(corrected(beta2, a.t))) / corrected(beta1, a.t);
  return {
    formula: "after = w − α · m / (√v + ε), α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)",
    refs: [v, constant("α", alpha), constant("t", a.t)],
    terms: [term(constant("−α / (√v + ε)", -alpha / (Math.sqrt(v.x) + a.config.epsilon)), m)],
  };
}

const step_ = (formula, refs, ...terms) => ({ formula, refs, terms });

// What is added to w, and to −lr · weight decay · w. null where there is no rule for the settings.
const UPDATE_RULES = {
  SGD: (a) => {
    const m = a.config.momentum ? a.now("momentum", "m") : null,
      own = term(constant("−lr", -a.lr), a.g);
    if (!m) return step_("after = w − lr · g", [], own);
    return a.config.nesterov
      ? step_("after = w + momentum · m − lr · g", [], term(constant("momentum", a.config.momentum), m), own)
      : step_("after = w + m", [], term(m));
  },
  Adam: (a) => adamStep(a, a.config.beta_1, a.config.beta_2),
  Nadam: (a) => {
    const { beta_1: b1, beta_2: b2, epsilon } = a.config,
      { t } = a,
      [m, v] = [a.now("momentum", "m"), a.now("velocity", "v")],
      product = nadamProduct(b1, t);
    const root = Math.sqrt(v.x / corrected(b2, t)) + epsilon,
      forM = (-a.lr * nadamMu(b1, t + 1)) / (1 - product * nadamMu(b1, t + 1)) / root,
      forG = (-a.lr * (1 - nadamMu(b1, t))) / (1 - product) / root;
    return step_(
      "after = w − lr · (μₜ₊₁ · m / (1 − Πₜ₊₁) + (1 − μₜ) · g / (1 − Πₜ)) / (√(v / (1 − β₂ᵗ)) + ε), " +
        "μₜ = β₁ · (1 − 0.96ᵗ / 2), Πₜ = μ₁ · … · μₜ",
      [v, constant("t", t)],
      term(constant("factor of m", forM), m),
      term(constant("factor of g", forG), a.g),
    );
  },
  Adamax: (a) => {
    const [m, u] = [a.now("momentum", "m"), a.now("norm", "u")];
    return step_(
      "after = w − lr · m / ((1 − β₁ᵗ) · (u + ε))",
      [u, constant("t", a.t)],
      term(
        constant(
          "−lr / ((1 − β₁ᵗ) · (u + ε))",
          -a.lr / (corrected(a.config.beta_1, a.t) * (u.x + a.config.epsilon)),
        ),
        m,
      ),
    );
  },
  Adagrad: (a) => {
    const sum = a.now("accumulator", "a");
    return step_(
      "after = w − lr · g / √(a + ε)",
      [sum],
      term(constant("−lr / √(a + ε)", -a.lr / Math.sqrt(sum.x + a.config.epsilon)), a.g),
    );
  },
  Adadelta: (a) => {
    const [sum, moved] = [a.now("accumulated_grad", "a"), a.old("accumulated_delta_var", "b")],
      factor = Math.sqrt(moved.x + a.config.epsilon) / Math.sqrt(sum.x + a.config.epsilon);
    return step_(
      "after = w − lr · g · √(b before + ε) / √(a + ε)",
      [sum, moved],
      term(constant("−lr", -a.lr), a.g, constant("√(b before + ε) / √(a + ε)", factor)),
    );
  },
  RMSprop: (a) => {
    const { config } = a,
      v = a.now("velocity", "v"),
      mean = config.centered ? a.now("average_gradient", "a") : null;
    if (config.momentum > 0)
      return step_("after = w − m", [], {
        ...term(a.now("momentum", "m")),
        label: "−m",
        x: -a.now("momentum", "m").x,
      });
    const root = Math.sqrt(v.x - (mean ? mean.x ** 2 : 0) + config.epsilon),
      text = mean ? "√(v − a² + ε)" : "√(v + ε)";
    return step_(
      `after = w − lr · g / ${text}`,
      mean ? [v, mean] : [v],
      term(constant(`−lr / ${text}`, -a.lr / root), a.g),
    );
  },
  Ftrl: (a) => {
    const {
        learning_rate_power: power,
        l1_regularization_strength: l1,
        l2_regularization_strength: l2,
        beta,
      } = a.config,
      z = a.now("linear", "z"),
      sum = a.now("accumulator", "a");
    const under = sum.x ** -power / a.lr + 2 * l2 + beta / a.lr,
      clipped = Math.min(Math.max(z.x, -l1), l1);
    return {
      ...step_(
        "after = (clip(z, −λ₁, λ₁) − z) / (aᵖ / lr + 2 · λ₂ + β / lr); it does not depend on w",
        [sum],
        term(constant("clip(z, −λ₁, λ₁)", clipped), constant("1 / (aᵖ / lr + 2 · λ₂ + β / lr)", 1 / under)),
        term(constant("−1 / (aᵖ / lr + …)", -1 / under), z),
      ),
      isAll: true,
    };
  },
  Lamb: (a) => {
    const { beta_1: b1, beta_2: b2, epsilon } = a.config,
      slots = ["momentum", "velocity"].map((kind) => slotOf(a.step, a.weight, kind)),
      [m, v, w] = [...slots.map((s) => a.all(s.after ?? s.before)), a.all(a.weight.before)];
    if (!m || !v || !w) return null;
    const root = (x) => Math.sqrt(x / corrected(b2, a.t)) + epsilon,
      directions = m.map((x, i) => x / corrected(b1, a.t) / root(v[i]));
    const decayed = norm(w) * (1 - a.lr * (a.config.weight_decay ?? 0)),
      scale = decayed > 0 && norm(directions) > 0 ? (a.lr * decayed) / norm(directions) : a.lr;
    return step_(
      "after = w − lr · ‖w‖ / ‖u‖ · u, u = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)",
      [a.now("velocity", "v"), constant("‖w‖", decayed), constant("‖u‖", norm(directions))],
      term(
        constant("−lr · ‖w‖ / ‖u‖", -scale),
        a.now("momentum", "m"),
        constant("1 / ((1 − β₁ᵗ) · (√(v / (1 − β₂ᵗ)) + ε))", 1 / corrected(b1, a.t) / root(v[a.place])),
      ),
    );
  },
  Lion: (a) => {
    const m = a.old("momentum", "m"),
      b = a.config.beta_1,
      sign = Math.sign(b * m.x + (1 - b) * a.g.x);
    return step_(
      "after = w − lr · sign(β₁ · m before + (1 − β₁) · g)",
      [m, a.g],
      term(constant("−lr", -a.lr), constant("sign", sign)),
    );
  },
  Muon: (a) =>
    slotOf(a.step, a.weight, "velocity")
      ? adamStep(a, a.config.adam_beta_1, a.config.adam_beta_2, a.lr * a.config.adam_lr_ratio)
      : null,
  Adafactor: (a) => {
    const { config } = a,
      slot = slotOf(a.step, a.weight, "velocity"),
      [v, g, w] = [a.all(slot.after), a.all(a.weight.gradient), a.all(a.weight.before)],
      rho = Math.min(a.lr, 1 / Math.sqrt(a.t));
    if (!v || !g || !w) return null;
    const size_ = Math.max(config.epsilon_2, meanSize(w)),
      u = meanSize(g.map((x, i) => x / Math.sqrt(v[i]))),
      factor = (size_ * rho) / Math.max(1, u / config.clip_threshold);
    return step_(
      "after = w − max(ε₂, RMS(w)) · ρ / max(1, RMS(u) / clip_threshold) · u, u = g / √v, ρ = min(lr, 1 / √t)",
      [a.now("velocity", "v"), constant("RMS(w)", meanSize(w)), constant("RMS(u)", u)],
      term(
        constant("−max(ε₂, RMS(w)) · ρ / max(1, RMS(u) / clip_threshold)", -factor),
        constant("1 / √v", 1 / Math.sqrt(v[a.place])),
        a.g,
      ),
    );
  },
};
UPDATE_RULES.AdamW = UPDATE_RULES.Adam;

// A weight or slot: as it was read, or as an optimizer left it.
function weightOrigin(step, value, place) {
  const changed = step.weights.find((weight) => weight.after === value.number);
  if (!changed) return { note: "A weight, as it was before this step." };
  const updates = step.events.filter((event) => event.kind === "update");
  const rule = updates.length === 1 ? updateOf(step, changed, updates[0], place) : null;
  if (rule && fits(rule, recording.at(step, value.number, place))) return rule;
  const before = before_(step, changed, place);
  if (changed.gradient === null)
    return {
      note: "Changed in this step without a gradient, like moving averages and seeds.",
      refs: [before],
    };
  const change = recording.at(step, changed.after, place) - before.x,
    name = updates.map((event) => event.name).join(" and ");
  return {
    formula: `after = before + update by ${name}`,
    refs: [ref(step, changed.gradient, place, "gradient")],
    terms: [term(before), term(constant(`update by ${name}`, change))],
  };
}

// Gradients may be clipped, averaged or accumulated before the rule gets them: then it does not give what was recorded.
function fits(rule, recorded) {
  const total = totalOf(rule.terms),
    result = rule.post ? rule.post.of(total) : total;
  return (
    Math.abs(result - recorded) <=
    1e-5 * (rule.terms.reduce((sum, t) => sum + Math.abs(t.x), 0) + Math.abs(result))
  );
}

function updateOf(step, changed, update, place) {
  if (changed.gradient !== null) return weightUpdate(updateAbout(step, changed, update, place), update.name);
  for (const [kind, rule] of Object.entries(SLOT_RULES[update.name] ?? {})) {
    const weight = step.weights.find(
      (other) => other.gradient !== null && slotOf(step, other, kind) === changed,
    );
    const found = weight && rule(updateAbout(step, weight, update, place));
    if (found) return { formula: found[0], terms: found[1], ...found[2] };
  }
  return null;
}

function weightUpdate(about, name) {
  const rule = UPDATE_RULES[name]?.(about) ?? null,
    decay = name === "Muon" && rule ? about.config.adam_weight_decay : about.config.weight_decay;
  if (!rule || rule.isAll) return rule;
  const shrunk = decay ? [term(constant("−lr · weight decay", -about.lr * decay), about.w)] : [];
  return { ...rule, terms: [term(about.w), ...shrunk, ...rule.terms] };
}
