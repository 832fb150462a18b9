// A replay: how the step differs from the recorded one, layer by layer.

function differenceView() {
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
      "The other views show the recorded step (place 0) and the replayed one (place 1). Relative: ‖difference‖ / " +
        "‖recorded‖. Random numbers are drawn again: masks of dropout are others where the batch or the dtype is " +
        "another.",
    ),
    table(
      ["what", "recorded: norm", "replayed: norm", "‖difference‖", "relative"],
      rows.map((row) => [
        row.name,
        num(row.before),
        num(row.after),
        num(row.difference, 3),
        row.relative === null ? (row.note ?? "–") : bar(row.relative, most),
      ]),
      [1, 2, 3],
    ),
  );
}
