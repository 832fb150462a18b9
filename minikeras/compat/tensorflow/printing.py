"""`tf.print`: tensors with their first and last elements, to standard error by default."""

__replay__ = "computes"

import logging
import os
import sys

import numpy as np

from minikeras.autodiff.effects import effect
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.node import leaves_no_node
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.notices import logger

__all__ = ["print"]

_print = print  # the name below is TensorFlow's
_LEVELS = {f"tf.logging.{name}": level for name, level in (
    ("info", logging.INFO), ("warn", logging.WARNING), ("warning", logging.WARNING), ("error", logging.ERROR),
    ("debug", logging.DEBUG))}  # fmt: skip


def print(*inputs, output_stream=sys.stderr, summarize=3, sep=" ", end=os.linesep, name=None):
    """Write the inputs as TensorFlow does: strings unchanged, tensors without commas, long ones shortened.

    Args:
        inputs: tensors, strings, and anything else, of any nesting.
        output_stream: `sys.stderr`, `sys.stdout`, a level such as "tf.logging.info" or logging.info, or "file://path".
        summarize: how many elements to show at the beginning and at the end of each axis; -1 shows all.
        sep: between the inputs.
        end: at the end.
        name: without effect.
    """
    if any_symbolic(inputs):
        leaves_no_node("tf.print")
        return  # a model is being built; the printing layer will run when there are values
    effect(_write, inputs, output_stream, summarize, sep, end)


def _write(inputs, output_stream, summarize, sep, end):
    text = sep.join(x if isinstance(x, str) else to_text(x, summarize) for x in inputs)
    if isinstance(output_stream, str) and output_stream.startswith("file://"):
        with open(output_stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(text + end)
    elif isinstance(output_stream, str) and output_stream in _LEVELS:
        logger.log(_LEVELS[output_stream], text)
    elif output_stream in _LOGGING_FUNCTIONS:
        logger.log(_LOGGING_FUNCTIONS[output_stream], text)
    elif hasattr(output_stream, "write"):
        stream = {_STDERR: sys.stderr, _STDOUT: sys.stdout}.get(output_stream, output_stream)
        _print(text, end=end, file=stream, flush=True)
    else:
        raise ValueError(f"Unknown output stream, logging level, or file. Received: output_stream={output_stream!r}")


_STDERR, _STDOUT = sys.stderr, sys.stdout
_LOGGING_FUNCTIONS = {logging.info: logging.INFO, logging.warning: logging.WARNING, logging.error: logging.ERROR,
                      logging.debug: logging.DEBUG}  # fmt: skip


def to_text(x, summarize=3):
    """Anything as `tf.print` shows it."""
    if isinstance(x, IndexedSlices):
        return to_text(x.to_dense(), summarize)
    if isinstance(x, (Tensor, Variable)):
        return _array_text(x.array, summarize)
    if isinstance(x, dict):
        return "{" + ", ".join(f"{key!r}: {to_text(x[key], summarize)}" for key in _sorted(x)) + "}"
    if isinstance(x, list):
        return "[" + ", ".join(to_text(item, summarize) for item in x) + "]"
    if isinstance(x, tuple):
        return "(" + ", ".join(to_text(item, summarize) for item in x) + ("," if len(x) == 1 else "") + ")"
    return repr(x)


def _sorted(mapping):
    try:
        return sorted(mapping)
    except TypeError:
        return list(mapping)


def _array_text(array, summarize, indent=1):
    """Rows in brackets, one per line; matrices separated by an empty line."""
    if not isinstance(array, np.ndarray) or array.ndim == 0:
        return _number_text(array[()] if isinstance(array, np.ndarray) else array)
    count = len(array)
    shown = count if summarize < 0 or count - summarize <= summarize else summarize
    separator = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * indent
    parts = [_array_text(part, summarize, indent + 1) for part in array[:shown]]
    if shown < count:
        parts += ["...", *(_array_text(part, summarize, indent + 1) for part in array[count - shown :])]
    return "[" + separator.join(parts) + "]"


def _number_text(x):
    if isinstance(x, (bytes, str)):
        text = x.decode(errors="replace") if isinstance(x, bytes) else x
        return '"' + text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace('"', '\\"') + '"'
    kind = np.asarray(x).dtype
    if kind.kind == "f":
        return _float_text(float(x), np.float64 if kind == np.float64 else np.float32)
    if kind.kind == "c":
        return str(x)
    return str(int(x))


def _float_text(x, step):
    """A float with the digits that its dtype always holds (6 or 15) if they represent it exactly, else with 9 or 17."""
    few, many = (15, 17) if step is np.float64 else (6, 9)
    text = f"{x:.{few}g}"
    return text if step(text) == step(x) or x != x else f"{x:.{many}g}"
