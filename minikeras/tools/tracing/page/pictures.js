// Arrays as pictures: heatmaps that can be explored with the keyboard, grids of images, histograms.

const MOST_ROWS = 128,
  MOST_COLUMNS = 256,
  MOST_MAPS = 36;

// A function from a number to [r, g, b]: white at 0, one colour for negative numbers and one for positive ones.
function palette(largest) {
  const parts = (name) => color(name).split(",").map(Number);
  const [negative, neutral, positive] = [parts("--negative"), parts("--neutral"), parts("--positive")];
  return (x) => {
    if (Number.isNaN(x)) return [255, 0, 255];
    const share = largest ? Math.min(1, Math.abs(x) / largest) ** 0.7 : 0;
    const end = x < 0 ? negative : positive;
    return neutral.map((n, i) => Math.round(n + (end[i] - n) * share));
  };
}

function largestOf(value) {
  const s = value.statistics;
  return s ? Math.max(Math.abs(s.min), Math.abs(s.max)) || 1 : 1;
}

// A heatmap of rows × columns elements of a value. `place(row, column)` is the element's place in the array.
function heatmap(step, value, rows, columns, place, { cell, label, readout, several = false }) {
  const shown = { rows: Math.min(rows, MOST_ROWS), columns: Math.min(columns, MOST_COLUMNS) };
  const about = `${label}, ${rows} by ${columns}${shown.rows < rows || shown.columns < columns ? ", cut" : ""}`;
  const canvas = h("canvas", {
    ...readable(`${about}. Enter explains an element`, several),
    width: shown.columns,
    height: shown.rows,
  });
  const [wide, high] = Array.isArray(cell) ? cell : [cell, cell];
  canvas.style.width = `${shown.columns * wide}px`;
  canvas.style.height = `${shown.rows * high}px`;
  const context = canvas.getContext("2d");
  const image = context.createImageData(shown.columns, shown.rows);
  const paint = palette(largestOf(value));
  const elements = recording.elements(step, value.number);
  for (let row = 0, at = 0; row < shown.rows; row++) {
    for (let column = 0; column < shown.columns; column++, at += 4) {
      const [r, g, b] = paint(elements[place(row, column)]);
      image.data.set([r, g, b, 255], at);
    }
  }
  context.putImageData(image, 0, 0);
  const textAt = (row, column) => {
    const at = place(row, column);
    return `${indexText(unflat(at, value.shape))} = ${num(elements[at], 6)}`;
  };
  const open = (row, column) => go(`element/${value.number}/${place(row, column)}`);
  return walkable(canvas, { textAt, open, readout });
}

// Elements of a canvas with one pixel each are read with the pointer or the arrow keys, and opened by a click or Enter.
function walkable(canvas, { textAt, open = () => {}, readout }) {
  let [row, column] = [0, 0];
  const within = (n, count) => Math.max(0, Math.min(count - 1, Math.floor(n)));
  const goTo = (r, c) => {
    [row, column] = [within(r, canvas.height), within(c, canvas.width)];
    if (readout) readout.textContent = textAt(row, column);
  };
  const pointTo = (event) => {
    const box = canvas.getBoundingClientRect();
    goTo(
      ((event.clientY - box.top) / box.height) * canvas.height,
      ((event.clientX - box.left) / box.width) * canvas.width,
    );
  };
  canvas.addEventListener("pointermove", pointTo);
  canvas.addEventListener("click", (event) => {
    pointTo(event);
    open(row, column);
  });
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (by) {
      goTo(row + by[0], column + by[1]);
      announce(textAt(row, column));
    } else if (event.key === "Enter") open(row, column);
    else if (!moveToOther(canvas, { PageUp: -1, PageDown: 1 }[event.key])) return;
    event.preventDefault();
    event.stopPropagation();
  });
  return canvas;
}

function oneStop(figures) {
  for (const figure of figures.slice(1)) figure.querySelector("canvas").tabIndex = -1;
  return figures;
}

// What makes a canvas readable with the keyboard.
const readable = (label, several) => ({
  class: "heatmap",
  tabindex: 0,
  role: "application", // so that a screen reader leaves the arrow keys to it
  "aria-roledescription": "heatmap",
  "aria-label": `${label}. Arrow keys read elements${several ? ", Page Up and Page Down move to other maps" : ""}.`,
});

// Of a grid of maps one is a stop of the Tab key; Page Up and Page Down move between them.
function moveToOther(canvas, by) {
  const maps = [...(canvas.closest(".maps")?.querySelectorAll("canvas") ?? [])];
  const other = by && maps[maps.indexOf(canvas) + by];
  if (!other) return false;
  canvas.tabIndex = -1;
  other.tabIndex = 0;
  other.focus();
  return true;
}

// [width, height] of a cell of a matrix: square where that is large enough; long or high matrices stay readable.
function cellOfMatrix(rows, columns, space) {
  const [wide, high] = [Math.min(columns, MOST_COLUMNS), Math.min(rows, MOST_ROWS)].map((n) =>
    Math.max(1, Math.min(18, Math.floor(space / n))),
  );
  return Math.min(wide, high) >= 5 ? Math.min(wide, high) : [wide, high];
}

const cellFor = (rows, columns, space) =>
  Math.max(1, Math.min(18, Math.floor(space / Math.max(rows, columns))));

// The picture of an array: a row, a matrix, or images with a choice of the sample (of the input channel of a kernel).
function pictureOf(step, value, { isWeight = false, space = 420 } = {}) {
  if (!recording.elements(step, value.number)) return null;
  const shape = value.rows === undefined ? value.shape : [value.rows, ...value.shape.slice(1)];
  if (!size(shape)) return null;
  const readout = h("div", { class: "readout", "aria-hidden": "true" });
  const step_ = strides(value.shape);
  const holder = h("div", { class: "maps" });
  const draw = (first) => {
    holder.replaceChildren(...mapsOf(step, value, shape, step_, first, { isWeight, space, readout }));
  };
  const choices = choicesOf(shape, isWeight);
  draw(0);
  return h("div", null, choices && choice(choices.name, choices.count, draw), holder, readout);
}

// A slider over `count` pictures, of which one is drawn.
function choice(name, count, draw) {
  if (count < 2) return null;
  const shown = h("output", null, "0");
  const show = (event) => {
    draw(Number(event.target.value));
    shown.textContent = event.target.value;
  };
  const slider = h("input", {
    type: "range",
    min: 0,
    max: count - 1,
    value: 0,
    "aria-label": name,
    oninput: show,
  });
  return h("label", { class: "small muted" }, `${name} `, slider, shown);
}

function choicesOf(shape, isWeight) {
  if (shape.length < 3) return null;
  if (shape.length === 4 && isWeight) return { name: "input channel", count: shape[2] };
  return { name: isWeight ? "first axis" : "sample", count: shape[0] };
}

function mapsOf(step, value, shape, step_, first, { isWeight, space, readout }) {
  const rank = shape.length;
  const options = (rows, columns, room, label) => ({
    cell: rank === 4 ? cellFor(rows, columns, room) : cellOfMatrix(rows, columns, room),
    label,
    readout,
    several: rank === 4,
  });
  const one = (rows, columns, place) => [
    heatmap(step, value, rows, columns, place, options(rows, columns, space, value.name)),
  ];
  if (rank === 0) return [numberButton(step, value, 0)];
  if (rank === 1) return one(1, shape[0], (_, j) => j);
  if (rank === 2) return one(shape[0], shape[1], (i, j) => i * shape[1] + j);
  if (rank === 3) return one(shape[1], shape[2], (i, j) => first * step_[0] + i * step_[1] + j);
  if (rank > 4)
    return [h("p", { class: "muted small" }, `Of an array with ${rank} axes, only statistics are shown.`)];
  const [rows, columns, count] = isWeight ? [shape[0], shape[1], shape[3]] : [shape[1], shape[2], shape[3]];
  const place = isWeight
    ? (k) => (i, j) => i * step_[0] + j * step_[1] + first * step_[2] + k
    : (k) => (i, j) => first * step_[0] + i * step_[1] + j * step_[2] + k;
  const maps = [];
  for (let k = 0; k < Math.min(count, MOST_MAPS); k++) {
    const label = `${value.name}, ${isWeight ? "filter" : "channel"} ${k}`;
    maps.push(
      h(
        "figure",
        null,
        heatmap(step, value, rows, columns, place(k), options(rows, columns, isWeight ? 46 : 84, label)),
        h("figcaption", null, k),
      ),
    );
  }
  oneStop(maps);
  if (count > MOST_MAPS) maps.push(h("p", { class: "small muted" }, `and ${count - MOST_MAPS} more`));
  return maps;
}

function numberButton(step, value, place) {
  return linkTo(
    `element/${value.number}/${place}`,
    h("span", { class: "mono" }, num(recording.at(step, value.number, place), 6)),
  );
}

function histogram(statistics, width = 190, height = 40) {
  const counts = statistics.histogram;
  const most = Math.max(...counts, 1),
    each = width / Math.max(1, counts.length);
  const label = `Histogram from ${num(statistics.min)} to ${num(statistics.max)}`;
  return svg(
    "svg",
    { class: "chart", width, height: height + 14, role: "img", "aria-label": label },
    counts.map((n, i) =>
      svg("rect", {
        x: i * each + 0.5,
        width: Math.max(1, each - 1),
        y: height - (height * n) / most,
        height: (height * n) / most,
        fill: "var(--accent)",
      }),
    ),
    svg("text", { x: 0, y: height + 12 }, num(statistics.min, 3)),
    svg("text", { x: width, y: height + 12, "text-anchor": "end" }, num(statistics.max, 3)),
  );
}

// A value with its name, what was kept of it, statistics and picture.
function valueView(step, number, { title, isWeight = false, space } = {}) {
  if (number === null || number === undefined) return null;
  const value = step.values[number];
  const s = value.statistics;
  const partial = value.detail === "whole" ? "" : " partial";
  return h(
    "section",
    { class: "value", "data-value": number },
    h(
      "header",
      null,
      h("strong", null, title ?? value.name),
      h("span", { class: "mono muted" }, `${shapeText(value.shape)} ${value.dtype}`),
      h("span", { class: `badge${partial}` }, detailText(value)),
    ),
    s &&
      h(
        "div",
        { class: "row small" },
        h("span", null, `mean ${num(s.mean)} · std ${num(s.std)} · norm ${num(s.norm)}`),
        s.zeros ? h("span", { class: "muted" }, `${percent(s.zeros / size(value.shape))} zero`) : null,
        s.nans || s.infinities
          ? h("span", { class: "warn" }, `${s.nans} NaN, ${s.infinities} infinite`)
          : null,
      ),
    h(
      "div",
      { class: "row", style: { alignItems: "flex-start" } },
      s && value.shape.length > 0 && histogram(s),
      pictureOf(step, value, { isWeight, space }),
    ),
  );
}
