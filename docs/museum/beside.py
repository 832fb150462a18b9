"""What tf.keras prints for the cells of a page, below what minikeras printed.

A page's cells are plain Keras that starts with `import minikeras as keras`. `same_on_tensorflow()`, in a cell of its
own, runs all cells before it once more with `from tensorflow import keras`, and shows what the last of them printed.
Where TensorFlow is not installed, it shows what was printed when it was, and says so.

    python -m sphinx docs docs/_build -E       with MINIKERAS_DOCS_RECORD=1 renews recorded.json
"""

import hashlib
import html
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from multiprocessing.connection import Client
from pathlib import Path

from IPython import get_ipython
from IPython.display import HTML, display

RECORDED = Path(__file__).with_name("recorded.json")
ADDRESS = "MINIKERAS_DOCS_TENSORFLOW"
MARK = "\x1e the last cell \x1e"
VERSIONS = "print(keras.__version__, __import__('tensorflow').__version__)"


def same_on_tensorflow():
    """Show what the cell before this one prints on tf.keras."""
    script = script_of(cells_before())
    key = hashlib.sha256(script.encode()).hexdigest()[:16]
    printed = run_on_tensorflow(script)
    if printed is None:
        printed = json.loads(RECORDED.read_text(encoding="utf-8")).get(key)
        if printed is None:
            raise RuntimeError("TensorFlow is not installed, and there is no record of what it prints for this page.")
        origin = "recorded: TensorFlow is not installed here"
    else:
        origin = "run while this page was made"
        if os.environ.get("MINIKERAS_DOCS_RECORD"):
            record(key, printed)
    versions, _, text = printed.partition("\n")
    keras_version, tensorflow_version = versions.split()
    title = f"The same cell on tf.keras {keras_version}, TensorFlow {tensorflow_version} ({origin}):"
    display(HTML(f'<p class="beside">{html.escape(title)}</p><pre class="beside">{html.escape(text)}</pre>'))


def cells_before():
    """The sources of the cells that ran before the current one, without those that call this module."""
    cells = get_ipython().user_ns["In"][1:-1]
    return [cell for cell in cells if "same_on_tensorflow" not in cell]


def script_of(cells):
    """One script for tf.keras, which marks where the last cell starts to print."""
    cells = [cell.replace("import minikeras as keras", "from tensorflow import keras") for cell in cells]
    return "\n".join([*cells[:-1], f"print({MARK!r})", "from tensorflow import keras", VERSIONS, cells[-1], ""])


def run_on_tensorflow(script):
    """What it prints from the mark on; None where there is no TensorFlow.

    Raises:
        RuntimeError: the script has failed.
    """
    address = os.environ.get(ADDRESS)
    if address:
        with Client(address, "AF_UNIX") as connection:
            connection.send(script)
            status, printed, errors = connection.recv()
    elif importlib.util.find_spec("tensorflow"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "cell.py")
            path.write_text(script, encoding="utf-8")
            done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
        status, printed, errors = done.returncode, done.stdout, done.stderr
    else:
        return None
    if status != 0:
        raise RuntimeError(f"On tf.keras this page fails:\n{errors}")
    return printed.partition(MARK + "\n")[2].rstrip()


def record(key, printed):
    """Keep it for machines without TensorFlow."""
    known = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}
    known[key] = printed
    RECORDED.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
