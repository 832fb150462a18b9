"""Run in Node's Pyodide (`in_node.mjs`): the cells of pages, by the runner of the site's pages. Prints JSON.

{page: [error of each cell that ran, and how many images it drew]}: a page ends with its first error.
"""

import json
import os
import sys
import types
from pathlib import Path

import micropip

os.environ["MPLBACKEND"] = "agg"  # as `python_worker.js` sets it
wheel = next(Path("/files").glob("*.whl"))
await micropip.install([f"emfs:{wheel}", "matplotlib"])  # noqa: F704  Pyodide runs it within a coroutine

for name, text in json.loads("""MODULES""").items():  # where `python_worker.js` puts them
    file = Path("/home/pyodide", name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
runner = types.ModuleType("cell_runner")
exec(compile("""RUNNER""", "cell_runner.py", "exec"), runner.__dict__)
results = {}
for page, cells in json.loads("""CELLS""").items():
    runner.page.__dict__.clear()  # each page has variables of its own
    runner.page.__dict__["__name__"] = "__main__"
    results[page] = []
    for number, code in enumerate(cells, 1):
        result = await runner.run(code, f"{page}:{number}")  # noqa: F704
        images = sum(shown["kind"] == "image" for shown in result["shown"])
        results[page].append({"error": result["error"], "images": images})
        if result["error"]:
            break
sys.stdout.write(json.dumps(results) + "\n")
