// The playground: a form that describes a network, and its training drawn live. Python does the rest (playground.py).

import { PagePython } from "./page_python.js";

const SLICE = 0.12; // seconds of training between two drawings
const GRID = 48; // as in playground.py
const LARGEST_HISTORY = 4000; // points of the loss curve; then every second one is dropped
const COLORS = [[46, 110, 200], [220, 120, 20], [40, 150, 90]]; // of classes: distinct in lightness too
const KINDS = {
  "Dense relu": 8, "Dense tanh": 8, "Dense linear": 8, "Conv2D 3×3": 8, MaxPooling2D: null, Flatten: null,
  Dropout: 0.2, BatchNormalization: null,
};
const START = {
  points: [["Dense relu", 8], ["Dense relu", 8]],
  digits: [["Conv2D 3×3", 8], ["MaxPooling2D", null], ["Flatten", null]],
};

function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const field = (label, input) => make("label", { className: "field" }, label, input);
const select = (options, value) => {
  const made = make("select", {}, ...options.map((text) => make("option", { value: text, textContent: text })));
  made.value = value;
  return made;
};
const number = (value, step, min, max) => make("input", { type: "number", value, step, min, max });
const button = (textContent, onclick, title = "") => make("button", { type: "button", textContent, onclick, title });
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

class Playground {
  constructor(place) {
    this.python = new PagePython((text) => this.say(text));
    this.layers = [];
    this.training = false;
    this.prepared = false;
    place.replaceChildren(this.form(), this.pictures());
    this.setLayers(START.points);
    // The theme's switch changes an attribute of the body: what is drawn has its colours.
    new MutationObserver(() => this.draw()).observe(document.body, { attributes: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // --- the form ------------------------------------------------------------------------------------------------------

  form() {
    this.data = select(["circles", "spirals", "checkerboard", "blobs", "digits"], "circles");
    this.noise = number(0.05, 0.05, 0, 1);
    this.optimizer = select(["SGD", "Momentum", "RMSprop", "Adam", "AdamW"], "Adam");
    this.rate = number(0.01, "any", 0, 100);
    this.batch = number(32, 1, 1, 1000);
    this.seed = number(0, 1, 0, 1e9);
    this.list = make("ol", { className: "layers", ariaLabel: "Hidden layers, from the input to the output" });
    this.trainButton = button("Train", () => this.toggle());
    this.stepButton = button("One step", () => this.oneStep());
    this.resetButton = button("Start again", () => this.reset(), "Weights drawn again from the seed");
    this.traceButton = button("Explain the next step", () => this.explain(), "Every op of one training step, as a page");
    this.status = make("p", { className: "status", role: "status" });
    this.data.addEventListener("change", () => this.changeData());
    const form = make("form", { className: "editor", ariaLabel: "Network and training" });
    form.addEventListener("change", () => (this.prepared = false));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(
      make("fieldset", {}, make("legend", { textContent: "Data" }), field("Data set", this.data), field("Noise", this.noise)),
      make("fieldset", {}, make("legend", { textContent: "Hidden layers" }), this.list, button("Add a layer", () => this.addLayer())),
      make("fieldset", {}, make("legend", { textContent: "Training" }), field("Optimizer", this.optimizer),
        field("Learning rate", this.rate), field("Batch size", this.batch), field("Seed", this.seed)),
      make("div", { className: "actions" }, this.trainButton, this.stepButton, this.resetButton, this.traceButton),
      this.status,
    );
    return form;
  }

  setLayers(layers) {
    this.layers = layers.map(([kind, size]) => ({ kind, size }));
    this.showLayers();
  }

  addLayer() {
    const kind = this.layers.at(-1)?.kind ?? "Dense relu";
    this.layers.push({ kind, size: KINDS[kind] });
    this.showLayers();
    this.list.lastElementChild.querySelector("select").focus();
  }

  showLayers() {
    this.prepared = false;
    this.list.replaceChildren(...this.layers.map((layer, place) => this.row(layer, place)));
  }

  row(layer, place) {
    const kind = select(Object.keys(KINDS), layer.kind);
    kind.ariaLabel = `Kind of layer ${place + 1}`;
    kind.onchange = () => {
      Object.assign(layer, { kind: kind.value, size: KINDS[kind.value] });
      this.showLayers();
      this.list.children[place].querySelector("select").focus();
    };
    const dropout = layer.kind === "Dropout";
    const size = number(layer.size, dropout ? 0.05 : 1, dropout ? 0 : 1, dropout ? 0.95 : 256);
    size.ariaLabel = dropout ? `Rate of layer ${place + 1}` : `Units of layer ${place + 1}`;
    size.hidden = layer.size === null;
    size.onchange = () => (layer.size = Number(size.value));
    const remove = button("×", () => {
      this.layers.splice(place, 1);
      this.showLayers();
      (this.list.children[place] ?? this.list).querySelector("select")?.focus();
    });
    remove.ariaLabel = `Remove layer ${place + 1}`;
    return make("li", {}, kind, size, remove);
  }

  changeData() {
    const isImage = this.data.value === "digits";
    const needsImage = this.layers.some(({ kind }) => ["Conv2D 3×3", "MaxPooling2D", "Flatten"].includes(kind));
    if (isImage !== needsImage) this.setLayers(isImage ? START.digits : START.points);
    this.noise.disabled = isImage;
  }

  settings() {
    return {
      data: this.data.value, noise: this.noise.value, layers: this.layers, optimizer: this.optimizer.value,
      learning_rate: this.rate.value, batch_size: this.batch.value, seed: this.seed.value,
    };
  }

  // --- training ------------------------------------------------------------------------------------------------------

  say(text) {
    this.status.textContent = text;
  }

  // Do something with Python; errors are shown, as is the state of the buttons.
  async attempt(action) {
    this.busy = true;
    this.stepButton.disabled = this.resetButton.disabled = this.traceButton.disabled = true;
    try {
      if (!this.prepared) await this.prepare();
      await action();
    } catch (error) {
      this.training = this.prepared = false;
      this.say(error.message);
    }
    this.busy = false;
    this.trainButton.textContent = "Train";
    this.stepButton.disabled = this.resetButton.disabled = this.traceButton.disabled = false;
  }

  async prepare() {
    this.history = { losses: [], tests: [], every: 1 };
    this.model = await this.python.call("playground", "prepare", this.settings());
    this.prepared = true;
    this.receive(this.model);
  }

  async toggle() {
    if (this.training || this.busy) {
      this.training = false;
      return;
    }
    this.training = true;
    this.trainButton.textContent = "Pause";
    await this.attempt(async () => {
      while (this.training) {
        if (!this.prepared) await this.prepare(); // the form was changed
        this.receive(await this.python.call("playground", "train", SLICE));
      }
    });
  }

  oneStep() {
    if (!this.busy) this.attempt(async () => this.receive(await this.python.call("playground", "train", 0, 1)));
  }

  reset() {
    this.prepared = false;
    if (!this.busy) this.attempt(() => {});
  }

  explain() {
    this.attempt(async () => {
      this.say("Recording one step …");
      const page = await this.python.call("playground", "trace");
      const frame = make("iframe", { title: "The recorded training step", srcdoc: page, className: "trace" });
      frame.sandbox = "allow-scripts allow-same-origin"; // our own page; it reads and sets its address
      this.traced.replaceChildren(frame);
      this.say("The step is explained below the pictures.");
    });
  }

  receive(state) {
    this.state = state;
    const losses = state.losses.map((loss) => loss ?? NaN), testLoss = state.test_loss ?? NaN; // JSON has no NaN
    this.history.losses.push(...losses);
    this.history.tests.push([this.history.losses.length, testLoss]);
    if (this.history.losses.length > LARGEST_HISTORY) this.thinHistory();
    const bad = ![...losses, testLoss].every(Number.isFinite);
    if (bad) this.training = false;
    const accuracy = `${(100 * state.test_accuracy).toFixed(1)} %`;
    this.say(
      `Step ${state.step}, epoch ${state.epoch}. Test: loss ${testLoss.toFixed(4)}, accuracy ${accuracy}. ` +
        `${this.model.parameters} weights.` + (bad ? " The loss is not finite any more: try a smaller learning rate." : ""),
    );
    this.draw();
  }

  thinHistory() {
    this.history.losses = this.history.losses.filter((_, place) => place % 2);
    this.history.tests = this.history.tests.filter((_, place) => place % 2).map(([step, loss]) => [step / 2, loss]);
    this.history.every *= 2;
  }

  // --- pictures ------------------------------------------------------------------------------------------------------

  pictures() {
    const canvas = (label, width, height) => make("canvas", { role: "img", ariaLabel: label, width, height });
    this.regions = canvas("The classes that the network predicts, and the points", 300, 300);
    this.curve = canvas("The loss of each step, and that of the test data", 400, 300);
    this.digits = make("div", { className: "digits" });
    this.kernelPlace = make("div", { className: "kernels" });
    this.traced = make("div");
    const caption = (text, ...children) => make("figure", {}, ...children, make("figcaption", { textContent: text }));
    this.left = caption("Predicted classes; filled points are training data, hollow ones are test data", this.regions);
    this.middle = caption("Test digits with their predictions; wrong ones are marked ✗", this.digits);
    this.middle.hidden = true;
    return make("div", { className: "pictures" }, this.left, this.middle,
      caption("Loss of each step (thin) and of the test data (thick), on a logarithmic scale", this.curve),
      caption("Kernels: rows are inputs, columns are units; blue is negative, orange positive", this.kernelPlace),
      this.traced);
  }

  draw() {
    if (!this.state) return;
    const style = getComputedStyle(document.body);
    this.ink = style.getPropertyValue("--color-foreground-primary").trim() || style.color;
    this.faint = style.getPropertyValue("--color-background-border").trim() || "#999";
    this.left.hidden = !this.state.regions;
    this.middle.hidden = !this.state.digits;
    if (this.state.regions) this.drawRegions();
    if (this.state.digits) this.drawDigits();
    this.drawCurve();
    this.drawKernels();
  }

  drawRegions() {
    const context = this.regions.getContext("2d");
    const small = new ImageData(GRID, GRID);
    bytes(this.state.regions).forEach((value, place) => {
      const color = COLORS[value >> 6];
      small.data.set([...color, 40 + 2 * (value & 63)], 4 * place);
    });
    const offscreen = make("canvas", { width: GRID, height: GRID });
    offscreen.getContext("2d").putImageData(small, 0, 0);
    const { width, height } = this.regions;
    context.clearRect(0, 0, width, height);
    context.drawImage(offscreen, 0, 0, width, height);
    this.model.points.forEach((points, part) => points.forEach((point) => this.drawPoint(context, point, part)));
  }

  drawPoint(context, [x, y, label], isTest) {
    const { width, height } = this.regions;
    context.beginPath();
    context.arc(((x + 1) / 2) * width, ((1 - y) / 2) * height, 4, 0, 2 * Math.PI);
    context.lineWidth = isTest ? 2 : 1;
    context.strokeStyle = isTest ? `rgb(${COLORS[label]})` : this.ink;
    context.fillStyle = `rgb(${COLORS[label]})`;
    if (!isTest) context.fill();
    context.stroke();
  }

  drawDigits() {
    this.digits.replaceChildren(
      ...this.state.digits.map(([picture, label, predicted, probability]) => {
        const canvas = make("canvas", { width: 8, height: 8 });
        const image = new ImageData(8, 8);
        bytes(picture).forEach((value, place) => image.data.set([255 - value, 255 - value, 255 - value, 255], 4 * place));
        canvas.getContext("2d").putImageData(image, 0, 0);
        const right = label === predicted;
        const title = `${label}, predicted ${predicted} with probability ${(probability ?? NaN).toFixed(2)}`;
        canvas.role = "img";
        canvas.ariaLabel = title;
        return make("span", { title, className: right ? "right" : "wrong" }, canvas, `${predicted}${right ? "" : " ✗"}`);
      }),
    );
  }

  drawCurve() {
    const context = this.curve.getContext("2d");
    const { width, height } = this.curve;
    const { losses, tests, every } = this.history;
    const finite = [...losses, ...tests.map(([, loss]) => loss)].filter((loss) => loss > 0 && Number.isFinite(loss));
    context.clearRect(0, 0, width, height);
    context.font = "13px sans-serif";
    if (!finite.length) return;
    const low = Math.log10(finite.reduce((a, b) => Math.min(a, b))) - 0.05;
    const high = Math.log10(finite.reduce((a, b) => Math.max(a, b))) + 0.05;
    const left = 48, bottom = height - 24;
    const x = (step) => left + ((width - left - 8) * step) / Math.max(losses.length, 1);
    const y = (loss) => 8 + ((bottom - 8) * (high - Math.log10(Math.max(loss, 1e-12)))) / (high - low);
    context.fillStyle = this.ink;
    context.strokeStyle = this.faint;
    for (let power = Math.ceil(low * 2) / 2; power <= high; power += 0.5) {
      const value = 10 ** power;
      context.fillText(value.toPrecision(2), 2, y(value) + 4);
      line(context, [[left, y(value)], [width - 8, y(value)]], this.faint, 1);
    }
    context.fillText(`step ${losses.length * every}`, width - 90, height - 6);
    line(context, losses.map((loss, place) => [x(place + 1), y(loss)]), `rgba(${COLORS[0]}, 0.5)`, 1);
    line(context, tests.map(([step, loss]) => [x(step), y(loss)]), `rgb(${COLORS[1]})`, 2.5);
  }

  drawKernels() {
    this.kernelPlace.replaceChildren(
      ...this.state.kernels.map(([name, rows, columns, largest, picture]) => {
        const canvas = make("canvas", { width: columns, height: rows, role: "img", ariaLabel: `Kernel of ${name}` });
        const image = new ImageData(columns, rows);
        bytes(picture).forEach((value, place) => {
          const strength = (value - 128) / 127;
          image.data.set([...COLORS[strength < 0 ? 0 : 1], Math.round(255 * Math.abs(strength))], 4 * place);
        });
        canvas.getContext("2d").putImageData(image, 0, 0);
        canvas.style.width = `${columns * Math.min(16, Math.max(4, 256 / Math.max(rows, columns)))}px`;
        const text = `${name}: ${rows} × ${columns}, up to ±${largest.toPrecision(2)}`;
        return make("div", {}, canvas, make("small", { textContent: text }));
      }),
    );
  }
}

function line(context, points, color, width) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

new Playground(document.getElementById("live-network"));
