// Run and Edit buttons on every code cell of a page. Nothing is loaded before one of them is pressed.

import { PagePython } from "./page_python.js";

const INDENT = "    ";
const cells = [];
const python = new PagePython((text) => showStatus(text));
let running = null; // the cell whose Stop is shown

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

class Cell {
  constructor(place, number) {
    this.place = place;
    this.input = place.querySelector(".cell_input");
    this.original = this.input.querySelector("pre").textContent.replace(/\n$/, "");
    this.editor = null;
    this.hasRun = false;
    this.addControls(number);
  }

  get code() {
    return this.editor ? this.editor.value : this.original;
  }

  addControls(number) {
    const button = (label, title, action) => element("button", { type: "button", textContent: label, title, onclick: action });
    this.runButton = button("Run", "Run this cell in the browser (Shift+Enter in the editor)", () => runCells([this]));
    this.allButton = button("Run to here", "Run the cells above that have not run yet, then this one", () => this.runToHere());
    this.editButton = button("Edit", "Change the code of this cell", () => this.edit());
    this.stopButton = button("Stop", "Stop the running cell", () => python.stop());
    this.stopButton.hidden = true;
    this.status = element("span", { className: "run-status", role: "status" });
    const label = `Code cell ${number}`;
    this.controls = element("div", { className: "run-controls", role: "group", ariaLabel: label });
    this.controls.append(this.runButton, this.allButton, this.editButton, this.stopButton, this.status);
    this.output = element("div", { className: "run-output", hidden: true, ariaLabel: `Output of ${label}` });
    this.input.after(this.controls, this.output);
  }

  edit() {
    if (this.editor) {
      this.editor.remove();
      this.editor = null;
      this.input.hidden = false;
      this.editButton.textContent = "Edit";
      return;
    }
    const rows = this.original.split("\n").length + 1;
    this.editor = element("textarea", { className: "run-editor", value: this.original, rows, spellcheck: false });
    this.editor.ariaLabel = "Code of this cell; Shift+Enter runs it, Escape leaves the editor";
    this.editor.addEventListener("keydown", (event) => this.key(event));
    this.input.hidden = true;
    this.input.before(this.editor);
    this.editor.focus();
    this.editButton.textContent = "Original";
  }

  key(event) {
    if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      runCells([this]);
    } else if (event.key === "Escape") {
      this.runButton.focus(); // the way out for the keyboard, since Tab indents
    } else if (event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.editor.setRangeText(INDENT, this.editor.selectionStart, this.editor.selectionEnd, "end");
    }
    event.stopPropagation(); // arrow keys turn the site's pages
  }

  runToHere() {
    const above = cells.slice(0, cells.indexOf(this)).filter((cell) => !cell.hasRun);
    runCells([...above, this]);
  }

  async run() {
    const built = this.place.querySelector(".cell_output");
    if (built) built.hidden = true; // what the site's build printed
    this.output.hidden = false;
    this.output.replaceChildren();
    const { error, shown, stopped } = await python.run(this.code, (stream, text) => this.print(stream, text));
    for (const { kind, data } of shown) this.output.append(drawn(kind, data));
    if (error) this.print("error", error);
    this.hasRun = !error;
    if (stopped) for (const cell of cells) cell.hasRun = false;
    return !error;
  }

  print(stream, text) {
    let last = this.output.lastElementChild;
    if (last?.dataset.stream !== stream) {
      last = element("pre", { className: `run-${stream}` });
      last.dataset.stream = stream;
      this.output.append(last);
    }
    last.textContent = overwritten(last.textContent + text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, ""));
  }
}

// Text as a terminal shows it: \r returns to the start of the line, \b goes one character back.
function overwritten(text) {
  if (!/[\r\b]/.test(text)) return text;
  return text
    .split("\n")
    .map((line) => {
      const shown = [];
      let column = 0;
      for (const character of line) {
        if (character === "\r") column = 0;
        else if (character === "\b") column = Math.max(column - 1, 0);
        else shown[column++] = character;
      }
      return shown.join("");
    })
    .join("\n");
}

function drawn(kind, data) {
  if (kind === "image") return element("img", { src: `data:image/png;base64,${data}`, alt: "Figure drawn by this cell" });
  if (kind === "html") return element("div", { innerHTML: data });
  return element("pre", { textContent: data });
}

function showStatus(text) {
  if (running) running.status.textContent = text;
}

async function runCells(chosen) {
  if (python.isRunning) return;
  for (const cell of cells) cell.runButton.disabled = cell.allButton.disabled = true;
  for (const cell of chosen) {
    running = cell;
    cell.status.textContent = "running …";
    cell.stopButton.hidden = false;
    const done = await cell.run();
    cell.stopButton.hidden = true;
    cell.status.textContent = done ? "done" : "";
    if (!done) break;
  }
  running = null;
  for (const cell of cells) cell.runButton.disabled = cell.allButton.disabled = false;
}

// What real tf.keras printed, on pages of the museum, stays as the site's build recorded it.
for (const printed of document.querySelectorAll("pre.beside")) {
  const note = "Run and Edit use only minikeras, since TensorFlow does not run in a browser.";
  printed.after(element("p", { className: "beside", textContent: note }));
}

// Cells that start other programs cannot run in a browser: they have no buttons, and "Run to here" leaves them out.
for (const place of document.querySelectorAll("div.cell:not(.tag_needs-processes)")) {
  if (place.querySelector(".cell_input pre")) cells.push(new Cell(place, cells.length + 1));
}
