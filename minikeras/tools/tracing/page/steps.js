// Several steps: curves of what the recording has, per step, per layer and per weight.

const pickStep = { onpick: (place) => changeStep(place) };
const stepNumbers = () => recording.steps.map((step) => step.number);
const distinctOf = (of) => [...new Set(recording.steps.flatMap(of))];

function stepsView() {
  return h("div", null, curvesOfSteps(), curvesOfLayer(), curvesOfWeights());
}

function curvesOfSteps() {
  const names = distinctOf((step) => Object.keys(step.result));
  const help = "Move between them with [ and ], with the slider above, or by clicking in a chart.";
  const loss = { loss: recording.steps.map((step) => step.loss) };
  const reported = (name) => {
    const title = `${name} as reported by the step (in fit: mean of the epoch so far)`;
    const values = recording.steps.map((step) => step.result[name] ?? null);
    return lineChart(title, stepNumbers(), { [name]: values }, pickStep);
  };
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "Steps"),
    h("p", { class: "muted" }, `Recorded: ${stepNumbers().join(", ")}. ${help}`),
    h(
      "div",
      { class: "columns" },
      lineChart("loss of each step", stepNumbers(), loss, pickStep),
      names.map(reported),
    ),
  );
}

function curvesOfLayer() {
  const paths = distinctOf((step) => step.layers.map((layer) => layer.path));
  const path = paths.includes(app.curvePath) ? app.curvePath : paths[Math.min(1, paths.length - 1)];
  const choose = (event) => {
    app.curvePath = event.target.value;
    render();
  };
  // What `of(step, number)` says of the layer's first output in each step.
  const curve = (title, name, of, options) => {
    const values = recording.steps.map((step) => {
      const layer = step.layers.find((other) => other.path === path);
      return layer?.outputs.length ? of(step, layer.outputs[0]) : null;
    });
    return lineChart(title, stepNumbers(), { [name]: values }, { ...pickStep, ...options });
  };
  const statistics = (step, number) => step.values[number]?.statistics;
  return h(
    "section",
    { class: "panel" },
    h(
      "div",
      { class: "row" },
      h("h2", null, "One layer"),
      h(
        "select",
        { id: "curve-layer", "aria-label": "Layer", onchange: choose },
        paths.map((other) => h("option", { selected: other === path }, other)),
      ),
    ),
    h(
      "div",
      { class: "columns" },
      curve("standard deviation of the output", "output", (step, v) => statistics(step, v)?.std ?? null),
      curve(
        "norm of the output's gradient",
        "gradient",
        (step, v) => statistics(step, step.gradients[v])?.norm ?? null,
        { log: true },
      ),
      curve(
        "share of zeros in the output",
        "zeros",
        (step, v) => (statistics(step, v)?.zeros ?? 0) / size(step.values[v].shape),
      ),
    ),
  );
}

function curvesOfWeights() {
  const paths = distinctOf((step) => step.weights.filter((w) => w.trainable).map((w) => w.path));
  const curve = (path, of) =>
    sparkline(
      recording.steps.map((step) => {
        const weight = step.weights.find((other) => other.path === path);
        return weight ? of(step, weight) : null;
      }),
    );
  const norm = (step, number) => step.values[number]?.statistics?.norm ?? null;
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "All weights"),
    table(
      ["weight", "‖weight‖", "‖gradient‖", "‖update‖ / ‖weight‖"],
      paths.map((path) => [
        path,
        curve(path, (step, weight) => norm(step, weight.before)),
        curve(path, (step, weight) => norm(step, weight.gradient)),
        curve(path, (step, weight) => ratioOf(weight)),
      ]),
    ),
  );
}

function sparkline(ys, width = 150, height = 26) {
  const known = ys.filter((y) => y !== null && Number.isFinite(y));
  if (!known.length) return "–";
  const low = Math.min(...known),
    high = Math.max(...known);
  const points = ys
    .map((y, i) =>
      y === null
        ? null
        : [
            3 + (i / Math.max(1, ys.length - 1)) * (width - 6),
            3 + (1 - (y - low) / (high - low || 1)) * (height - 6),
          ].join(","),
    )
    .filter(Boolean);
  const last = known.at(-1);
  return h(
    "span",
    { class: "row" },
    svg(
      "svg",
      { class: "chart", width, height, role: "img", "aria-label": `from ${num(known[0])} to ${num(last)}` },
      svg("polyline", { class: "line", stroke: "var(--accent)", points: points.join(" ") }),
    ),
    h("span", { class: "mono small" }, `${num(known[0], 3)} → ${num(last, 3)}`),
  );
}
