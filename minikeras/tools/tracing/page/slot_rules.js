// Where one element of an optimizer's slot comes from: momentum, velocity and their like.

const moving = (beta, name, of) => (kind, text, beta_) => (a) => [
  `${text} = ${name} · ${text} before + (1 − ${name}) · ${of}`,
  [
    term(constant(name, a.config[beta_ ?? beta]), a.old(kind, text)),
    term(constant(`1 − ${name}`, 1 - a.config[beta_ ?? beta]), ...(of === "g" ? [a.g] : [a.g, a.g])),
  ],
];
const [meanOf, squareOf] = [moving("beta_1", "β₁", "g"), moving("beta_2", "β₂", "g²")];
const ADAM_SLOTS = {
  momentum: meanOf("momentum", "m"),
  velocity: squareOf("velocity", "v"),
  velocity_hat: (a) => [
    "the largest v so far = max(v̂ before, v)",
    [],
    {
      refs: [a.old("velocity_hat", "v̂"), a.now("velocity", "v")],
      post: { text: "max(v̂ before, v)", of: () => Math.max(a.old("velocity_hat").x, a.now("velocity").x) },
    },
  ],
};
const SUM_OF_SQUARES = (a) => ["a = a before + g²", [term(a.old("accumulator", "a")), term(a.g, a.g)]];

// The same for slots: [formula, terms, what else]. Slots of weights that have none of the kind are left alone.
const SLOT_RULES = {
  SGD: {
    momentum: (a) => [
      "m = momentum · m before − lr · g",
      [
        term(constant("momentum", a.config.momentum), a.old("momentum", "m")),
        term(constant("−lr", -a.lr), a.g),
      ],
    ],
  },
  Adam: ADAM_SLOTS,
  AdamW: ADAM_SLOTS,
  Nadam: ADAM_SLOTS,
  Lamb: ADAM_SLOTS,
  Adamax: {
    momentum: meanOf("momentum", "m"),
    norm: (a) => {
      const u = a.old("norm", "u");
      return [
        "u = max(β₂ · u before, |g|)",
        [],
        {
          refs: [u, a.g],
          post: {
            text: `max(${num(a.config.beta_2)} · ${num(u.x)}, |${num(a.g.x)}|)`,
            of: () => Math.max(a.config.beta_2 * u.x, Math.abs(a.g.x)),
          },
        },
      ];
    },
  },
  Adagrad: { accumulator: SUM_OF_SQUARES },
  Adadelta: {
    accumulated_grad: moving("rho", "ρ", "g²")("accumulated_grad", "a"),
    accumulated_delta_var: (a) => {
      const [sum, moved] = [a.now("accumulated_grad", "a"), a.old("accumulated_delta_var", "b")],
        { rho, epsilon } = a.config;
      return [
        "b = ρ · b before + (1 − ρ) · g² · (b before + ε) / (a + ε)",
        [
          term(constant("ρ", rho), moved),
          term(
            constant("1 − ρ", 1 - rho),
            a.g,
            a.g,
            constant("(b before + ε) / (a + ε)", (moved.x + epsilon) / (sum.x + epsilon)),
          ),
        ],
        { refs: [sum] },
      ];
    },
  },
  RMSprop: {
    velocity: moving("rho", "ρ", "g²")("velocity", "v"),
    average_gradient: moving("rho", "ρ", "g")("average_gradient", "a"),
    momentum: (a) => {
      const v = a.now("velocity", "v"),
        mean = a.config.centered ? a.now("average_gradient", "a").x : 0,
        root = Math.sqrt(v.x - mean * mean + a.config.epsilon);
      return [
        `m = momentum · m before + lr · g / √(v${a.config.centered ? " − a²" : ""} + ε)`,
        [
          term(constant("momentum", a.config.momentum), a.old("momentum", "m")),
          term(constant("lr / √(…)", a.lr / root), a.g),
        ],
        { refs: [v] },
      ];
    },
  },
  Ftrl: {
    accumulator: SUM_OF_SQUARES,
    linear: (a) => {
      const p = -a.config.learning_rate_power,
        grown = (a.now("accumulator").x ** p - a.old("accumulator").x ** p) / a.lr,
        shrink = 2 * a.config.l2_shrinkage_regularization_strength;
      return [
        "z = z before + g + 2 · λ · w − w · (aᵖ − (a before)ᵖ) / lr",
        [
          term(a.old("linear", "z")),
          term(a.g),
          ...(shrink ? [term(constant("2 · λ", shrink), a.w)] : []),
          term(constant("−(aᵖ − (a before)ᵖ) / lr", -grown), a.w),
        ],
      ];
    },
  },
  Lion: {
    momentum: (a) => [
      "m = β₂ · m before + (1 − β₂) · g",
      [
        term(constant("β₂", a.config.beta_2), a.old("momentum", "m")),
        term(constant("1 − β₂", 1 - a.config.beta_2), a.g),
      ],
    ],
  },
  Muon: {
    velocity: squareOf("velocity", "v", "adam_beta_2"),
    momentum: (a) =>
      slotOf(a.step, a.weight, "velocity")
        ? meanOf("momentum", "m", "adam_beta_1")(a)
        : [
            "m = momentum · m before + g",
            [term(constant("momentum", a.config.momentum), a.old("momentum", "m")), term(a.g)],
          ],
  },
  Adafactor: {
    velocity: (a) => {
      if (a.step.values[a.weight.before].shape.length > 1) return null; // r · c / mean(r)
      const beta = 1 - a.t ** a.config.beta_2_decay;
      return [
        "v = β · v before + (1 − β) · (g² + ε₁), β = 1 − tᵈ",
        [term(constant("β", beta), a.old("velocity", "v")), term(constant("1 − β", 1 - beta), a.g, a.g)],
      ];
    },
  },
};
