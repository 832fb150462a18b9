"""The public names of TensorFlow that the `tf` namespace lacks: `minikeras/compat/names_not_here.py`, for messages.

python -m tests.parity.tf_names    # writes the file again, with the live TensorFlow
"""

import textwrap
from pathlib import Path
from types import ModuleType

from minikeras.compat.namespaces import namespace_shim

FILE = Path(__file__).parents[2] / "minikeras" / "compat" / "names_not_here.py"
# Namespaces of their own (Keras, TensorFlow 1) or of other devices, of which no list is kept.
LEFT_OUT = {"keras", "compat", "raw_ops", "lite", "mlir", "dtensor", "tpu", "security", "tensorrt", "python"}
FOREIGN = {"core", "tsl", "xla", "tools", "estimator"}


def names_of(tf, name="tensorflow"):
    """(namespace, its names) for `tf` and all public modules below it."""
    children = [n for n in dir(tf) if not n.startswith("_") and n not in FOREIGN | LEFT_OUT]
    yield name, sorted(children)
    for child in children:
        value = getattr(tf, child, None)
        if isinstance(value, ModuleType) and f"{name}.{child}".count(".") < 4:
            yield from names_of(value, f"{name}.{child}")


def missing(tf):
    """{namespace: names that TensorFlow has there and minikeras does not}, for the namespaces that are there."""
    found = {}
    for namespace, names in names_of(tf):
        try:
            ours = set(dir(namespace_shim(namespace)))
        except ModuleNotFoundError:
            continue
        if lacking := [name for name in names if name not in ours]:
            found[namespace] = lacking
    return found


def text(tf):
    """The text of the file."""
    lines = [
        '"""Public names of TensorFlow that the `tf` namespace does not have, for messages. Made by tests/parity."""',
        "",
        "_NAMES = {",
    ]
    for namespace, names in missing(tf).items():
        lines += [f'    "{namespace}": """', *textwrap.wrap(" ".join(names), 110, break_on_hyphens=False), '    """,']
    lines += ["}", "NAMES_NOT_HERE = {namespace: frozenset(names.split()) for namespace, names in _NAMES.items()}", ""]
    return "\n".join(lines)


def main():
    """Write the file."""
    import tensorflow as tf

    FILE.write_text(text(tf), encoding="utf-8")


if __name__ == "__main__":
    main()
