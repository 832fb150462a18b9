// Elements of the page, made by functions.

function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style" && typeof value === "object") Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

const h = (tag, attributes, ...children) => add(set(document.createElement(tag), attributes), children);
const svg = (tag, attributes, ...children) =>
  add(set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes), children);

const linkTo = (route, ...children) => h("a", { href: `#${route}${stepSuffix()}` }, ...children);
const stepSuffix = () => (app.place ? `@${app.place}` : "");

function fact(name, value) {
  return value === null || value === undefined ? null : h("div", null, h("span", null, name), value);
}

function table(heads, rows, numeric = []) {
  const kind = (i) => (numeric.includes(i) ? "number" : null);
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          heads.map((text, i) => h("th", { scope: "col", class: kind(i) }, text)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            null,
            row.map((cell, i) => h("td", { class: kind(i) }, cell)),
          ),
        ),
      ),
    ),
  );
}

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// A line of source, with its file.
function sourceLine(number) {
  if (number === undefined || number === null) return null;
  const [file, line, text] = recording.lines[number];
  return h(
    "div",
    { class: "small source-line" },
    h("span", { class: "muted" }, `${file}:${line}  `),
    h("code", null, text),
  );
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
