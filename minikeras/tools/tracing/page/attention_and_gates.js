// What only some layers have: attention weights, and gates of recurrent layers over time.

function specialViews(step, events) {
  return events.map((event) => {
    if (event.name === "DotProductAttention") return attentionView(step, event);
    if (event.name === "LSTMLoop" || event.name === "GRULoop") return gatesView(step, event);
    return null;
  });
}

// softmax(scale · q kᵀ) of one sample and head; the fused op does not keep it, so it is computed again here.
function attentionWeights(step, event, sample, head) {
  const [q, k] = event.inputs.map((v) => recording.elements(step, v));
  const [, targets, heads, width] = step.values[event.inputs[0]].shape,
    sources = step.values[event.inputs[1]].shape[1];
  const mask = event.inputs.length > 3 ? step.values[event.inputs[3]] : null;
  const rows = [];
  for (let t = 0; t < targets; t++) {
    const logits = [];
    for (let s = 0; s < sources; s++) {
      let dot = 0;
      for (let d = 0; d < width; d++)
        dot +=
          q[((sample * targets + t) * heads + head) * width + d] *
          k[((sample * sources + s) * heads + head) * width + d];
      const seen =
        !(event.settings.is_causal && s > t) && (!mask || maskAt(step, mask, [sample, head, t, s]));
      logits.push(seen ? dot * event.settings.scale : -Infinity);
    }
    const most = Math.max(...logits),
      powers = logits.map((x) => (most === -Infinity ? 1 : Math.exp(x - most))),
      total = powers.reduce((a, b) => a + b, 0);
    rows.push(powers.map((p) => p / total));
  }
  return rows;
}

function maskAt(step, mask, index) {
  const own = mask.shape.map((n, axis) => (n === 1 ? 0 : index[axis + 4 - mask.shape.length]));
  return recording.at(step, mask.number, flat(own, mask.shape));
}

function attentionView(step, event) {
  const [samples, , heads] = step.values[event.inputs[0]].shape;
  if (!event.inputs.slice(0, 2).every((v) => step.values[v].detail === "whole")) return null;
  const holder = h("div", { class: "maps" });
  const readout = h("div", { class: "readout", "aria-hidden": "true" });
  const map = (sample, head) =>
    plainMap(attentionWeights(step, event, sample, head), `Attention of head ${head}`, readout);
  const draw = (sample) => {
    const figures = Array.from({ length: Math.min(heads, 16) }, (_, head) =>
      h("figure", null, map(sample, head), h("figcaption", null, `head ${head}`)),
    );
    holder.replaceChildren(...oneStop(figures));
  };
  draw(0);
  return h(
    "section",
    { class: "value" },
    h("h3", null, "Attention maps: from each target (row) to each source (column)"),
    choice("sample", samples, draw),
    holder,
    readout,
  );
}

// A heatmap of numbers between 0 and 1 that are no array of the recording.
function plainMap(rows, label, readout) {
  const canvas = h("canvas", {
    ...readable(`${label}, ${rows.length} by ${rows[0].length}`, true),
    width: rows[0].length,
    height: rows.length,
  });
  const cell = cellFor(rows.length, rows[0].length, 150);
  Object.assign(canvas.style, { width: `${rows[0].length * cell}px`, height: `${rows.length * cell}px` });
  const context = canvas.getContext("2d"),
    paint = palette(1);
  rows.forEach((row, i) =>
    row.forEach((x, j) => {
      context.fillStyle = `rgb(${paint(x).join(",")})`;
      context.fillRect(j, i, 1, 1);
    }),
  );
  return walkable(canvas, { textAt: (i, j) => `${indexText([i, j])} = ${num(rows[i][j])}`, readout });
}

const GATES = {
  LSTMLoop: { output: 4, names: ["input gate i", "forget gate f", "candidate g", "output gate o"] },
  GRULoop: { output: 2, names: ["update gate u", "reset gate r", "candidate n"] },
};

function gatesView(step, event) {
  const { output, names } = GATES[event.name];
  const value = step.values[event.outputs[output]];
  const elements = value && recording.elements(step, value.number);
  if (!elements) return null;
  const [, steps, width] = value.shape,
    units = width / names.length;
  const holder = h("div", { class: "maps" });
  const readout = h("div", { class: "readout", "aria-hidden": "true" });
  const map = (sample, name, gate) =>
    heatmap(
      step,
      value,
      units,
      steps,
      (unit, time) => (sample * steps + time) * width + gate * units + unit,
      { cell: cellFor(units, steps, 170), label: name, readout, several: true },
    );
  const draw = (sample) => {
    const figures = names.map((name, gate) =>
      h("figure", null, map(sample, name, gate), h("figcaption", null, name)),
    );
    holder.replaceChildren(...oneStop(figures));
  };
  draw(0);
  return h(
    "section",
    { class: "value" },
    h("h3", null, "Gates over time: a row for each unit, a column for each time"),
    choice("sample", Math.floor(elements.length / (steps * width)), draw),
    holder,
    readout,
  );
}
