// A replay: how the step differs from the recorded one, layer by layer.

function differenceView(step) {
  const { changes, rows } = recording.difference;
  const bar = (x, most) =>
    h(
      "div",
      { class: "bar-cell" },
      num(x, 3),
      h("i", {
        style: { width: `${most ? Math.min(100, (100 * x) / most) : 0}%`, background: "var(--backward)" },
      }),
    );
  const most = Math.max(...rows.map((row) => row.relative ?? 0));
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "Replayed with a change"),
    h(
      "ul",
      null,
      changes.map((text) => h("li", null, text)),
    ),
    h(
      "p",
      { class: "muted" },
      "The slider above switches the other views between the recorded step and the replayed one. Relative: " +
        "‖difference‖ / ‖recorded‖. Random numbers are drawn again: dropout masks change if the batch or the " +
        "dtype does.",
    ),
    table(
      ["what", "recorded: norm", "replayed: norm", "‖difference‖", "relative"],
      rows.map((row) => [
        placeOfRow(step, row.name),
        num(row.before),
        num(row.after),
        num(row.difference, 3),
        row.relative === null ? (row.note ?? "–") : bar(row.relative, most),
      ]),
      [1, 2, 3],
    ),
  );
}

// "dense: output" or "dense/kernel: gradient", with the way to the layer or the weight.
function placeOfRow(step, name) {
  const [path] = name.split(": ");
  const layer = step.layers.find((other) => other.path === path);
  if (layer) return linkTo(`layer/${layer.number}`, name);
  const weight = step.weights.find((other) => other.path === path);
  return weight ? linkTo(`element/${weight.before}/0`, name) : name;
}
