// Which view is shown: the part of the address after #, as view/argument/argument@place of the step.

const app = { place: 0, view: "graph", words: [], remembered: {}, title: document.title };
let recording = null;

const VIEWS = {
  graph: { title: "Network", show: graphView },
  layer: { title: "Layer", show: layerView },
  timeline: { title: "Timeline", show: timelineView },
  element: { title: "Element", show: elementView },
  steps: { title: "Steps", show: stepsView, exists: () => recording.steps.length > 1 },
  machine: { title: "Machine", show: machineView },
  compare: { title: "TensorFlow", show: compareView, exists: () => Boolean(recording.comparison) },
  difference: { title: "Difference", show: differenceView, exists: () => Boolean(recording.difference) },
};
const KEYS = [
  ["1 … 8", "the views, from left to right"],
  ["← →", "previous and next event (timeline), or element (heatmap; there ↑ ↓ too)"],
  ["Page Up, Page Down", "previous and next map of a grid; ten events up or down in the timeline's list"],
  ["[ ]", "previous and next step"],
  ["Enter", "open the focused item"],
  ["t", "light or dark"],
  ["?", "this list"],
];

const stepLabel = (step) => `step ${step.number}${step.how === "replayed" ? ", replayed" : ""}`;
const currentStep = () => recording.steps[app.place];
const go = (route) => {
  location.hash = `${route}${stepSuffix()}`;
};
const shownViews = () => Object.entries(VIEWS).filter(([, view]) => !view.exists || view.exists());

function route() {
  const [path, place] = decodeURIComponent(location.hash.slice(1)).split("@");
  const [view, ...words] = path.split("/");
  app.place = Math.min(Number(place) || 0, recording.steps.length - 1);
  app.view = Object.hasOwn(VIEWS, view) ? view : "graph";
  app.words = words.length ? words : (app.remembered[app.view] ?? []);
  app.remembered[app.view] = app.words;
  const hadFocus = document.activeElement !== document.body;
  render();
  if (path !== app.path) beginAtTheTop(hadFocus);
  app.path = path;
}

// The focused element may have been in the previous view: continue at the start of the new one, not of the page.
function beginAtTheTop(hadFocus) {
  scrollTo({ top: 0, behavior: "instant" });
  if (!hadFocus || document.activeElement !== document.body) return;
  document.getElementById("main").focus({ preventScroll: true });
  announce(document.querySelector("#panel h2, #panel .element-number")?.textContent ?? VIEWS[app.view].title);
}

function render() {
  const panel = document.getElementById("panel");
  const focused = document.activeElement?.id;
  drawTabs();
  drawStepPicker();
  panel.replaceChildren(VIEWS[app.view].show(currentStep(), app.words));
  panel.setAttribute("aria-labelledby", `tab-${app.view}`);
  letScrollByKeys(panel);
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  document.title = `${VIEWS[app.view].title} – ${app.title}`;
  document.documentElement.dataset.ready = location.hash;
}

// A scrolling element without focusable content becomes focusable itself, so that arrow keys scroll it.
function letScrollByKeys(panel) {
  for (const node of panel.querySelectorAll(".scroll, .graph, pre")) {
    const scrolls = node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight;
    if (scrolls && !node.querySelector("a, button, input, select, [tabindex]")) node.tabIndex = 0;
  }
}

function drawTabs() {
  const tabs = shownViews().map(([name, view]) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-selected": String(name === app.view),
        "aria-controls": "panel",
        tabindex: name === app.view ? 0 : -1,
        onclick: () => go(name),
      },
      view.title,
    ),
  );
  const nav = document.getElementById("tabs");
  const hadFocus = nav.contains(document.activeElement);
  nav.replaceChildren(...tabs);
  const selected = nav.querySelector("[aria-selected=true]");
  nav.scrollLeft = Math.max(0, selected.offsetLeft - nav.offsetLeft - 60); // on a phone they are wider than the screen
  if (hadFocus) selected.focus();
}

function drawStepPicker() {
  const picker = document.getElementById("step-picker");
  if (recording.steps.length < 2) return;
  if (picker.contains(document.activeElement) && picker.querySelector("input")) {
    picker.querySelector("input").value = app.place;
    picker.querySelector("output").textContent = stepLabel(currentStep());
    return;
  }
  picker.replaceChildren(
    h("input", {
      type: "range",
      min: 0,
      max: recording.steps.length - 1,
      value: app.place,
      "aria-label": "Recorded step",
      oninput: (event) => changeStep(Number(event.target.value)),
    }),
    h("output", null, stepLabel(currentStep())),
  );
}

function changeStep(place) {
  app.place = Math.max(0, Math.min(recording.steps.length - 1, place));
  location.hash = `${[app.view, ...app.words].join("/")}${stepSuffix()}`;
  announce(stepLabel(currentStep()));
}

// In a frame without an address of its own, as notebooks show it, a link "#…" would lead to the page around the frame.
function followLink(event) {
  const link = event.target.closest?.("a[href^='#']");
  if (!link || link.classList.contains("skip") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  location.hash = link.getAttribute("href").slice(1);
}

// A link "#main" would name a view.
function skipToContent(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function switchTheme() {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  render();
}

function showKeys() {
  const dialog = document.getElementById("keys");
  dialog.replaceChildren(
    h("h2", { id: "keys-title" }, "Keys"),
    table(
      ["key", "what it does"],
      KEYS.map(([key, text]) => [h("kbd", null, key), text]),
    ),
    lettersSwitch(),
    h("form", { method: "dialog", style: { marginTop: "12px" } }, h("button", null, "Close")),
  );
  dialog.showModal();
}

// Users of speech input, and those who press a key by accident, do not want single letters to do something.
function lettersSwitch() {
  const onchange = (event) => {
    app.lettersAreOff = !event.target.checked;
  };
  const box = h("input", { type: "checkbox", id: "letters", checked: !app.lettersAreOff, onchange });
  return h("p", null, h("label", null, box, " Use letters, digits and signs as keys"));
}

function onKey(event) {
  if (app.lettersAreOff && event.key.length === 1) return;
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
  )
    return;
  const views = shownViews();
  if (event.key >= "1" && event.key <= String(views.length)) go(views[Number(event.key) - 1][0]);
  else if (event.key === "[") changeStep(app.place - 1);
  else if (event.key === "]") changeStep(app.place + 1);
  else if (event.key === "t") switchTheme();
  else if (event.key === "?") showKeys();
  else if (event.target.getAttribute("role") === "tab" && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    const at = views.findIndex(([name]) => name === app.view) + (event.key === "ArrowLeft" ? -1 : 1);
    go(views[(at + views.length) % views.length][0]);
  } else if (app.view === "timeline" && event.key === "ArrowLeft") stepTimeline(-1);
  else if (app.view === "timeline" && event.key === "ArrowRight") stepTimeline(1);
  else return;
  event.preventDefault();
}

async function begin() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
  recording = await readRecording();
  document.getElementById("theme").addEventListener("click", switchTheme);
  document.getElementById("skip").addEventListener("click", skipToContent);
  document.getElementById("help").addEventListener("click", showKeys);
  addEventListener("keydown", onKey);
  addEventListener("click", followLink);
  addEventListener("hashchange", route);
  route();
}

begin();
