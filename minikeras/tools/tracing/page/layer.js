// One layer: formula, shapes, weights, values, gradients, what it cost.

function layerView(step, words) {
  const number = Math.min(Number(words[0]) || 0, step.layers.length - 1);
  const layer = step.layers[number];
  if (!layer) return h("p", { class: "panel" }, "No layer was called in this step.");
  const events = eventsOf(step, { layer: number });
  const forward = events.filter((event) => event.kind !== "gradient"),
    backward = events.filter((event) => event.kind === "gradient");
  return h(
    "div",
    null,
    h(
      "div",
      { class: "panel" },
      h(
        "div",
        { class: "row" },
        h("h2", null, layer.path),
        h("span", { class: "muted" }, layer.kind),
        layerPicker(step, number),
      ),
      layer.formula && h("div", { class: "formula" }, layer.formula),
      factsOf(step, layer, forward, backward),
      insideOf(step, layer),
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
          h("h2", null, "Forward"),
          distinct(layer.inputs).map((v, i, all) =>
            valueView(step, v, { title: `input${all.length > 1 ? ` ${i}` : ""}: ${step.values[v].name}` }),
          ),
          layer.outputs.map((v) => valueView(step, v, { title: "output" })),
          specialViews(step, forward),
        ),
      ),
      h("div", null, h("section", { class: "panel" }, h("h2", null, "Backward"), gradientViews(step, layer))),
    ),
    weightViews(step, layer),
    h(
      "section",
      { class: "panel" },
      h("h2", null, "Operations and time"),
      costOf(step, events),
      rooflineOf(events),
      eventTable(step, events),
    ),
  );
}

const distinct = (numbers) => [...new Set(numbers)];

// The layers inside, which a composite layer or a model has called.
function insideOf(step, layer) {
  const inside = step.layers.filter(
    (other) =>
      other.first >= layer.first &&
      other.last <= layer.last &&
      other.depth === layer.depth + 1 &&
      other.number > layer.number,
  );
  return (
    inside.length > 0 &&
    h(
      "p",
      { class: "small" },
      "Inside: ",
      inside.map((other, i) => [i ? ", " : "", linkTo(`layer/${other.number}`, other.path)]),
    )
  );
}

function layerPicker(step, number) {
  return h(
    "label",
    { class: "small" },
    h("span", { class: "hidden" }, "Layer "),
    h(
      "select",
      { onchange: (event) => go(`layer/${event.target.value}`) },
      step.layers.map((layer) =>
        h(
          "option",
          { value: layer.number, selected: layer.number === number },
          `${"  ".repeat(layer.depth)}${layer.path} (${layer.kind})`,
        ),
      ),
    ),
  );
}

const sum = (things, of) => things.reduce((total, thing) => total + (of(thing) ?? 0), 0);

function factsOf(step, layer, forward, backward) {
  const parameters = weightsOf(step, layer).reduce((n, w) => n + size(step.values[w.before].shape), 0);
  const output = layer.outputs.length ? step.values[layer.outputs[0]] : null;
  const dead = output?.statistics?.dead;
  const settings = Object.entries(layer.config).filter(
    ([, v]) => v !== null && v !== false && !(Array.isArray(v) && !v.length),
  );
  return [
    h(
      "div",
      { class: "facts" },
      fact("output", output && shapeText(output.shape)),
      fact("parameters", parameters.toLocaleString("en")),
      fact("FLOPs forward", flopsText(sum(forward, (e) => e.flops))),
      fact("FLOPs backward", flopsText(sum(backward, (e) => e.flops))),
      fact("time forward", timeText(sum(forward, (e) => e.seconds))),
      fact("time backward", timeText(sum(backward, (e) => e.seconds))),
      dead ? fact("units that are 0 for the whole batch", `${dead} of ${output.shape.at(-1)}`) : null,
    ),
    h(
      "details",
      null,
      h("summary", null, "settings"),
      h(
        "div",
        { class: "facts small" },
        settings.map(([name, value]) => fact(name, String(value))),
      ),
    ),
  ];
}

function gradientViews(step, layer) {
  const view = (number, title) => {
    const gradient = step.gradients[number];
    return gradient === undefined
      ? h(
          "p",
          { class: "muted small" },
          `${title}: not computed, because nothing needs it, or because the loss bypasses it ` +
            "(a crossentropy uses the logits of a softmax).",
        )
      : valueView(step, gradient, { title });
  };
  return [
    layer.outputs.map((v) => view(v, "d loss / d output")),
    distinct(layer.inputs).map((v) => view(v, `d loss / d input: ${step.values[v].name}`)),
  ];
}

function weightViews(step, layer) {
  const weights = weightsOf(step, layer);
  if (!weights.length) return null;
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "Weights"),
    weights.map((weight) =>
      h(
        "div",
        { style: { marginBottom: "18px" } },
        h(
          "h3",
          null,
          weight.path,
          " ",
          h("span", { class: "badge" }, weight.trainable ? "trained" : "not trained"),
          " ",
          ratioOf(weight) !== null &&
            h("span", { class: "muted small" }, `‖update‖ / ‖weight‖ = ${num(ratioOf(weight))}`),
        ),
        h(
          "div",
          { class: "columns" },
          h("div", null, valueView(step, weight.before, { title: "before", isWeight: true, space: 360 })),
          h(
            "div",
            null,
            weight.gradient !== null &&
              valueView(step, weight.gradient, { title: "d loss / d weight", isWeight: true, space: 360 }),
            weight.after !== null &&
              h("p", { class: "small" }, linkTo(`element/${weight.after}/0`, "values after the update")),
          ),
        ),
      ),
    ),
  );
}

function costOf(step, events) {
  const bytes = sum(events, (e) => e.bytes),
    flops = sum(events, (e) => e.flops),
    seconds = sum(events, (e) => e.seconds);
  const kernels = [...new Set(events.flatMap((e) => e.kernels))];
  return h(
    "div",
    { class: "facts" },
    fact("bytes read and written", bytesText(bytes)),
    fact("FLOP per byte", bytes ? num(flops / bytes, 3) : "–"),
    fact("rate", seconds ? `${num(flops / seconds / 1e9, 3)} GFLOP/s` : "–"),
    fact("in compiled kernels", kernels.length ? timeText(sum(events, kernelTime)) : null),
    fact(
      "kernels",
      kernels.length
        ? kernels.map((name, i) => [
            i ? ", " : "",
            name,
            h(
              "span",
              { class: "mono small" },
              ` ${timeText(sum(events, (e) => e.kernel_seconds[e.kernels.indexOf(name)]))}`,
            ),
          ])
        : "none, only NumPy",
    ),
  );
}

function rooflineOf(events) {
  const machine = recording.machine_peaks;
  if (!machine) return null;
  const points = events
    .filter((e) => e.flops && e.bytes && e.seconds)
    .map((e) => ({
      name: opName(e),
      intensity: e.flops / e.bytes,
      rate: e.flops / e.seconds / 1e9,
      color: e.kind === "gradient" ? "--backward" : "--forward",
    }));
  return points.length
    ? h(
        "figure",
        { style: { margin: 0 } },
        h(
          "figcaption",
          { class: "small muted" },
          "Each op and the roofline of this machine, forward in blue and backward in red. Small ops are far " +
            "below the roof, since the time of an op includes the Python around it.",
        ),
        roofline(machine, points),
      )
    : null;
}

function eventTable(step, events) {
  return table(
    ["phase", "op", "result", "time", "in kernels", "FLOPs", "line"],
    events.map((e) => [
      h("span", { class: `phase ${e.phase}` }, e.phase),
      linkTo(`timeline/${e.number}`, opName(e)),
      e.outputs
        .filter((v) => v !== null)
        .map((v) => shapeText(step.values[v].shape))
        .join(" "),
      timeText(e.seconds),
      e.kernels.length ? timeText(kernelTime(e)) : "–",
      e.flops === undefined ? "–" : flopsText(e.flops),
      sourceLine(e.layer_line ?? e.line),
    ]),
    [3, 4, 5],
  );
}
