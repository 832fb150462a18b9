// The same step on TensorFlow: both numbers of each layer, the first difference.

function compareView() {
  const { summary, first, rows } = recording.comparison;
  return h("section", { class: "panel" }, h("h2", null, "The same step on TensorFlow"), h("p", null, summary),
    first && h("p", { class: "warn" }, `First difference: ${first}`),
    table(["", "what", "minikeras", "TensorFlow", "largest deviation", "relative"], rows.map((row) => [row.kind, row.name, num(row.ours), num(row.theirs), num(row.deviation, 3), num(row.relative, 3)]), [2, 3, 4, 5]));
}
