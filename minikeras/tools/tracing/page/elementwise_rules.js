// Functions of one or two elements, with their text and their derivatives.

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
// Abramowitz and Stegun 7.1.26 has 1e-7; this series and continued fraction have float64's accuracy.
function erf(x) {
  const a = Math.abs(x);
  if (a > 5) return Math.sign(x);
  let sum = a,
    part = a;
  for (let n = 1; n < 200 && Math.abs(part) > 1e-17; n++) {
    part *= (-a * a) / n;
    sum += part / (2 * n + 1);
  }
  return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * sum);
}
const normalDensity = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

// f(x, settings) with its text, and its derivative from x and y.
const UNARY = {
  Relu: ["max(x, 0)", (x) => Math.max(x, 0), "1 where y > 0", (x, y) => (y > 0 ? 1 : 0)],
  Relu6: [
    "min(max(x, 0), 6)",
    (x) => Math.min(Math.max(x, 0), 6),
    "1 where 0 < y < 6",
    (x, y) => (y > 0 && y < 6 ? 1 : 0),
  ],
  LeakyRelu: [
    "x where x > 0, else slope · x",
    (x, s) => (x > 0 ? x : s.negative_slope * x),
    "1 or slope",
    (x, y, s) => (x > 0 ? 1 : s.negative_slope),
  ],
  Sigmoid: ["1 / (1 + exp(−x))", sigmoid, "y · (1 − y)", (x, y) => y * (1 - y)],
  Tanh: ["tanh(x)", Math.tanh, "1 − y²", (x, y) => 1 - y * y],
  Exp: ["exp(x)", Math.exp, "y", (x, y) => y],
  Log: ["ln x", Math.log, "1 / x", (x) => 1 / x],
  Log1p: ["ln(1 + x)", Math.log1p, "1 / (1 + x)", (x) => 1 / (1 + x)],
  Square: ["x²", (x) => x * x, "2x", (x) => 2 * x],
  Sqrt: ["√x", Math.sqrt, "1 / 2y", (x, y) => 0.5 / y],
  Rsqrt: ["1 / √x", (x) => 1 / Math.sqrt(x), "−y³ / 2", (x, y) => -0.5 * y ** 3],
  Reciprocal: ["1 / x", (x) => 1 / x, "−y²", (x, y) => -y * y],
  Negative: ["−x", (x) => -x, "−1", () => -1],
  Absolute: ["|x|", Math.abs, "sign(x)", Math.sign],
  Sin: ["sin x", Math.sin, "cos x", Math.cos],
  Cos: ["cos x", Math.cos, "−sin x", (x) => -Math.sin(x)],
  Softplus: [
    "ln(1 + exp(x))",
    (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    "1 / (1 + exp(−x))",
    sigmoid,
  ],
  Silu: [
    "x / (1 + exp(−x))",
    (x) => x * sigmoid(x),
    "s + y · (1 − s), s = sigmoid(x)",
    (x, y) => sigmoid(x) + y * (1 - sigmoid(x)),
  ],
  Elu: [
    "x where x > 0, else α · (exp(x) − 1)",
    (x, s) => (x > 0 ? x : s.alpha * Math.expm1(x)),
    "1, or y + α",
    (x, y, s) => (x > 0 ? 1 : y + s.alpha),
  ],
  Gelu: [
    "x · Φ(x)",
    (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    "Φ(x) + x · φ(x)",
    (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + x * normalDensity(x),
  ],
  Cast: ["x in another dtype", (x) => x, "1", () => 1],
  StopGradient: ["x", (x) => x, "0", () => 0],
};

// f(a, b) with its text, and the derivatives for a and b.
const BINARY = {
  Add: ["a + b", (a, b) => a + b, ["1", "1"], [() => 1, () => 1]],
  Subtract: ["a − b", (a, b) => a - b, ["1", "−1"], [() => 1, () => -1]],
  Multiply: ["a · b", (a, b) => a * b, ["b", "a"], [(a, b) => b, (a) => a]],
  Divide: ["a / b", (a, b) => a / b, ["1 / b", "−a / b²"], [(a, b) => 1 / b, (a, b) => -a / (b * b)]],
  TrueDivide: ["a / b", (a, b) => a / b, ["1 / b", "−a / b²"], [(a, b) => 1 / b, (a, b) => -a / (b * b)]],
  Power: [
    "a ^ b",
    (a, b) => a ** b,
    ["b · a ^ (b − 1)", "a ^ b · ln a"],
    [(a, b) => b * a ** (b - 1), (a, b) => (a > 0 ? a ** b * Math.log(a) : 0)],
  ],
};

// The text of a function with numbers in place of x, of a slope and of α. (Names like "exp" have an x of their own.)
function withNumbers(text, x, settings) {
  const numbers = {
    x: num(x),
    "x²": `(${num(x)})²`,
    slope: num(settings.negative_slope),
    α: num(settings.alpha),
  };
  return text.replaceAll(/\p{L}+²?/gu, (word, place) =>
    word === "x" && x < 0 && text[place - 1] !== "(" ? `(${num(x)})` : (numbers[word] ?? word),
  );
}

function unaryRule(step, event, index) {
  const [text, f] = UNARY[event.name];
  const x = partOf(step, inputOf(step, event, 0), flat(index, step.values[event.outputs[0]].shape), "x");
  return {
    formula: `y = ${text}`,
    refs: [x],
    terms: [],
    post: { text: withNumbers(text, x.x, event.settings), of: () => f(x.x, event.settings) },
  };
}

function binaryRule(step, event, index) {
  const [text, f] = BINARY[event.name];
  const [a, b] = [0, 1].map((i) => {
    const input = inputOf(step, event, i);
    return partOf(step, input, broadcastPlace(index, input.shape), "ab"[i]);
  });
  const filled = text.replace("a", num(a.x)).replace("b", num(b.x));
  if (event.name === "Add") return { formula: "y = a + b", terms: [term(a), term(b)], refs: [] };
  return { formula: `y = ${text}`, refs: [a, b], terms: [], post: { text: filled, of: () => f(a.x, b.x) } };
}
