// The same step on TensorFlow: both numbers of each layer, the first difference.

function compareView() {
  const { summary, first, rows } = recording.comparison;
  return h("section", { class: "panel" }, h("h2", null, "The same step on TensorFlow"), h("p", null, summary),
    first && h("p", { class: "warn" }, `First difference: ${first}`),
    table(["", "of", "shape", "minikeras: norm", "TensorFlow: norm", "deviation"], rows.map((row) => [row.what, row.name, shapeText(row.shape), num(row.ours), num(row.theirs),
      h("span", { class: row.deviation === null || row.deviation > recording.comparison.rounding ? "warn" : "" }, row.deviation === null ? "on one side only" : num(row.deviation, 3))]), [3, 4, 5]));
}
