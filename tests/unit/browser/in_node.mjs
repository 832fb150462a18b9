// Run a Python program in Node's Pyodide. Arguments: the folder of `docs/_ext/pyodide_files.py`, the program's file.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, program] = process.argv.slice(2).map((name) => path.resolve(name));
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const python = await loadPyodide({ indexURL: folder + path.sep });
await python.loadPackage("micropip", { messageCallback: () => {} });
python.FS.mkdirTree("/files");
for (const name of fs.readdirSync(folder)) {
  if (name.startsWith("minikeras_numpy")) python.FS.writeFile(`/files/${name}`, fs.readFileSync(path.join(folder, name)));
}
await python.runPythonAsync(fs.readFileSync(program, "utf8"), { filename: program });
