// Numbers as text.

function num(x, digits = 4) {
  if (x === null || x === undefined) return "–";
  if (typeof x === "string") return x === "nan" ? "NaN" : x === "inf" ? "∞" : x === "-inf" ? "−∞" : x;
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x).replace("-", "−");
  const size = Math.abs(x);
  const text = size >= 1e5 || size < 1e-3 ? x.toExponential(digits - 1) : x.toPrecision(digits);
  return text.replace("-", "−").replace("e−", "e-").replace("e-", "e−").replace("e+", "e");
}

function scaled(x, unit, names) {
  if (x === null || x === undefined) return "unknown";
  let place = 0;
  while (x >= 1000 && place < names.length - 1) {
    x /= 1000;
    place++;
  }
  return `${x >= 100 || Number.isInteger(x) ? Math.round(x) : x.toPrecision(3)} ${names[place]}${unit}`;
}

const bytesText = (n) => scaled(n, "B", ["", "k", "M", "G"]);
const flopsText = (n) =>
  n === undefined || n === null ? "not declared" : scaled(n, "FLOP", ["", "k", "M", "G", "T"]);
const timeText = (s) =>
  s >= 1
    ? `${s.toPrecision(3)} s`
    : s >= 1e-3
      ? `${(s * 1e3).toPrecision(3)} ms`
      : `${(s * 1e6).toPrecision(3)} µs`;
const shapeText = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
const indexText = (index) => (index.length ? `[${index.join(", ")}]` : "");
const percent = (x) => `${(100 * x).toPrecision(3)} %`;

// What was kept of a value, in words.
function detailText(value) {
  if (value.detail === "whole") return "whole";
  if (value.detail === "rows") return `first ${value.rows} of ${value.shape[0]} rows`;
  return "statistics only";
}

// "Matmul + bias + relu" for an op that is several, the name of its class for others.
function opName(event) {
  const { product, relu } = event.settings;
  const name = product ? `${product.op} + bias${relu ? " + relu" : ""}` : event.name;
  return event.kind === "gradient" ? `∂ ${name}` : name;
}
