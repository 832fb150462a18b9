"""`Watch`: sees every Python call of a function that is traced, and whether a replay may leave it out.

A plan replays ops. Of a user's function that is right only if nothing else in it mattered: no number of this call was
looked at (`if loss > 3`, `float(loss)`), nothing was done outside (a file written, an element taken from a dataset).
Python tells a profiler of every call, so one can look at them all, without a line in the functions themselves:

- Calls outside minikeras are the user's own Python, or a library's. As in TensorFlow they run while the function is
  traced, and not afterwards.
- `Tensor.__bool__`, `numpy` and their like are looks at values. Values that are the same in every call (a shape, a
  constant) may be looked at.
- In the rooms of minikeras that compute with Tensors, functions work through ops, which the recorder sees. One that
  reaches for a Tensor's array says so in its code: unless its arguments are the same in every call, or it is known to
  do no harm, there will be no plan.
- All other rooms (data, files, printing, …) do more than compute.
- A breakpoint in the code (`breakpoint()`, `pdb.set_trace()`), of the user's or of minikeras's own, is to stop in every
  call. So is one behind a condition that is not met while the function is traced.
"""

import builtins
import dis
import sys
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable

PACKAGE = str(Path(__file__).parents[1])

# Rooms whose functions compute with Tensors, or with what is no Tensor's value (names, configurations, shapes).
COMPUTING = (
    "activations", "compat/namespaces", "compat/import_hook", "compat/keras/backend", "compat/keras/losses", "config",
    "constraints", "data/batches", "debuggers", "dtype_policies", "dtypes", "initializers", "layers", "limits",
    "losses", "messages", "metrics", "models", "naming", "ops", "optimizers", "random", "regularizers", "serialization",
    "suggestions", "tracebacks", "trainers", "tree",
    *(f"compat/tensorflow/{room}" for room in (
        "arrays", "autodiff", "bitwise", "conversion", "dtypes", "function", "gradient_tape", "image", "indexed_slices",
        "linalg", "math", "nest", "nn", "printing", "random/operations", "random/seeding", "scopes", "signal",
        "symbolic", "tensor_attributes", "tensor_shape", "tensor_spec", "tensors", "types",
        "variables")),
)  # fmt: skip
BELOW = ("autodiff", "kernels", "plans")  # what ops, tapes and the recorder themselves call

REACHING = {"array", "as_array", "numpy"}  # names in the code of a function that takes an array out of a Tensor
HARMLESS = {  # functions that do, and use its shape and dtype only, or hand it to an op, or are told to the recorder
    "compat.tensorflow.gradient_tape.GradientTape.gradient",
    "compat.tensorflow.gradient_tape.GradientTape._float_targets",
    "compat.tensorflow.gradient_tape.GradientTape.watch",
    "compat.keras.__getattr__",
    "compat.tensorflow.arrays.creation.one_hot",
    "compat.tensorflow.indexed_slices.IndexedSlices.__init__",
    "compat.tensorflow.tensor_attributes._tensor_shape",
    "compat.tensorflow.tensor_attributes._variable_shape",
    "layers.layer_inputs.LayerInputs._convert",
    "models.functional._fit",
    "ops.biased.are_one_op",
    "ops.conversion.data_tensor",
    "ops.core.as_float_tensor",
    "ops.core.convert_to_tensor",
    "random.dropout.dropout",
}
NEVER = {"random.operation_seeds.Sequence.use_blocks"}  # what goes on from where the last call stopped

LOOKS = {
    function.__code__
    for cls in (Tensor, Variable)
    for name in ("__array__", "__bool__", "__float__", "__index__", "__int__", "numpy")
    for function in [vars(cls)[name]]
}


DEBUGGER = "bdb"  # the module in which pdb and its relatives begin to trace
STOPS = "`{}` has a breakpoint"


class Watch:
    """Within it (`with Watch(recorder):`), calls that a replay could not leave out make the recorder refuse.

    Without effect while something else (a profiler) watches the calls of this thread.

    Args:
        recorder: the `Recorder`.
        only_breakpoints: whether all Python in the function is known to do no harm, but for breakpoints.
    """

    def __init__(self, recorder, only_breakpoints=False):
        self.recorder = recorder
        self.only_breakpoints = only_breakpoints

    @staticmethod
    def is_possible():
        """Whether nobody else (a profiler) watches the calls of this thread."""
        return sys.getprofile() is None

    def __enter__(self):
        self._entered = self.is_possible()
        if self._entered:
            sys.setprofile(self._note)
        return self

    def __exit__(self, *error):
        if self._entered:
            sys.setprofile(None)

    def _note(self, frame, event, argument):
        if self.recorder.reason is not None:
            return
        if event == "c_call" and argument is builtins.breakpoint and not self.recorder.looks_away:
            self.recorder.refuse(STOPS.format(frame.f_code.co_qualname))
        if event != "call" or self.recorder.looks_away:
            return
        code = frame.f_code
        verdict = _verdicts.get(code)
        if verdict is None:
            verdict = _verdicts[code] = verdict_on(code, frame.f_globals.get("__name__"))
        if verdict is FINE or (self.only_breakpoints and not verdict.is_breakpoint):
            return
        if not (verdict.on_values and all(map(self._is_fixed, frame.f_locals.values()))):
            self.recorder.refuse(verdict.reason)

    def _is_fixed(self, value):
        """Whether an argument is the same in every call, and is nothing that might hold Tensors of its own."""
        if isinstance(value, (list, tuple)):
            return all(map(self._is_fixed, value))
        if isinstance(value, dict):
            return all(map(self._is_fixed, value.values()))
        if isinstance(value, Tensor):
            return not self.recorder.varies(value.array)
        if isinstance(value, np.ndarray):
            return not self.recorder.varies(value)
        return value is None or isinstance(
            value, (bool, int, float, complex, str, bytes, slice, type, np.generic, np.dtype)
        )


class Verdict(NamedTuple):
    """What a call of a function means for a plan.

    Attributes:
        reason: why there can be none, None where the call does not matter.
        on_values: whether that holds only if values among its arguments may be others in the next call.
        is_breakpoint: whether the reason is a breakpoint.
    """

    reason: str | None = None
    on_values: bool = False
    is_breakpoint: bool = False


FINE = Verdict()
_verdicts = {}  # code object -> Verdict


def verdict_on(code, module_name=None):
    """The `Verdict` on calls of this code, which is of the module `module_name`."""
    if module_name == DEBUGGER or _has_breakpoint(code):
        return Verdict(STOPS.format(code.co_qualname), is_breakpoint=True)
    if code in LOOKS:
        return Verdict(f"its Python looks at the values of a tensor (`{code.co_name}`)", on_values=True)
    if not code.co_filename.startswith(PACKAGE):
        return FINE
    module = code.co_filename[len(PACKAGE) + 1 :].removesuffix(".py").removesuffix("/__init__").replace("\\", "/")
    if _stands_in(module, BELOW):
        return FINE
    name = f"{module.replace('/', '.')}.{code.co_qualname}"
    if name in HARMLESS:
        return FINE
    if name in NEVER or not _stands_in(module, COMPUTING):
        return Verdict(f"it calls {name}, which does more than compute")
    comprehension = code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # judged with its function
    if comprehension or REACHING.isdisjoint(_names_in(code)):
        return FINE
    return Verdict(f"it calls {name}, which computes outside of ops", on_values=True)


def _has_breakpoint(code):
    """Whether `breakpoint` (the function, not an attribute of that name) or `….set_trace` is mentioned in code."""
    if code.co_name == "<module>":  # which is being imported
        return False
    return "set_trace" in code.co_names or (
        "breakpoint" in code.co_names
        and any(i.argval == "breakpoint" and i.opname == "LOAD_GLOBAL" for i in dis.get_instructions(code))
    )


def _names_in(code):
    """The names of all attributes and globals in a function's code, with those of comprehensions in it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _stands_in(module, rooms):
    return any(module == room or module.startswith(f"{room}/") for room in rooms)
