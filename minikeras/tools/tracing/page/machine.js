// Down to the machine: a kernel as Python, as LLVM's instructions and as those of this processor.

function machineView(step, words) {
  const kernels = recording.machine_code;
  const ran = [...new Set(step.events.flatMap((event) => event.kernels))];
  if (!kernels || !Object.keys(kernels).length) {
    return h(
      "div",
      { class: "panel" },
      h("h2", null, "Kernels of this step"),
      h(
        "p",
        null,
        ran.length
          ? `Compiled kernels that ran: ${ran.join(", ")}. `
          : "No compiled kernel ran: the arrays are small, so NumPy computes. ",
        "With machine=True, save_html shows source, LLVM's and the processor's instructions here, side by side.",
      ),
    );
  }
  const names = Object.keys(kernels);
  const name = names.includes(words[0]) ? words[0] : names[0];
  const kernel = kernels[name];
  const users = step.events.filter((event) => event.kernels.includes(name));
  return h(
    "div",
    null,
    h(
      "div",
      { class: "panel" },
      h(
        "div",
        { class: "row" },
        h("h2", null, name),
        h(
          "select",
          { "aria-label": "Kernel", onchange: (event) => go(`machine/${event.target.value}`) },
          names.map((n) => h("option", { selected: n === name }, n)),
        ),
      ),
      h("p", { class: "muted" }, kernel.about),
      h(
        "p",
        { class: "small" },
        users.length ? "Runs in: " : "It runs in another step of the recording, not in this one.",
        users
          .slice(0, 8)
          .map((event) => [linkTo(`timeline/${event.number}`, `${event.number} ${opName(event)}`), " "]),
      ),
    ),
    h(
      "div",
      { class: "side-by-side" },
      codeColumn(`Python, ${kernel.file}:${kernel.line}`, kernel.python, []),
      codeColumn("LLVM, optimised", kernel.llvm, kernel.llvm_loop),
      codeColumn(`Assembly for ${kernel.processor}`, kernel.assembly, kernel.assembly_loop),
    ),
  );
}

// A text with the lines first … last marked.
function codeColumn(title, text, [first, last] = []) {
  const lines = (text || "not available").split("\n");
  const marked =
    first === undefined
      ? h("pre", { tabindex: 0 }, lines.join("\n"))
      : h(
          "pre",
          { tabindex: 0 },
          lines.slice(0, first).join("\n"),
          h("mark", null, lines.slice(first, last + 1).join("\n")),
          lines.slice(last + 1).join("\n"),
        );
  queueMicrotask(() => {
    const mark = marked.querySelector("mark");
    if (mark) marked.scrollTop = mark.offsetTop - marked.offsetTop - 60;
  });
  return h("div", null, h("h3", null, title, first === undefined ? "" : " (hot loop marked)"), marked);
}
