// Charts with axes, as SVG.

const SERIES = ["--accent", "--backward", "--update", "--metrics", "--loss", "--forward"];

// Pixels that a chart may be wide on this screen, so that its letters keep their size on a phone.
const roomWide = () => Math.max(240, document.documentElement.clientWidth - 56);

// What a screen reader says of curves.
function spokenCurves(series) {
  return Object.entries(series)
    .map(([name, ys]) => {
      const known = ys.filter((y) => typeof y === "number" && Number.isFinite(y));
      if (!known.length) return `${name}: no numbers`;
      const range = `between ${num(Math.min(...known))} and ${num(Math.max(...known))}`;
      return `${name}: from ${num(known[0])} to ${num(known.at(-1))}, ${range}`;
    })
    .join("; ");
}

// Curves over the same x: {name: [y or null, …]}. `log` draws logarithms; `onpick(place)` is called by a click.
function lineChart(title, xs, series, { width = 640, height = 200, log = false, onpick = null } = {}) {
  const axes = axesOfChart(xs, series, Math.min(width, roomWide()), height, log);
  const label = `${title}. ${spokenCurves(series)}`;
  const node = svg(
    "svg",
    {
      class: "chart",
      width: axes.width,
      height,
      viewBox: `0 0 ${axes.width} ${height}`,
      role: "img",
      "aria-label": label,
    },
    gridOf(axes),
    Object.entries(series).map(([name, ys], i) => curveOf(axes, name, ys, `var(${SERIES[i % 6]})`)),
  );
  if (onpick) node.addEventListener("click", (event) => onpick(axes.placeAt(event.offsetX)));
  return h("figure", { style: { margin: "0 0 12px" } }, captionOf(title, xs, series, log), node);
}

const MARGINS = { left: 64, bottom: 26, top: 8, right: 12 };

// Where numbers are in the picture, in pixels: px(x), py(y); `isShown(y)`; `placeAt(pixel)` is the place in xs.
function axesOfChart(xs, series, width, height, log) {
  const { left, bottom, top, right } = MARGINS;
  const of = (y) => (log ? Math.log10(y) : y);
  const isShown = (y) => typeof y === "number" && Number.isFinite(y) && (!log || y > 0);
  const [low, high] = rangeOf(Object.values(series).flat().filter(isShown).map(of));
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const px = (x) => left + ((x - first) / (last - first || 1)) * (width - left - right);
  const py = (y) => top + (1 - (of(y) - low) / (high - low)) * (height - top - bottom);
  const ticks = [0, 0.5, 1].map((share) => low + share * (high - low)).map((t) => (log ? 10 ** t : t));
  const placeAt = (pixel) =>
    xs.reduce((best, x, j) => (Math.abs(px(x) - pixel) < Math.abs(px(xs[best]) - pixel) ? j : best), 0);
  return { width, height, xs, first, last, ticks, px, py, isShown, placeAt };
}

// [low, high] of numbers, with room around a single one.
function rangeOf(numbers) {
  if (!numbers.length) return [0, 1];
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (low < high) return [low, high];
  return low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
}

function gridOf({ width, height, first, last, ticks, py }) {
  const { left, right } = MARGINS;
  return [
    ticks.map((t) => [
      svg("line", { class: "grid", x1: left, x2: width - right, y1: py(t), y2: py(t) }),
      svg("text", { x: left - 6, y: py(t) + 4, "text-anchor": "end" }, num(t, 3)),
    ]),
    svg("text", { x: left, y: height - 6 }, String(first)),
    svg("text", { x: width - right, y: height - 6, "text-anchor": "end" }, String(last)),
  ];
}

function curveOf({ xs, px, py, isShown }, name, ys, stroke) {
  const points = ys.map((y, j) => (isShown(y) ? [px(xs[j]), py(y)] : null)).filter(Boolean);
  const line = { class: "line", points: points.map((p) => p.join(",")).join(" "), stroke };
  return [
    svg("polyline", line, svg("title", null, name)),
    points.map(([x, y]) => svg("circle", { cx: x, cy: y, r: 3, fill: stroke })),
  ];
}

// The title, the names of several curves, and where a logarithm has nothing to draw.
function captionOf(title, xs, series, log) {
  const names = Object.keys(series);
  const zeros = log ? xs.filter((_, j) => Object.values(series).some((ys) => ys[j] === 0)) : [];
  const where = `${zeros.slice(0, 8).join(", ")}${zeros.length > 8 ? ", …" : ""}`;
  const key = (name, i) =>
    h("span", { style: { color: `var(${SERIES[i % 6]})`, marginLeft: "12px" } }, `● ${name}`);
  return h(
    "figcaption",
    { class: "small" },
    title,
    zeros.length > 0 && h("span", { class: "warn" }, ` – 0 at ${where}`),
    names.length > 1 && names.map(key),
  );
}

// The roofline: attainable GFLOP/s over FLOPs per byte, with points [{name, intensity, rate}].
function roofline(machine, points, { width = 430, height = 230 } = {}) {
  width = Math.min(width, roomWide());
  const left = 52,
    bottom = 34,
    top = 12,
    right = 14;
  const x0 = -2,
    x1 = 3,
    top_ = Math.log10(machine.gflops) + 0.4,
    low = top_ - 5;
  const px = (x) =>
    left + ((Math.max(x0, Math.min(x1, Math.log10(x))) - x0) / (x1 - x0)) * (width - left - right);
  const py = (y) => top + (1 - (Math.max(low, Math.log10(y)) - low) / (top_ - low)) * (height - top - bottom);
  const knee = machine.gflops / machine.bandwidth;
  const roof = [
    [10 ** x0, 10 ** x0 * machine.bandwidth],
    [knee, machine.gflops],
    [10 ** x1, machine.gflops],
  ];
  return svg(
    "svg",
    {
      class: "chart",
      width,
      height,
      role: "img",
      "aria-label":
        `Roofline: at most ${num(machine.gflops, 3)} GFLOP/s and ${num(machine.bandwidth, 3)} GB/s. ` +
        points.map((p) => `${p.name}: ${num(p.rate, 3)} GFLOP/s`).join(", "),
    },
    svg("polyline", {
      class: "line",
      stroke: "var(--muted)",
      points: roof.map(([x, y]) => `${px(x)},${py(y)}`).join(" "),
    }),
    [-2, -1, 0, 1, 2, 3].map((x) =>
      svg("text", { x: px(10 ** x), y: height - 16, "text-anchor": "middle" }, 10 ** x),
    ),
    svg("text", { x: width - right, y: height - 3, "text-anchor": "end" }, "FLOP per byte"),
    [0, 1, 2, 3, 4]
      .map((d) => 10 ** Math.floor(top_ - d))
      .filter((y) => Math.log10(y) > low)
      .map((y) => svg("text", { x: left - 6, y: py(y) + 4, "text-anchor": "end" }, num(y, 2))),
    svg("text", { x: left, y: 10 }, "GFLOP/s"),
    points.map((p, i) =>
      svg(
        "circle",
        { cx: px(p.intensity), cy: py(p.rate), r: 5, fill: `var(${p.color})` },
        svg("title", null, `${p.name}: ${num(p.rate, 3)} GFLOP/s`),
      ),
    ),
  );
}
