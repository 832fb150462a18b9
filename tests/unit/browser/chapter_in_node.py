"""Run in Node's Pyodide (`in_node.mjs`): the cells of a chapter, by the runner of the site's pages. Prints JSON."""

import json
import os
import types
from pathlib import Path

import micropip

os.environ["MPLBACKEND"] = "agg"  # as `python_worker.js` sets it
wheel = next(Path("/files").glob("*.whl"))
await micropip.install([f"emfs:{wheel}", "matplotlib"])  # noqa: F704  Pyodide runs it within a coroutine

runner = types.ModuleType("cell_runner")
exec(compile("""RUNNER""", "cell_runner.py", "exec"), runner.__dict__)
results = []
for number, code in enumerate(json.loads("""CELLS"""), 1):
    result = await runner.run(code, number)  # noqa: F704
    results.append({"error": result["error"], "images": sum(shown["kind"] == "image" for shown in result["shown"])})
    if result["error"]:
        break
print(json.dumps(results))
