// The network as a graph, with boxes coloured by what a layer costs or how it learns.

const COLORINGS = {
  none: { title: "kind", of: () => null },
  time: {
    title: "time, forward and backward",
    of: (step, box) => eventsOf(step, box).reduce((sum, e) => sum + e.seconds, 0),
    text: timeText,
  },
  memory: {
    title: "bytes of the output",
    of: (step, box) => sum(outputsOf(step, box), bytesOf),
    text: bytesText,
  },
  flops: {
    title: "FLOPs, forward and backward",
    of: (step, box) => eventsOf(step, box).reduce((sum, e) => sum + (e.flops ?? 0), 0),
    text: flopsText,
  },
  gradient: { title: "norm of the output's gradient", of: gradientNorm, text: num, log: true },
  ratio: { title: "update / weight", of: (step, box) => largestRatio(step, box), text: num, log: true },
};

// The events of a box: those of the layer or op, forward and backward.
function eventsOf(step, box) {
  const inside =
    box.layer !== undefined
      ? step.events.slice(step.layers[box.layer].first, step.layers[box.layer].last)
      : box.event !== undefined
        ? [step.events[box.event]]
        : [];
  const numbers = new Set(inside.map((event) => event.number));
  return [...inside, ...step.events.filter((event) => event.kind === "gradient" && numbers.has(event.of))];
}

function outputsOf(step, box) {
  if (box.layer !== undefined) return step.layers[box.layer].outputs.map((number) => step.values[number]);
  if (box.event !== undefined) return step.events[box.event].outputs.map((number) => step.values[number]);
  return [step.values[box.value]];
}

function gradientNorm(step, box) {
  const norms = outputsOf(step, box)
    .map((value) => step.gradients[value.number])
    .filter((g) => g !== undefined);
  return norms.length ? Math.hypot(...norms.map((g) => step.values[g].statistics?.norm ?? 0)) : null;
}

function largestRatio(step, box) {
  if (box.layer === undefined) return null;
  const ratios = weightsOf(step, step.layers[box.layer])
    .map(ratioOf)
    .filter((r) => r);
  return ratios.length ? Math.max(...ratios) : null;
}

// The weights that a layer and those inside it have read.
function weightsOf(step, layer) {
  const inside = step.layers.filter(
    (other) =>
      other.number === layer.number ||
      (other.first >= layer.first && other.last <= layer.last && other.depth > layer.depth),
  );
  const paths = new Set(inside.flatMap((other) => other.weights));
  return step.weights.filter((weight) => paths.has(weight.path));
}

const routeOfBox = (box) =>
  box.layer !== undefined
    ? `layer/${box.layer}`
    : box.event !== undefined
      ? `timeline/${box.event}`
      : `element/${box.value}/0`;

// The line below the title of a box.
function textOfBox(box, amount, coloring) {
  return isColored(amount) ? `${box.text.split(" (")[0]} · ${coloring.text(amount)}` : box.text;
}

const isColored = (amount) => amount !== null && amount > 0;

// What a screen reader announces, since arrows are not read: what the box shows, then the rest.
function boxLabel(box, amount, coloring) {
  const shape = /\(.*\)$/.exec(box.text)?.[0];
  return [
    `${box.title} ${textOfBox(box, amount, coloring)}${isColored(amount) ? ` (${coloring.title})` : ""}`,
    isColored(amount) && shape && `result ${shape}`,
    box.from.length > 0 && `gets ${box.from.join(" and ")}`,
  ]
    .filter(Boolean)
    .join(", ");
}

// From pale to strong, the share of the largest amount.
function shade(share) {
  const [from, to] = [
    [224, 236, 247],
    [242, 142, 84],
  ];
  return `rgb(${from.map((a, i) => Math.round(a + (to[i] - a) * share)).join(",")})`;
}

function graphView(step) {
  const name = app.coloring ?? "time";
  const coloring = COLORINGS[name];
  const amounts = step.graph.boxes.map((box) => (box.value === undefined ? coloring.of(step, box) : null));
  const scale = scaleOf(amounts, coloring);
  return h(
    "div",
    null,
    h(
      "div",
      { class: "row panel" },
      coloringPicker(name),
      scale.isKnown && legend(scale, coloring),
      h("span", { class: "row" }, zoomButton("smaller", "−", 0.8), zoomButton("larger", "+", 1.25)),
      h("span", { class: "muted small" }, stepSummary(step)),
    ),
    h("div", { class: "graph" }, pictureOfGraph(step.graph, amounts, coloring, scale)),
  );
}

// From the smallest to the largest amount, or their logarithms: { low, high, shareOf }.
function scaleOf(amounts, coloring) {
  const known = amounts.filter(isColored);
  const [low, high] = [coloring.log ? Math.min(...known) : 0, Math.max(...known)];
  const between = (x, from, to) => (x - from) / (to - from || 1);
  const shareOf = (amount) =>
    coloring.log ? between(...[amount, low, high].map(Math.log10)) : between(amount, low, high);
  return { isKnown: known.length > 0, low, high, shareOf };
}

function pictureOfGraph(graph, amounts, coloring, scale) {
  const zoom = app.zoom ?? 1;
  return svg(
    "svg",
    {
      width: (graph.width + 40) * zoom,
      height: (graph.height + 40) * zoom,
      role: "group",
      "aria-label": "The network as a graph",
      viewBox: `-20 -20 ${graph.width + 40} ${graph.height + 40}`,
    },
    arrowHead(),
    graph.frames.map((f) => [
      svg("rect", { class: "frame", x: f.x, y: f.y, width: f.w, height: f.h, rx: 8 }),
      svg("text", { class: "frame-name", x: f.x + 8, y: f.y + 16 }, f.name),
    ]),
    graph.arrows.map((d) => svg("path", { d, "marker-end": "url(#head)" })),
    graph.boxes.map((box, i) => boxOf(box, amounts[i], coloring, scale.shareOf)),
  );
}

function arrowHead() {
  const size = { viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 6, markerHeight: 6, orient: "auto" };
  const head = svg("polygon", { points: "0,1 10,5 0,9", fill: "var(--muted)" });
  return svg("defs", null, svg("marker", { id: "head", ...size }, head));
}

function coloringPicker(chosen) {
  const choose = (event) => {
    app.coloring = event.target.value;
    render();
  };
  const options = Object.entries(COLORINGS).map(([name, coloring]) =>
    h("option", { value: name, selected: name === chosen }, coloring.title),
  );
  return h("label", null, "Colour by ", h("select", { id: "coloring", onchange: choose }, options));
}

function legend({ low, high }, coloring) {
  const background = `linear-gradient(90deg, ${shade(0)}, ${shade(1)})`;
  const colors = h("span", { class: "legend", style: { background } });
  return h("span", { class: "small muted" }, coloring.text(low), " ", colors, " ", coloring.text(high));
}

function zoomButton(id, text, factor) {
  const zoom = () => {
    app.zoom = Math.max(0.2, Math.min(3, (app.zoom ?? 1) * factor));
    render();
  };
  const label = id === "smaller" ? "Smaller" : "Larger";
  return h("button", { id, type: "button", "aria-label": label, onclick: zoom }, text);
}

function boxOf(box, amount, coloring, shareOf) {
  const filled = isColored(amount);
  const open = () => go(routeOfBox(box));
  return svg(
    "g",
    {
      class: `box${filled ? " filled" : ""}`,
      tabindex: 0,
      role: "link",
      "aria-label": boxLabel(box, amount, coloring),
      onclick: open,
      onkeydown: (event) => {
        if (event.key === "Enter") open();
      },
    },
    svg("title", null, boxLabel(box, amount, coloring)),
    svg("rect", {
      x: box.x,
      y: box.y,
      width: box.w,
      height: box.h,
      fill: filled ? shade(shareOf(amount)) : "var(--panel)",
    }),
    svg("text", { x: box.x + box.w / 2, y: box.y + 21 }, box.title),
    " ", // between words, for those who hear them
    svg("text", { class: "sub", x: box.x + box.w / 2, y: box.y + 38 }, textOfBox(box, amount, coloring)),
  );
}

// How the step was recorded, what it took, what was kept.
function stepSummary(step) {
  const kept = step.values.filter((value) => value.detail === "whole").length;
  const how =
    step.how === "replayed"
      ? "run again with a change"
      : step.how === "dry run"
        ? "recorded op by op from the current state of training"
        : step.number === 0
          ? "recorded as it ran, which for a first step includes compiling kernels"
          : "recorded as it ran";
  const partly =
    kept < step.values.length
      ? `${kept} of ${step.values.length} arrays whole, the others in part`
      : `all ${kept} arrays whole`;
  const result = Object.entries(step.result)
    .map(([name, value]) => `${name} ${num(value)}`)
    .join(", ");
  return (
    `Step ${step.number}: ${result ? `${result}; ` : ""}${step.events.length} events, ${timeText(step.seconds)}, ` +
    `${step.threads} threads; ${how}; ${partly}.`
  );
}
