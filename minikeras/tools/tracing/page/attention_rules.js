// Attention, forward and backward; its weights are made again, since the fused op does not keep them.

function attentionRule(step, event, [b, t, head, d]) {
  const weights = attentionWeights(step, event, b, head)[t],
    v = inputOf(step, event, 2);
  return {
    formula: "y[t] = Σ_s softmax_s(scale · q[t] · k[s]) · v[s]",
    refs: [],
    terms: weights.map((p, s) =>
      term(constant(`attention to ${s}`, p), ref(step, v.number, flat([b, s, head, d], v.shape), "v")),
    ),
  };
}

// d loss / d logits of one target in one head: p · (dp − Σ p · dp), where dp[s] = dy · v[s].
function logitGradients(step, forward, dy, b, t, head, weights) {
  const v = inputOf(step, forward, 2),
    width = v.shape[3];
  const dp = weights.map((_, s) => {
    let dot = 0;
    for (let d = 0; d < width; d++)
      dot +=
        recording.at(step, dy.number, flat([b, t, head, d], dy.shape)) *
        recording.at(step, v.number, flat([b, s, head, d], v.shape));
    return dot;
  });
  const mean = weights.reduce((total, p, s) => total + p * dp[s], 0);
  return weights.map((p, s) => p * (dp[s] - mean));
}

function attentionGradient(step, event, input, [b, place, head, d]) {
  const forward = forwardOf(step, event),
    rows = attentionWeights(step, forward, b, head),
    dy = step.values[dyOf(event)],
    { scale } = event.settings;
  if (input > 2) return null;
  if (input === 2)
    return {
      formula: "dv[s] = Σ_t attention of t to s · dy[t]",
      refs: [],
      terms: rows.map((row, t) =>
        term(
          constant(`attention of ${t}`, row[place]),
          ref(step, dy.number, flat([b, t, head, d], dy.shape), "dy"),
        ),
      ),
    };
  const other = inputOf(step, forward, 1 - input),
    part = (i) => ref(step, other.number, flat([b, i, head, d], other.shape), input ? "q" : "k");
  if (input === 0) {
    const ds = logitGradients(step, forward, dy, b, place, head, rows[place]);
    return {
      formula: "dq[t] = scale · Σ_s ds[t, s] · k[s], ds = p · (dp − Σ p · dp), dp = dy[t] · v[s]",
      refs: [],
      terms: ds.map((x, s) => term(constant(`scale · ds to ${s}`, scale * x), part(s))),
    };
  }
  return {
    formula: "dk[s] = scale · Σ_t ds[t, s] · q[t], ds = p · (dp − Σ p · dp), dp = dy[t] · v[s]",
    refs: [],
    terms: rows.map((row, t) =>
      term(
        constant(`scale · ds of ${t}`, scale * logitGradients(step, forward, dy, b, t, head, row)[place]),
        part(t),
      ),
    ),
  };
}
