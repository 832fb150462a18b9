// One number: the formula with its numbers filled in, its largest contributions, and where each of them comes from.

const MOST_TERMS = 24;
// Of the sum of the terms' sizes: a float32 sum of some hundred products has 1e-6; the others have fewer digits.
const ROUNDING = { float16: 4e-3, bfloat16: 3e-2 };
const roundingOf = (value) => ROUNDING[value.dtype] ?? 1e-5;

// What the element at `place` of a value is computed from. `isWhole` is false if a needed array was not kept.
function explain(step, number, place) {
  const value = step.values[number],
    recorded = recording.at(step, number, place),
    index = unflat(place, value.shape);
  const found = {
    value,
    place,
    index,
    recorded,
    ...(originOf(step, value, place, index) ?? {
      note: "This page cannot explain single elements of this op; its inputs and its source are below.",
    }),
  };
  found.terms ??= [];
  found.refs ??= [];
  found.isDecomposed = found.terms.length > 0 || Boolean(found.post) || found.formula !== undefined;
  if (!found.isDecomposed) return found;
  const total = totalOf(found.terms);
  found.total = found.post ? found.post.of(total) : total;
  found.scale = found.terms.reduce((sum, t) => sum + Math.abs(t.x), 0) + Math.abs(found.total);
  found.isWhole = !Number.isNaN(found.total) || Number.isNaN(recorded);
  return found;
}

function originOf(step, value, place, index) {
  const [kind, ...about] = value.origin;
  if (kind === "variable") return weightOrigin(step, value, place);
  if (kind === "op") {
    const event = step.events[about[0]];
    return ruleResult(event, RULES[event.name] ?? movedElement, (rule) => rule(step, event, index, about[1]));
  }
  if (kind === "gradient") {
    const event = step.events[about[0]];
    return ruleResult(
      event,
      event.of === undefined ? null : (GRADIENT_RULES[event.name] ?? movedGradient),
      (rule) => rule(step, event, about[1], index),
    );
  }
  if (kind === "sum")
    return {
      formula: "the sum of the gradients of all uses",
      terms: about.map((number) => term(ref(step, number, place, step.values[number].name))),
    };
  if (kind === "changed")
    return {
      note: "The sum of these gradients, changed before its use: cast to another dtype, scaled or clipped.",
      refs: about.map((number) => ref(step, number, place, step.values[number].name)),
    };
  if (kind === "seed") return { note: "The start of the backward pass: d loss / d loss." };
  return {
    note: kind === "batch" ? "An element of the batch." : "A constant, or made by Python between the ops.",
  };
}

function ruleResult(event, rule, apply) {
  if (event.kind === "effect" || !rule) return null;
  try {
    return apply(rule);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

// Where the view begins: at the loss or the model's first output, which are computed from other elements.
function firstValue(step) {
  const losses = step.events
    .filter((event) => event.kind === "loss")
    .flatMap((event) => event.outputs)
    .reverse();
  const outputs = step.layers.find((layer) => layer.is_model)?.outputs ?? step.layers.at(-1)?.outputs ?? [];
  return (
    [...losses, ...outputs].find((number) => number !== null && explain(step, number, 0).terms.length > 0) ??
    0
  );
}

function elementView(step, words) {
  const wanted = words.length ? Number(words[0]) || 0 : firstValue(step),
    place = Number(words[1]) || 0;
  const number = Math.max(0, Math.min(step.values.length - 1, wanted));
  const value = step.values[number];
  if (!value) return h("p", { class: "panel" }, "This step has no arrays.");
  const found = explain(step, number, Math.min(place, Math.max(0, size(value.shape) - 1)));
  return h(
    "div",
    null,
    h(
      "div",
      { class: "panel" },
      chooser(step, value, found),
      h(
        "div",
        { class: "element-number" },
        `${value.name} ${indexText(found.index)} = `,
        h(
          "span",
          { id: "element-value" },
          isKept(step, number, found.place) ? num(found.recorded, 7) : "not kept",
        ),
      ),
      found.formula && h("div", { class: "formula", id: "formula" }, found.formula),
      found.isDecomposed && h("div", { class: "formula", id: "filled" }, filledIn(found)),
      found.note && h("p", { class: "muted" }, found.note),
      checkOf(found),
    ),
    h(
      "div",
      { class: "columns" },
      h(
        "div",
        null,
        h(
          "section",
          { class: "panel" },
          h("h2", null, "Contributions"),
          termTable(step, found),
          refTable(step, found),
        ),
        usersOf(step, value),
      ),
      h(
        "div",
        null,
        h(
          "section",
          { class: "panel" },
          h("h2", null, "The array"),
          valueView(step, number, { isWeight: value.origin[0] === "variable" }),
        ),
        computedBy(step, value),
      ),
    ),
  );
}

const isKept = (step, number, place) => place < (recording.elements(step, number)?.length ?? 0);

// Choose another array or element.
function chooser(step, value, found) {
  const other = h("input", {
    type: "text",
    size: 14,
    value: found.index.join(", "),
    "aria-label": "Index of the element",
    onchange: (event) => {
      const index = event.target.value.split(",").map((part) => Number(part.trim()));
      if (index.length === value.shape.length && index.every((n, axis) => n >= 0 && n < value.shape[axis]))
        go(`element/${value.number}/${flat(index, value.shape)}`);
      else {
        event.target.setAttribute("aria-invalid", "true");
        announce(`The index must have ${value.shape.length} numbers within ${shapeText(value.shape)}`);
      }
    },
  });
  return h(
    "div",
    { class: "row" },
    h(
      "label",
      { class: "small" },
      "Array ",
      h(
        "select",
        { onchange: (event) => go(`element/${event.target.value}/0`) },
        step.values.map((v) =>
          h(
            "option",
            { value: v.number, selected: v.number === value.number },
            `${v.number}: ${v.name} ${shapeText(v.shape)}`,
          ),
        ),
      ),
    ),
    value.shape.length > 0 && h("label", { class: "small" }, "element ", other),
    history.length > 1 && h("button", { type: "button", onclick: () => history.back() }, "Back"),
  );
}

const product = (t) =>
  t.label ? num(t.x) : t.parts.map((part) => (part.x < 0 ? `(${num(part.x)})` : num(part.x))).join(" · ");

// The formula with numbers: the three largest terms, and how many more there are.
function filledIn(found) {
  const largest = [...found.terms].sort((a, b) => Math.abs(b.x) - Math.abs(a.x)),
    shown = largest.slice(0, 3).map(product).join(" + ");
  const more = largest.length > 3 ? ` + … (${largest.length} terms)` : "";
  const total = found.terms.length ? `Σ = ${shown}${more} = ${num(totalOf(found.terms), 7)}` : "";
  return found.post
    ? `${total}${total ? "\n" : ""}${found.post.text} = ${num(found.total, 7)}`
    : total || "an empty sum = 0";
}

function checkOf(found) {
  if (!found.isDecomposed) return null;
  if (!found.isWhole)
    return h("p", { class: "check bad" }, "Not all arrays that this needs fitted into the budget.");
  const off = Math.abs(found.total - found.recorded),
    fits = off <= roundingOf(found.value) * found.scale || Object.is(found.total, found.recorded);
  return h(
    "p",
    { class: `check${fits ? "" : " bad"}`, id: "check" },
    `Added up again in float64: ${num(found.total, 7)}; recorded: ${num(found.recorded, 7)}. `,
    off === 0
      ? "They are equal."
      : fits
        ? `They differ by ${num(off, 2)}, which is rounding.`
        : `They differ by ${num(off, 3)}, more than rounding.`,
  );
}

const partLink = (step, part) =>
  part.number === undefined
    ? h("span", null, `${part.name} `, h("span", { class: "mono" }, num(part.x)))
    : h(
        "span",
        null,
        linkTo(
          `element/${part.number}/${part.place}`,
          part.name,
          indexText(unflat(part.place, step.values[part.number].shape)),
        ),
        " ",
        h("span", { class: "mono" }, num(part.x)),
        part.note && h("span", { class: "muted small" }, ` (${part.note})`),
      );

function termTable(step, found) {
  if (!found.terms.length) return h("p", { class: "muted" }, "There are no terms.");
  const sorted = [...found.terms].sort((a, b) => Math.abs(b.x) - Math.abs(a.x)),
    most = Math.abs(sorted[0].x) || 1;
  const rows = sorted.slice(0, MOST_TERMS).map((t) => [
    num(t.x),
    h(
      "div",
      { class: "bar-cell" },
      h("i", {
        style: {
          width: `${(100 * Math.abs(t.x)) / most}%`,
          background: t.x < 0 ? "var(--forward)" : "var(--backward)",
        },
      }),
    ),
    [
      t.label && h("span", { class: "muted small" }, `${t.label}: `),
      t.parts.map((part, i) => [i ? " · " : "", partLink(step, part)]),
    ],
  ]);
  return h(
    "div",
    null,
    h(
      "p",
      { class: "small muted" },
      `${found.terms.length} terms, the largest first.`,
      found.terms.length > MOST_TERMS && ` Shown: ${MOST_TERMS}.`,
    ),
    table(["term", "size", "factors"], rows, [0]),
  );
}

function refTable(step, found) {
  return (
    found.refs.length > 0 &&
    h(
      "div",
      null,
      h("h3", null, "With"),
      h(
        "ul",
        null,
        found.refs.map((part) => h("li", null, partLink(step, part))),
      ),
    )
  );
}

// The op that made the array: its line, kernels and source.
function computedBy(step, value) {
  const [kind, number, position] = value.origin;
  const update = step.events.find((event) => event.kind === "update" && event.outputs.includes(value.number));
  if (update)
    return h(
      "section",
      { class: "panel" },
      h("h2", null, "Changed by"),
      h("p", null, linkTo(`timeline/${update.number}`, `${update.number}: ${update.name}`)),
      h("div", { class: "formula" }, update.details.formula),
      h(
        "p",
        { class: "small" },
        update.kernels.length ? `Kernels: ${update.kernels.join(", ")}` : "Computed by NumPy.",
      ),
    );
  if (kind !== "op" && kind !== "gradient") return null;
  const event = step.events[number],
    code = recording.code[event.name];
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "Computed by"),
    h(
      "p",
      null,
      linkTo(`timeline/${number}`, `${number}: ${opName(event)}`),
      kind === "gradient" && ` gradient of input ${position}`,
      kind === "op" && event.outputs.length > 1 && ` output ${position}`,
    ),
    sourceLine(event.line),
    sourceLine(event.layer_line),
    h(
      "p",
      { class: "small" },
      event.kernels.length ? `Kernels: ${event.kernels.join(", ")}` : "Computed by NumPy.",
    ),
    code && h("pre", null, kind === "gradient" ? code.backward : code.forward),
  );
}

function usersOf(step, value) {
  const gradient = step.gradients[value.number];
  const lastPlace = gradient === undefined ? 0 : Math.max(0, size(step.values[gradient].shape) - 1);
  const placeOfGradient = Math.min(Number(app.words[1]) || 0, lastPlace);
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "Used by"),
    value.users.length
      ? h(
          "ul",
          null,
          value.users
            .slice(0, 12)
            .map((number) =>
              h(
                "li",
                null,
                linkTo(
                  `timeline/${number}`,
                  `${number}: ${opName(step.events[number])} ${step.events[number].layer}`,
                ),
              ),
            ),
        )
      : h("p", { class: "muted" }, "no other op"),
    gradient !== undefined &&
      h("p", null, linkTo(`element/${gradient}/${placeOfGradient}`, "its gradient, d loss / d element")),
  );
}
