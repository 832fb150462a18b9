// Several steps: curves of what the recording has, per step, per layer and per weight.

function stepsView() {
  const steps = recording.steps,
    xs = steps.map((step) => step.number);
  const pick = (place) => changeStep(place);
  const names = [...new Set(steps.flatMap((step) => Object.keys(step.result)))];
  const paths = [...new Set(steps.flatMap((step) => step.layers.map((layer) => layer.path)))];
  const weights = [
    ...new Set(steps.flatMap((step) => step.weights.filter((w) => w.trainable).map((w) => w.path))),
  ];
  const layerOf = (step, path) => step.layers.find((layer) => layer.path === path);
  const ofOutput = (path, of) =>
    steps.map((step) => {
      const l = layerOf(step, path);
      return l?.outputs.length ? of(step, l.outputs[0]) : null;
    });
  const gradientOf = (step, v) => step.values[step.gradients[v]]?.statistics?.norm ?? null;
  const chosenPath =
    app.curvePath && paths.includes(app.curvePath) ? app.curvePath : paths[Math.min(1, paths.length - 1)];
  const ofWeight = (path, of) =>
    steps.map((step) => {
      const w = step.weights.find((x) => x.path === path);
      return w ? of(step, w) : null;
    });
  return h(
    "div",
    null,
    h(
      "section",
      { class: "panel" },
      h("h2", null, "Steps"),
      h(
        "p",
        { class: "muted" },
        `Recorded: ${xs.join(", ")}. Move over them with [ and ], with the slider above, or by a click in a chart.`,
      ),
      h(
        "div",
        { class: "columns" },
        lineChart("loss of each step", xs, { loss: steps.map((step) => step.loss) }, { onpick: pick }),
        names.map((name) =>
          lineChart(
            `${name} as the step reports it (in fit: mean of the epoch so far)`,
            xs,
            { [name]: steps.map((step) => step.result[name] ?? null) },
            { onpick: pick },
          ),
        ),
      ),
    ),
    h(
      "section",
      { class: "panel" },
      h(
        "div",
        { class: "row" },
        h("h2", null, "One layer"),
        h(
          "select",
          {
            id: "curve-layer",
            "aria-label": "Layer",
            onchange: (event) => {
              app.curvePath = event.target.value;
              render();
            },
          },
          paths.map((path) => h("option", { selected: path === chosenPath }, path)),
        ),
      ),
      h(
        "div",
        { class: "columns" },
        lineChart(
          "standard deviation of the output",
          xs,
          { output: ofOutput(chosenPath, (step, v) => step.values[v].statistics?.std ?? null) },
          { onpick: pick },
        ),
        lineChart(
          "norm of the output's gradient",
          xs,
          { gradient: ofOutput(chosenPath, gradientOf) },
          { onpick: pick, log: true },
        ),
        lineChart(
          "share of zeros in the output",
          xs,
          {
            zeros: ofOutput(
              chosenPath,
              (step, v) => (step.values[v].statistics?.zeros ?? 0) / size(step.values[v].shape),
            ),
          },
          { onpick: pick },
        ),
      ),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", null, "All weights"),
      table(
        ["weight", "‖weight‖", "‖gradient‖", "‖update‖ / ‖weight‖"],
        weights.map((path) => [
          path,
          sparkline(ofWeight(path, (step, w) => step.values[w.before].statistics?.norm ?? null)),
          sparkline(ofWeight(path, (step, w) => step.values[w.gradient]?.statistics?.norm ?? null)),
          sparkline(ofWeight(path, (step, w) => ratioOf(w))),
        ]),
      ),
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
