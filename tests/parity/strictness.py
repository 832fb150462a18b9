"""Which dtypes operators and `tf` functions take: TensorFlow and minikeras side by side. `docs/strictness.md` shows it.

python -m tests.parity.strictness    # writes the page again, with the live TensorFlow
"""

import re
import warnings
from collections import Counter

import numpy as np

from tests.parity.strictness_cases import CALLS, OPERANDS

DTYPES = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 complex128 string".split()
)
PYTHON = {"True": lambda n: bool(int(n)), "1": int, "1.5": lambda n: float(n) + 0.5, "1j": complex, "'a'": str}
_LETTER = re.compile(r"(?<![\w.'])([a-z])(?![\w'(])(?!:)")


def operands_of(call):
    """The letters in a call that are operands, in order."""
    letters = dict.fromkeys(_LETTER.findall(re.sub(r"'[^']*'|lambda p: p", "", call)))
    return [letter for letter in letters if letter in OPERANDS]


def array_of(dtype, values):
    """An array of numbers, or of bytes, of nested lists."""
    if dtype == "string":
        return np.vectorize(lambda n: str(n).encode(), otypes=[object])(np.asarray(values, object))
    return np.asarray(values, "float64").astype(dtype)


def kinds_of_operand(tf, letter):
    """{description: what an operand may be}: tensors and arrays of all dtypes, Python's numbers and texts in lists."""
    values = OPERANDS[letter][1]
    for dtype in DTYPES:
        yield f"tensor {dtype}", tf.constant(array_of(dtype, values), dtype)
        yield f"array {dtype}", array_of(dtype, values)
    for name, convert in PYTHON.items():
        yield f"python {name}", _mapped(convert, values)


def _mapped(convert, values):
    return [_mapped(convert, value) for value in values] if isinstance(values, list) else convert(values)


def outcome(tf, code, names):
    """The dtypes of the result, or the type of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _described(eval(code, {"tf": tf, "np": np, **names}))
        except Exception as error:
            return type(error).__name__


def _described(result):
    if hasattr(result, "dtype"):
        return getattr(result.dtype, "name", str(result.dtype))
    if isinstance(result, (list, tuple)):
        return ", ".join(map(_described, result))
    return type(result).__name__


def outcomes(tf, call):
    """{operands: outcome} of one call: each operand varied alone, and all of them together."""
    letters = operands_of(call)
    usual = {letter: tf.constant(array_of(*OPERANDS[letter]), OPERANDS[letter][0]) for letter in letters}
    found = {}
    for letter in letters:
        for kind, operand in kinds_of_operand(tf, letter):
            found[f"{letter}: {kind}"] = outcome(tf, call, usual | {letter: operand})
    if len(letters) > 1:
        for dtype in DTYPES:
            same = {letter: tf.constant(array_of(dtype, OPERANDS[letter][1]), dtype) for letter in letters}
            found[f"all: tensor {dtype}"] = outcome(tf, call, same)
    return found
