// The timeline: every op in order, to step through like a program in a debugger, with the memory in use.

function timelineView(step, words) {
  const chosen = Math.max(0, Math.min(step.events.length - 1, Number(words[0]) || 0));
  const detail = h("section", { class: "panel", id: "event-detail", "aria-label": "The selected event" });
  const rows = step.events.map((event) => timelineRow(step, event));
  const list = eventList(rows);
  const slider = h("input", {
    type: "range",
    min: 0,
    max: step.events.length - 1,
    value: chosen,
    "aria-label": "Event",
    style: { flex: "1", minWidth: "160px" },
    oninput: (event) => choose(Number(event.target.value), true),
  });
  const choose = (number, scroll) => {
    const event = step.events[number];
    markRow(rows, number, scroll);
    detail.replaceChildren(eventDetail(step, event));
    letScrollByKeys(detail);
    document.getElementById("cursor")?.setAttribute("transform", `translate(${stripX(step, event)},0)`);
    slider.value = number;
    slider.setAttribute("aria-valuetext", spokenEvent(event));
    app.remembered.timeline = app.words = [String(number)];
    if (location.protocol !== "about:") history.replaceState(null, "", `#timeline/${number}${stepSuffix()}`);
  };
  app.chooseEvent = choose;
  rows.forEach((row, i) => row.addEventListener("click", () => choose(i, false)));
  queueMicrotask(() => choose(chosen, true)); // when all of it is in the page
  return h(
    "div",
    null,
    h(
      "div",
      { class: "panel" },
      strip(step, (number) => choose(number, true)),
      h("p", { class: "small muted" }, ABOUT_STRIP),
      h("div", { class: "row" }, stepButtons(), slider),
    ),
    h("div", { class: "columns wide-left" }, list, detail),
    planView(),
  );
}

const ABOUT_STRIP =
  "Above: the layers of the forward pass, then each event, coloured by phase; the thin bar at the bottom of an " +
  "event is the share of compiled kernels, the rest is Python and NumPy. Below: memory.";

function stepButtons() {
  const button = (label, text, by) =>
    h("button", { type: "button", "aria-label": label, onclick: () => stepTimeline(by) }, text);
  return [
    button("First event", "|◀", -1e9),
    button("Previous event", "◀", -1),
    button("Next event", "▶", 1),
    button("Last event", "▶|", 1e9),
  ];
}

// The events as a grid with one Tab stop, the selected row.
function eventList(rows) {
  const columns = ["#", "phase", "op", "layer", "result", "time", "in kernels"];
  if (recording.plan) columns.push("in the plan");
  const heads = columns.map((text) => h("th", { scope: "col" }, text));
  const onkeydown = (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key];
    if (!by) return;
    event.preventDefault();
    stepTimeline(by);
  };
  return h(
    "div",
    { class: "events", onkeydown },
    h(
      "table",
      { role: "grid", "aria-label": "Events in order" },
      h("thead", null, h("tr", null, heads)),
      h("tbody", null, rows),
    ),
  );
}

function markRow(rows, number, scroll) {
  const hadFocus = rows.includes(document.activeElement);
  rows.forEach((row, i) => {
    row.setAttribute("aria-selected", String(i === number));
    row.tabIndex = i === number ? 0 : -1;
  });
  if (hadFocus) rows[number].focus({ preventScroll: true });
  if (scroll) rows[number].scrollIntoView({ block: "nearest" });
}

function stepTimeline(by) {
  const step = currentStep(),
    now = Number(app.words[0]) || 0;
  const next = Math.max(0, Math.min(step.events.length - 1, now + by));
  app.chooseEvent(next, true);
  announce(spokenEvent(step.events[next]));
}

const spokenEvent = (event) => `${event.number}: ${opName(event)} ${event.phase} ${event.layer}`;

function timelineRow(step, event) {
  const result =
    event.kind === "metric"
      ? num(event.details.result)
      : resultText(
          step,
          event.outputs.filter((v) => v !== null),
        );
  return h(
    "tr",
    { "data-event": event.number },
    h("td", { class: "number muted" }, event.number),
    h("td", null, h("span", { class: `phase ${event.phase}` }, event.phase)),
    h("td", { class: "short op", title: opName(event) }, opName(event)),
    h("td", { class: "muted short", title: event.layer }, event.layer),
    h("td", { class: "mono short", title: result }, result),
    h("td", { class: "number" }, timeText(event.seconds)),
    h("td", { class: "number muted" }, event.kernels.length ? timeText(kernelTime(event)) : ""),
    recording.plan &&
      h("td", { class: "muted small short plan", title: fusedInto(event) ?? "" }, fusedInto(event) ?? ""),
  );
}

const resultText = (step, numbers) =>
  numbers.length
    ? `${shapeText(step.values[numbers[0]].shape)}${numbers.length > 1 ? `, +${numbers.length - 1}` : ""}`
    : "";

const STRIP_LEFT = 4;
const stripWidth = () => Math.min(1200, roomWide());

function stripX(step, event) {
  const last = step.events.at(-1),
    total = last.begin + last.seconds || 1;
  return STRIP_LEFT + (event.begin / total) * (stripWidth() - 2 * STRIP_LEFT);
}

// Above: layers and events over time, coloured by phase. Below: live bytes.
function strip(step, choose) {
  const last = step.events.at(-1);
  if (!last) return null;
  const total = last.begin + last.seconds || 1,
    most = Math.max(...step.live, 1),
    peak = step.live.indexOf(most);
  const wide = (seconds) => Math.max(0.8, (seconds / total) * (stripWidth() - 2 * STRIP_LEFT));
  const about =
    `Time from left to right, ${timeText(total)}. ` +
    `Memory for arrays is highest at event ${peak}, ${bytesText(most)}.`;
  return svg(
    "svg",
    { class: "strip", viewBox: `0 0 ${stripWidth()} 136`, role: "group", "aria-label": about },
    layersInStrip(step, wide),
    eventsInStrip(step, wide, choose),
    memoryInStrip(step, wide, most),
    captionsOfStrip(total, most, peak),
    svg(
      "g",
      { id: "cursor" },
      svg("line", { x1: 0, x2: 0, y1: 0, y2: 118, stroke: "var(--text)", "stroke-width": 2 }),
    ),
  );
}

function layersInStrip(step, wide) {
  const layers = step.layers.filter((layer) => layer.depth === 1 || (layer.depth === 0 && !layer.is_model));
  return layers.map((layer, i) => {
    const x = stripX(step, layer);
    const width = Math.max(0.8, Math.min(wide(layer.seconds), stripWidth() - STRIP_LEFT - x));
    const name = `${layer.path}: ${timeText(layer.seconds)}`;
    const fill = i % 2 ? "var(--hover)" : "var(--border)";
    return svg(
      "a",
      { href: `#layer/${layer.number}${stepSuffix()}`, tabindex: -1, "aria-label": name },
      svg("rect", { class: "layer", x, y: 0, width, height: 15, fill }, svg("title", null, name)),
      width > 6.2 * layer.path.length && svg("text", { class: "layer", x: x + 3, y: 11 }, layer.path),
    );
  });
}

function eventsInStrip(step, wide, choose) {
  return step.events.map((event) => {
    const x = stripX(step, event);
    const own = kernelTime(event);
    const about =
      `${event.number} ${opName(event)} ${event.layer}: ${timeText(event.seconds)}, ` +
      `of which ${timeText(own)} in kernels`;
    const place = { x, y: 18, width: wide(event.seconds), height: 26, fill: `var(--${event.phase})` };
    return [
      svg(
        "rect",
        { class: "event", ...place, onclick: () => choose(event.number) },
        svg("title", null, about),
      ),
      own > 0 &&
        svg("rect", { class: "in-kernels", x, y: 36, width: wide(own), height: 8, fill: "var(--text)" }),
    ];
  });
}

const MEMORY = { top: 56, height: 60 };

function memoryInStrip(step, wide, most) {
  const bottom = MEMORY.top + MEMORY.height;
  const points = step.events.flatMap((event, i) => {
    const x = stripX(step, event),
      y = bottom - (step.live[i] / most) * MEMORY.height;
    return [`${x},${y}`, `${x + wide(event.seconds)},${y}`];
  });
  return svg("polygon", {
    points: `${STRIP_LEFT},${bottom} ${points.join(" ")} ${stripWidth() - STRIP_LEFT},${bottom}`,
    fill: "var(--accent)",
    "fill-opacity": 0.3,
    stroke: "var(--accent)",
  });
}

function captionsOfStrip(total, most, peak) {
  const width = stripWidth();
  const memory =
    width < 700
      ? `at most ${bytesText(most)} live`
      : `live arrays, without weights and batch: at most ${bytesText(most)}, after event ${peak}`;
  return [
    svg("text", { x: STRIP_LEFT, y: 131 }, "0"),
    svg("text", { x: width / 2, y: 131, "text-anchor": "middle" }, memory),
    svg("text", { x: width - STRIP_LEFT, y: 131, "text-anchor": "end" }, timeText(total)),
  ];
}

function eventDetail(step, event) {
  const code = recording.code[event.name];
  const layer = step.layers.find((l) => l.path === event.layer);
  const isGradient = event.kind === "gradient";
  const formula = (code ?? event.details).formula;
  const named = (numbers, title) => {
    const known = numbers.filter((v) => v !== null);
    return (
      known.length > 0 &&
      h(
        "section",
        null,
        h("h3", null, title),
        known.map((v) => valueView(step, v, { space: 240 })),
      )
    );
  };
  return h(
    "div",
    null,
    h(
      "div",
      { class: "row" },
      h("h2", null, `${event.number}: ${opName(event)}`),
      h("span", { class: `phase ${event.phase}` }, event.phase),
      layer && linkTo(`layer/${layer.number}`, event.layer),
    ),
    formula && h("div", { class: "formula" }, formula),
    factsOfEvent(step, event),
    event.line !== undefined && h("section", null, h("h3", null, "Your line"), sourceLine(event.line)),
    event.layer_line !== undefined &&
      h("section", null, h("h3", null, "Line in minikeras"), sourceLine(event.layer_line)),
    named(event.dys, "Incoming gradients"),
    named(isGradient ? [] : event.inputs, "Inputs"),
    constantsOf(event),
    named(event.outputs, isGradient ? "Gradients of the inputs" : "Results"),
    isGradient &&
      event.of !== undefined &&
      h("p", null, linkTo(`timeline/${event.of}`, `its forward pass, event ${event.of}`)),
    sourceOfEvent(event, code),
  );
}

function factsOfEvent(step, event) {
  const computes = event.kind === "op" || event.kind === "gradient";
  const { result, learning_rate: rate } = event.details;
  const hasRate = event.flops > 0 && event.seconds > 0;
  const kernels = event.kernels.length ? kernelsOf(event) : computes ? "NumPy" : null;
  return h(
    "div",
    { class: "facts" },
    fact("time", timeText(event.seconds)),
    fact("FLOPs", computes ? flopsText(event.flops) : null),
    fact("bytes", bytesText(event.bytes)),
    hasRate && fact("rate", `${num(event.flops / event.seconds / 1e9, 3)} GFLOP/s`),
    event.kernels.length > 0 && fact("in compiled kernels", timeText(kernelTime(event))),
    fact("kernels", kernels),
    besideTensorFlow(step, event),
    fact("live after it", bytesText(step.live[event.number])),
    fact("thread", event.thread),
    fact("in a plan, part of", fusedInto(event)),
    result !== undefined && fact("result", num(result)),
    rate !== undefined && fact("learning rate", num(rate)),
  );
}

function sourceOfEvent(event, code) {
  const which = event.kind === "gradient" ? "backward" : "forward";
  if (!code?.[which]) return null;
  const title = `${which} of ${event.name}, ${code.file}:${code.line}`;
  return h("details", { open: true }, h("summary", null, title), h("pre", null, code[which]));
}

function constantsOf(event) {
  const entries = Object.entries(event.constants);
  return (
    entries.length > 0 &&
    event.kind === "op" &&
    h(
      "p",
      { class: "small" },
      "Inputs that are plain numbers: ",
      entries.map(([place, value]) => `input ${place} = ${num(value)} `),
    )
  );
}

// --- plans ---

// The name of the compiled job that an op of the forward or backward pass becomes part of; null without a plan.
function fusedInto(event) {
  return recording.plan?.of_event?.[event.number] ?? null;
}

function planView() {
  if (!recording.plan) return null;
  return h(
    "section",
    { class: "panel" },
    h("h2", null, "The plan: what the compiled step does instead"),
    h("p", { class: "muted" }, recording.plan.summary),
    recording.plan.rows &&
      table(
        ["runs", "operation", "consists of", "result", "kernels, with the time of each job", "tasks"],
        recording.plan.rows.map((row) => [
          row.how,
          row.title,
          row.parts.join(", "),
          row.results,
          jobsText(row.kernels ?? []),
          row.tasks,
        ]),
      ),
  );
}

// Jobs of a plan, each kernel once.
function jobsText(jobs) {
  const names = [...new Set(jobs.map(([name]) => name))];
  return names.map((name, i) => {
    const own = jobs.filter(([other]) => other === name),
      known = own.filter(([, seconds]) => seconds !== null);
    return [
      i ? ", " : "",
      name,
      own.length > 1 ? ` × ${own.length}` : "",
      known.length ? h("span", { class: "mono" }, ` ${timeText(sum(known, ([, seconds]) => seconds))}`) : "",
    ];
  });
}

const kernelTime = (event) => sum(event.kernel_seconds, (seconds) => seconds);

// The kernels of an event, each with its time and the way to its code.
function kernelsOf(event) {
  return event.kernels.map((name, i) => [
    i ? ", " : "",
    recording.machine_code?.[name] ? linkTo(`machine/${name}`, name) : name,
    event.kernel_seconds[i] > 0 &&
      h("span", { class: "mono small" }, ` ${timeText(event.kernel_seconds[i])}`),
  ]);
}
