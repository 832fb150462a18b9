// A Web Worker that runs Python: Pyodide, NumPy and minikeras, from files of this site alone.
//
//     page                                      worker
//     {type: "start", interrupt}            →   load everything; {type: "status", text} …, {type: "started", id}
//     {type: "run", id, code}               →   {type: "output", id, stream, text} …, {type: "done", id, error, shown}
//     {type: "call", id, module, name, arguments}  →   {type: "done", id, error, value}
//
// `interrupt` is a SharedArrayBuffer of one byte, where the browser grants one: a 2 in it raises KeyboardInterrupt.

import { loadPyodide } from "./pyodide/pyodide.mjs";

const FILES = new URL("./pyodide/", import.meta.url).href;
const HOME = "/home/pyodide/";
let python = null;
let runner = null; // the module cell_runner.py
let current = null; // id of the request that is being answered
let numberOfRequests = 0;

const say = (type, fields) => postMessage({ type, id: current, ...fields });

function stream(name) {
  const decoder = new TextDecoder();
  return {
    write(bytes) {
      say("output", { stream: name, text: decoder.decode(bytes, { stream: true }) });
      return bytes.length;
    },
  };
}

async function start({ interrupt }) {
  say("status", { text: "Loading Python (14 MB, once) …" });
  python = await loadPyodide({ indexURL: FILES, env: { HOME, MPLBACKEND: "agg", TERM: "dumb" } });
  python.setStdout(stream("stdout"));
  python.setStderr(stream("stderr"));
  say("status", { text: "Loading NumPy and minikeras (5 MB) …" });
  await python.loadPackage("minikeras-numpy", { messageCallback: () => {} });
  for (const name of await (await fetch(FILES + "modules.json")).json()) {
    python.FS.mkdirTree((HOME + name).replace(/\/[^/]*$/, ""));
    python.FS.writeFile(HOME + name, await (await fetch(FILES + "modules/" + name)).text());
  }
  runner = python.pyimport("cell_runner");
  if (interrupt) python.setInterruptBuffer(new Uint8Array(interrupt));
  say("started", {});
}

async function run({ code }) {
  await python.loadPackagesFromImports(code, { messageCallback: (text) => say("status", { text }) });
  const result = await runner.run(code, ++numberOfRequests);
  const { error, shown } = result.toJs({ dict_converter: Object.fromEntries });
  result.destroy();
  say("done", { error, shown });
}

function call({ module, name, arguments: values }) {
  const text = runner.call(module, name, JSON.stringify(values));
  say("done", { ...JSON.parse(text) });
}

const answers = { start, run, call };
let last = Promise.resolve();

onmessage = ({ data }) => {
  last = last.then(async () => {
    current = data.id;
    try {
      await answers[data.type](data);
    } catch (error) {
      say("done", { error: String(error.message ?? error), shown: [] });
    }
  });
};
