// One layer: formula, shapes, weights, values, gradients, what it cost.

function layerView(step, words) {
  const number = Math.min(Number(words[0]) || 0, step.layers.length - 1);
  const layer = step.layers[number];
  if (!layer) return h("p", { class: "panel" }, "No layer was called in this step.");
  const events = eventsOf(step, { layer: number });
  const forward = events.filter((event) => event.kind !== "gradient"), backward = events.filter((event) => event.kind === "gradient");
  return h("div", null,
    h("div", { class: "panel" },
      h("div", { class: "row" }, h("h2", null, layer.path), h("span", { class: "muted" }, layer.kind), layerPicker(step, number)),
      layer.formula && h("div", { class: "formula" }, layer.formula),
      factsOf(step, layer, forward, backward), insideOf(step, layer)),
    h("div", { class: "columns" },
      h("div", null, h("section", { class: "panel" }, h("h2", null, "Forward"),
        distinct(layer.inputs).map((v, i, all) => valueView(step, v, { title: `input${all.length > 1 ? ` ${i}` : ""}: ${step.values[v].name}` })),
        layer.outputs.map((v) => valueView(step, v, { title: "output" })), specialViews(step, forward))),
      h("div", null, h("section", { class: "panel" }, h("h2", null, "Backward"), gradientViews(step, layer)))),
    weightViews(step, layer),
    h("section", { class: "panel" }, h("h2", null, "Operations and time"), costOf(step, events), rooflineOf(events), eventTable(step, events)));
}

const distinct = (numbers) => [...new Set(numbers)];

// The layers inside, which a composite layer or a model has called.
function insideOf(step, layer) {
  const inside = step.layers.filter((other) => other.first >= layer.first && other.last <= layer.last && other.depth === layer.depth + 1 && other.number > layer.number);
  return inside.length > 0 && h("p", { class: "small" }, "Inside: ", inside.map((other, i) => [i ? ", " : "", linkTo(`layer/${other.number}`, other.path)]));
}

function layerPicker(step, number) {
  return h("label", { class: "small" }, h("span", { class: "hidden" }, "Layer "), h("select", { onchange: (event) => go(`layer/${event.target.value}`) },
    step.layers.map((layer) => h("option", { value: layer.number, selected: layer.number === number }, `${"  ".repeat(layer.depth)}${layer.path} (${layer.kind})`))));
}

const sum = (things, of) => things.reduce((total, thing) => total + (of(thing) ?? 0), 0);

function factsOf(step, layer, forward, backward) {
  const parameters = weightsOf(step, layer).reduce((n, w) => n + size(step.values[w.before].shape), 0);
  const output = layer.outputs.length ? step.values[layer.outputs[0]] : null;
  const dead = output?.statistics?.dead;
  const settings = Object.entries(layer.config).filter(([, v]) => v !== null && v !== false && !(Array.isArray(v) && !v.length));
  return [h("div", { class: "facts" },
    fact("output", output && shapeText(output.shape)), fact("parameters", parameters.toLocaleString("en")),
    fact("FLOPs forward", flopsText(sum(forward, (e) => e.flops))), fact("FLOPs backward", flopsText(sum(backward, (e) => e.flops))),
    fact("time forward", timeText(sum(forward, (e) => e.seconds))), fact("time backward", timeText(sum(backward, (e) => e.seconds))),
    dead ? fact("units that are 0 for the whole batch", `${dead} of ${output.shape.at(-1)}`) : null),
  h("details", null, h("summary", null, "settings"), h("div", { class: "facts small" }, settings.map(([name, value]) => fact(name, String(value)))))];
}

function gradientViews(step, layer) {
  const view = (number, title) => {
    const gradient = step.gradients[number];
    return gradient === undefined ? h("p", { class: "muted small" }, `${title}: not computed; nothing needs it, or the loss takes another way around it (a crossentropy takes the logits of a softmax).`) : valueView(step, gradient, { title });
  };
  return [layer.outputs.map((v) => view(v, "d loss / d output")), distinct(layer.inputs).map((v) => view(v, `d loss / d input: ${step.values[v].name}`))];
}

function weightViews(step, layer) {
  const weights = weightsOf(step, layer);
  if (!weights.length) return null;
  return h("section", { class: "panel" }, h("h2", null, "Weights"), weights.map((weight) => h("div", { style: { marginBottom: "18px" } },
    h("h3", null, weight.path, " ", h("span", { class: "badge" }, weight.trainable ? "trained" : "not trained"), " ",
      ratioOf(weight) !== null && h("span", { class: "muted small" }, `‖update‖ / ‖weight‖ = ${num(ratioOf(weight))}`)),
    h("div", { class: "columns" }, h("div", null, valueView(step, weight.before, { title: "before", isWeight: true, space: 360 })),
      h("div", null, weight.gradient !== null && valueView(step, weight.gradient, { title: "d loss / d weight", isWeight: true, space: 360 }),
        weight.after !== null && h("p", { class: "small" }, linkTo(`element/${weight.after}/0`, "values after the update")))))));
}

function costOf(step, events) {
  const bytes = sum(events, (e) => e.bytes), flops = sum(events, (e) => e.flops), seconds = sum(events, (e) => e.seconds);
  const kernels = [...new Set(events.flatMap((e) => e.kernels))];
  return h("div", { class: "facts" }, fact("bytes read and written", bytesText(bytes)), fact("FLOP per byte", bytes ? num(flops / bytes, 3) : "–"),
    fact("rate", seconds ? `${num(flops / seconds / 1e9, 3)} GFLOP/s` : "–"), fact("in compiled kernels", kernels.length ? timeText(sum(events, kernelTime)) : null),
    fact("kernels", kernels.length ? kernels.map((name, i) => [i ? ", " : "", name, h("span", { class: "mono small" }, ` ${timeText(sum(events, (e) => (e.kernels.includes(name) ? e.kernel_seconds[e.kernels.indexOf(name)] : 0)))}`)]) : "NumPy alone"));
}

function rooflineOf(events) {
  const machine = recording.machine_peaks;
  if (!machine) return null;
  const points = events.filter((e) => e.flops && e.bytes && e.seconds).map((e) => ({ name: opName(e), intensity: e.flops / e.bytes,
    rate: e.flops / e.seconds / 1e9, color: e.kind === "gradient" ? "--backward" : "--forward" }));
  return points.length ? h("figure", { style: { margin: 0 } }, h("figcaption", { class: "small muted" },
    "Each op beside the roofline of this machine, forward blue and backward red. Small ops are far below it, since the time of an op includes the Python around it."), roofline(machine, points)) : null;
}

function eventTable(step, events) {
  return table(["", "op", "result", "time", "in kernels", "FLOPs", "line"], events.map((e) => [h("span", { class: `phase ${e.phase}` }, e.phase),
    linkTo(`timeline/${e.number}`, opName(e)), e.outputs.filter((v) => v !== null).map((v) => shapeText(step.values[v].shape)).join(" "),
    timeText(e.seconds), e.kernels.length ? timeText(kernelTime(e)) : "–", e.flops === undefined ? "–" : flopsText(e.flops), sourceLine(e.layer_line ?? e.line)]), [3, 4, 5]);
}

// What only some ops have: attention weights, and gates of recurrent layers over time.
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
  const [, targets, heads, width] = step.values[event.inputs[0]].shape, sources = step.values[event.inputs[1]].shape[1];
  const mask = event.inputs.length > 3 ? step.values[event.inputs[3]] : null;
  const rows = [];
  for (let t = 0; t < targets; t++) {
    const logits = [];
    for (let s = 0; s < sources; s++) {
      let dot = 0;
      for (let d = 0; d < width; d++) dot += q[((sample * targets + t) * heads + head) * width + d] * k[((sample * sources + s) * heads + head) * width + d];
      const seen = !(event.settings.is_causal && s > t) && (!mask || maskAt(step, mask, [sample, head, t, s]));
      logits.push(seen ? dot * event.settings.scale : -Infinity);
    }
    const most = Math.max(...logits), powers = logits.map((x) => (most === -Infinity ? 1 : Math.exp(x - most))), total = powers.reduce((a, b) => a + b, 0);
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
  const readout = h("div", { class: "readout" });
  const draw = (sample) => holder.replaceChildren(...Array.from({ length: Math.min(heads, 16) }, (_, head) => {
    const rows = attentionWeights(step, event, sample, head);
    return h("figure", null, plainMap(rows, `Attention of head ${head}`, readout), h("figcaption", null, `head ${head}`));
  }));
  draw(0);
  return h("section", { class: "value" }, h("h3", null, "Attention maps: from each target (row) to each source (column)"),
    h("label", { class: "small muted" }, "sample ", h("input", { type: "range", min: 0, max: samples - 1, value: 0, oninput: (e) => draw(Number(e.target.value)) })), holder, readout);
}

// A heatmap of numbers between 0 and 1 that are no array of the recording.
function plainMap(rows, label, readout) {
  const canvas = h("canvas", { class: "heatmap", width: rows[0].length, height: rows.length, role: "img", "aria-label": `${label}, ${rows.length} by ${rows[0].length}` });
  const cell = cellFor(rows.length, rows[0].length, 150);
  Object.assign(canvas.style, { width: `${rows[0].length * cell}px`, height: `${rows.length * cell}px` });
  const context = canvas.getContext("2d"), paint = palette(1);
  rows.forEach((row, i) => row.forEach((x, j) => { context.fillStyle = `rgb(${paint(x).join(",")})`; context.fillRect(j, i, 1, 1); }));
  canvas.addEventListener("pointermove", (event) => {
    const i = Math.min(rows.length - 1, Math.floor(event.offsetY / cell)), j = Math.min(rows[0].length - 1, Math.floor(event.offsetX / cell));
    if (rows[i]) readout.textContent = `${indexText([i, j])} = ${num(rows[i][j])}`;
  });
  return canvas;
}

const GATES = { LSTMLoop: { output: 4, names: ["input gate i", "forget gate f", "candidate g", "output gate o"] },
  GRULoop: { output: 2, names: ["update gate u", "reset gate r", "candidate n"] } };

function gatesView(step, event) {
  const { output, names } = GATES[event.name];
  const value = step.values[event.outputs[output]];
  const elements = value && recording.elements(step, value.number);
  if (!elements) return null;
  const [, steps, width] = value.shape, units = width / names.length;
  const readout = h("div", { class: "readout" });
  return h("section", { class: "value" }, h("h3", null, "Gates over time, of sample 0: a row for each unit, a column for each time"), h("div", { class: "maps" },
    names.map((name, gate) => h("figure", null, heatmap(step, value, units, steps, (unit, time) => time * width + gate * units + unit,
      { cell: cellFor(units, steps, 170), label: name, readout }), h("figcaption", null, name)))), readout);
}
