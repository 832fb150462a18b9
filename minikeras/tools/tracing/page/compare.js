// The same step on TensorFlow: both results of each array and op, how much they differ, the first difference.

function compareView(step) {
  const { summary, first, rows, ops, alone } = recording.comparison;
  const inDouble = rows.some((row) => row.in_float64 !== undefined);
  return h(
    "div",
    null,
    h(
      "section",
      { class: "panel" },
      h("h2", null, "The same step on TensorFlow"),
      h("p", null, summary),
      first
        ? h("p", { class: "warn" }, `First difference: ${first}`)
        : h("p", null, "No difference beyond rounding."),
      h(
        "p",
        { class: "muted small" },
        "Deviation: ‖a − b‖ / max(‖a‖, ‖b‖). Red values are larger than float32 rounding.",
        inDouble &&
          " In float64: the deviation when both sides compute the step again in double precision, from the same" +
            " weights. A real difference stays as large as in float32.",
        ops?.some((op) => op.ours_off > 0.05 && op.theirs_off > 0.05) &&
          " If both sides are far from their own float64 results, other random numbers were drawn in float64.",
      ),
    ),
    opsOnBothSides(step, ops),
    h(
      "section",
      { class: "panel" },
      h("h2", null, "Outputs of layers, gradients and weights"),
      h(
        "div",
        { class: "compact" },
        table(
          [
            "what",
            "of",
            "shape",
            "minikeras: norm",
            "TensorFlow: norm",
            "deviation",
            ...(inDouble ? ["in float64"] : []),
          ],
          rows.map((row) => [
            row.what,
            row.name,
            shapeText(row.shape),
            num(row.ours),
            num(row.theirs),
            deviationText(row.deviation),
            ...(inDouble ? [row.in_float64 === undefined ? "–" : num(row.in_float64, 2)] : []),
          ]),
          [3, 4, 5, 6],
        ),
      ),
      alone?.length > 0 && h("p", { class: "muted small" }, `On one side only: ${alone.join("; ")}.`),
    ),
  );
}

const deviationText = (x) =>
  h("span", { class: x <= recording.comparison.rounding ? "" : "warn" }, num(x, 2));

function opsOnBothSides(step, ops) {
  if (!ops?.length) return null;
  const paired = ops.filter((op) => op.theirs),
    inDouble = paired.some((op) => op.in_float64 !== undefined);
  const floor = 1e-17,
    of = (name) =>
      ops.map((op) => (op.theirs && Number.isFinite(op[name]) ? Math.max(op[name], floor) : null));
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "Op by op"),
    h(
      "p",
      { class: "muted small" },
      "TensorFlow divides layers into different ops. So each op's result is shown next to the closest result " +
        "of the same size among TensorFlow's ops in the same layer, or anywhere in the backward pass: " +
        `${paired.length} of ${ops.length} have one. The others, such as the states of a recurrent loop, are ` +
        "computed in another way there; the outputs and gradients that depend on them are compared.",
    ),
    lineChart(
      "Deviation of each op's result, in the order in which they run",
      ops.map((_, i) => i),
      { float32: of("deviation"), ...(inDouble ? { float64: of("in_float64") } : {}) },
      { log: true, width: 900, onpick: (i) => showOp(i) },
    ),
    h(
      "div",
      { class: "compact" },
      table(
        [
          "#",
          "phase",
          "op",
          "layer",
          "shape",
          "deviation",
          ...(inDouble ? ["in float64"] : []),
          "TensorFlow's op",
          "largest difference at",
          "minikeras",
          "TensorFlow",
          ...(inDouble ? ["minikeras vs. float64", "TensorFlow vs. float64"] : []),
        ],
        ops.map((op, i) => [
          h("span", { id: `op-${i}`, tabindex: -1 }, i),
          h(
            "span",
            { class: `phase ${op.backward ? "backward" : "forward"}` },
            op.backward ? "backward" : "forward",
          ),
          opOfRow(step, op),
          inLayer(op.layer),
          shapeText(op.shape),
          op.theirs ? deviationText(op.deviation) : "–",
          ...(inDouble ? [num(op.in_float64, 2)] : []),
          op.theirs ?? h("span", { class: "muted" }, "none"),
          op.worst?.at ? indexText(op.worst.at) || "the scalar" : "",
          num(op.worst?.ours, 7),
          num(op.worst?.theirs, 7),
          ...(inDouble ? ["ours_off", "theirs_off"].map((name) => num(op[name], 2)) : []),
        ]),
        inDouble ? [0, 5, 6, 9, 10, 11, 12] : [0, 5, 8, 9],
      ),
    ),
  );
}

// Paths of layers without the model itself, as the other views have them.
const inLayer = (path) => path.split("/").slice(1).join("/") || path;

function showOp(place) {
  const row = document.getElementById(`op-${place}`);
  row?.scrollIntoView({ block: "center" });
  row?.focus();
}

function opOfRow(step, op) {
  const event = step === recording.steps[0] && op.event !== undefined ? step.events[op.event] : null;
  const name = event ? opName(event) : `${op.backward ? "∂ " : ""}${op.op}`;
  return event ? linkTo(`timeline/${op.event}`, name) : name;
}

// For the timeline: what TensorFlow has for the result of an event, if the recording is compared.
function besideTensorFlow(step, event) {
  const op =
    step === recording.steps[0] &&
    recording.comparison?.ops?.find((other) => other.event === event.number && other.theirs);
  return op ? fact("deviation from TensorFlow", [deviationText(op.deviation), ` (${op.theirs})`]) : null;
}
