// The Python of a page: a worker that the first call starts, and that can be stopped.

const TIMEOUT = 3000; // milliseconds that Python has to answer an interrupt before its worker is terminated

export class PagePython {
  constructor(onStatus = () => {}) {
    this.onStatus = onStatus;
    this.reset();
  }

  reset() {
    this.worker = null;
    this.started = null;
    this.interrupt = null;
    this.requests = new Map(); // {id: {resolve, onOutput}}
    this.count = 0;
  }

  get isRunning() {
    return this.requests.size > 0;
  }

  // Run a cell: {error, shown, stopped}. `onOutput(stream, text)` gets what it prints while it runs.
  async run(code, onOutput) {
    return (await this.start()) ?? this.request({ type: "run", code }, onOutput);
  }

  // Call a function of a Python module with values that JSON knows; returns its value.
  async call(module, name, ...values) {
    const failed = await this.start();
    const { error, value } = failed ?? (await this.request({ type: "call", module, name, arguments: values }));
    if (error) throw new Error(error);
    return value;
  }

  // Load Python unless it is there; an answer with an error if that fails.
  async start() {
    this.started ??= this.startWorker();
    return this.started;
  }

  async startWorker() {
    if (location.protocol === "file:") {
      this.started = null;
      return failure("A browser loads Python only from a server: python -m http.server -d docs/_build, then open it.");
    }
    this.worker = new Worker(new URL("./python_worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.receive(data);
    const broken = new Promise((resolve) => {
      this.worker.onerror = (event) => resolve(failure(`Python could not be loaded. ${event.message ?? ""}`));
    });
    if (globalThis.crossOriginIsolated) this.interrupt = new Uint8Array(new SharedArrayBuffer(1));
    const answer = await Promise.race([this.request({ type: "start", interrupt: this.interrupt?.buffer }), broken]);
    if (!answer.error) return null;
    this.terminate(answer);
    return answer;
  }

  request(message, onOutput = () => {}) {
    const id = ++this.count;
    return new Promise((resolve) => {
      this.requests.set(id, { resolve, onOutput });
      this.worker.postMessage({ ...message, id });
    });
  }

  receive(data) {
    const request = this.requests.get(data.id);
    if (data.type === "status") this.onStatus(data.text);
    else if (data.type === "output") request?.onOutput(data.stream, data.text);
    else {
      this.requests.delete(data.id);
      request?.resolve(data);
    }
  }

  // Stop what runs. With an interrupt Python's variables stay; otherwise its worker is ended, and they are lost.
  stop() {
    if (!this.isRunning) return;
    if (!this.interrupt) {
      this.terminate(lost());
      return;
    }
    this.interrupt[0] = 2;
    const stopped = this.requests;
    const before = [...stopped.keys()];
    setTimeout(() => {
      if (this.requests === stopped && before.some((id) => stopped.has(id))) this.terminate(lost());
    }, TIMEOUT);
  }

  terminate(answer) {
    const requests = [...this.requests.values()];
    this.worker?.terminate();
    this.reset();
    for (const { resolve } of requests) resolve(answer);
  }
}

const failure = (error) => ({ error, shown: [] });
const lost = () => ({
  ...failure("Stopped. Python was ended on this page, and its variables are lost: run the cells from the top."),
  stopped: true,
});
