"""Which dtypes operators and `tf` functions take: TensorFlow and minikeras side by side. `docs/strictness.md` shows it.

python -m tests.parity.strictness    # writes the page again, with the live TensorFlow
"""

import re
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from minikeras.compat.namespaces import namespace_shim
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed
from tests.parity.strictness_cases import CALLS, OPERANDS

PAGE = Path(__file__).parents[2] / "docs" / "strictness.md"
DTYPES = [
    "bool",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "string",
]
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


# --- operators --------------------------------------------------------------------------------------------------------

OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", "&", "|", "^"]
UNARY = ["-x", "~x", "abs(x)"]
_PYTHON_OPERANDS = {"True": True, "1": 1, "1.5": 1.5, "1j": 1j, "'a'": "a", "[1, 1]": [1, 1], "[1.5, 1.5]": [1.5, 1.5]}


def operator_outcomes(tf, dtypes=DTYPES):
    """{(operator, left dtype, right operand): outcome}, for tensors on the left and on the right."""
    tensors = {dtype: tf.constant(array_of(dtype, [1, 1]), dtype) for dtype in dtypes}
    found = {}
    for dtype, x in tensors.items():
        others = {f"tensor {other}": y for other, y in tensors.items()}
        others |= {f"array {other}": array_of(other, [1, 1]) for other in dtypes if other != "string"}
        others["variable"] = tf.Variable(x)
        for name, y in (others | _PYTHON_OPERANDS).items():
            for symbol in OPERATORS:
                found[f"x {symbol} y", dtype, name] = outcome(tf, f"x {symbol} y", {"x": x, "y": y})
                if not name.startswith(("tensor", "variable")):
                    found[f"y {symbol} x", dtype, name] = outcome(tf, f"y {symbol} x", {"x": x, "y": y})
        for code in UNARY:
            found[code, dtype, ""] = outcome(tf, code, {"x": x})
    return found


# --- comparing --------------------------------------------------------------------------------------------------------

VERDICTS = ("agree", "both refuse", "we accept", "we refuse", "other dtype")


def verdict(theirs, ours):
    """One of `VERDICTS` for two outcomes."""
    refused, refuse = theirs.endswith("Error"), ours.endswith("Error")
    if theirs == ours:
        return "agree"
    if refused and refuse:
        return "both refuse"
    return "we accept" if refused else "we refuse" if refuse else "other dtype"


def counts(theirs, ours):
    """How often each verdict occurs for two dicts of outcomes."""
    return Counter(verdict(theirs[key], ours[key]) for key in theirs)


# --- the page ---------------------------------------------------------------------------------------------------------

INTRODUCTION = """
Under `python -m minikeras run`, operators and `tf` functions accept the dtypes that TensorFlow accepts, and raise the
errors that it raises, with a sentence that names both dtypes and the cast. `keras.*` keeps Keras's promotion, for
tensors of `tf` too.

Each operator is tried with tensors, arrays, Variables and Python values of all dtypes on both sides, each function with
each of its operands varied. `python -m tests.parity.strictness` makes this page, with the live TensorFlow.
""".strip()
WHY = """
*Both refuse* counts calls in which the types of the errors differ: TensorFlow fails inside its own Python there
(AttributeError for arrays in `tf.image`, UnboundLocalError in `tf.linalg.eig`), or reports a missing kernel.

minikeras accepts what TensorFlow refuses only by such an accident: arrays in `tf.image.total_variation`, Python lists
in `tf.nn.conv2d`. `Variable.scatter_nd_add` casts.

minikeras refuses what TensorFlow accepts for arrays of text, which TensorFlow reads as numbers (`tf.exp` of an array
`[b"1"]`), and for float16 in `tf.linalg.inv`, `tf.linalg.qr` and `tf.range`.

The dtype of the result differs for integers in segment means and moments, for complex numbers in `eigh` and `slogdet`,
and for arrays of float64 or complex128 in Fourier transforms, which TensorFlow casts to the smaller dtype.
""".strip()


def page(operators, functions):
    """The lines of the page.

    Args:
        operators: (TensorFlow's outcomes, ours).
        functions: {family: [(call, TensorFlow's outcomes, ours)]}.
    """
    yield "# As strict as TensorFlow"
    yield ""
    yield from INTRODUCTION.splitlines()
    yield ""
    yield "## Operators"
    yield ""
    yield from _table("operator", [(f"`{code}`", _of_operator(operators, code)) for code in _codes(operators)])
    yield ""
    yield "## Functions"
    yield ""
    yield from _table(
        "family",
        [
            (f"{family} ({len(calls)} calls)", sum((counts(theirs, ours) for _, theirs, ours in calls), Counter()))
            for family, calls in functions.items()
        ],
    )
    yield ""
    yield "## Why they differ"
    yield ""
    yield from WHY.splitlines()
    yield ""
    yield "## Functions that differ"
    yield ""
    different = [
        (f"`{call}`", found)
        for calls in functions.values()
        for call, theirs, ours in calls
        if set(found := counts(theirs, ours)) - {"agree"}
    ]
    yield from _table("call", different)


def _codes(operators):
    return dict.fromkeys(code for code, _, _ in operators[0])


def _of_operator(operators, code):
    theirs, ours = ({key: o for key, o in side.items() if key[0] == code} for side in operators)
    return counts(theirs, ours)


def _table(title, rows):
    yield f"| {title} | {' | '.join(VERDICTS)} |"
    yield "| --- |" + " ---: |" * len(VERDICTS)
    for name, found in rows:
        cells = " | ".join(str(found[v] or "") for v in VERDICTS)
        yield f"| {name.replace('|', chr(92) + '|')} | {cells} |"


def main():
    """Write the page."""
    import tensorflow as theirs

    ours = namespace_shim("tensorflow")
    expected = operator_outcomes(theirs)
    by_call = {call: outcomes(theirs, call) for calls in CALLS.values() for call in calls}
    with tensor_attributes_installed():
        actual = operator_outcomes(ours)
        functions = {
            family: [(call, by_call[call], outcomes(ours, call)) for call in calls] for family, calls in CALLS.items()
        }
    PAGE.write_text("\n".join([*page((expected, actual), functions), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
