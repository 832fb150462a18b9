"""`tf.function`: the Python function itself, with TensorFlow's rules for arguments and results.

TensorFlow runs a decorated function once for each new kind of arguments ("tracing"), keeps the graph of its tensor
operations, and afterwards runs only the graph. minikeras does the same with a plan (see `plans/`), compiled where it
can be, after two calls of a kind have performed the same operations. If they differed, or if the Python in between
mattered, **the Python code runs at every call**: it read values (`if`, `while` and `float` on tensors, which therefore
need no AutoGraph), took an element from a dataset, wrote a file. `f.explain_plan()` reports which it is. Differences
that a script may notice:

- `print`, `list.append` and counters inside happen at the first two calls of a kind, or at every call; in TensorFlow
  once for each kind. `tf.config.run_functions_eagerly(True)` makes it every call in both.
- Breakpoints inside stop at every call.
- Variables may be created at every call, not only at the first.
- `experimental_get_tracing_count` returns how often TensorFlow would have traced: once for each combination of dtypes
  and shapes of tensors and values of everything else. (`reduce_retracing` would reduce it.)
- Random operations inside have their own seeds, as in TensorFlow: see `random/operation_seeds.py`.
"""

__replay__ = "computes"

import functools
import inspect
import weakref

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import rules_on_symbols, thread
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.argument_kinds import PLAIN, kind_of
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.extension_types.parts import closed, opened
from minikeras.compat.tensorflow.extension_types.specs import ExtensionTypeSpec
from minikeras.compat.tensorflow.tensor_spec import TensorSpec, TypeSpec
from minikeras.plans.explain import explain_function
from minikeras.plans.function_plans import FunctionPlans
from minikeras.plans.step import Step
from minikeras.random.operation_seeds import function_frame, inside_stage

__all__ = ["ConcreteFunction", "Function", "function", "functions_run_eagerly", "run_functions_eagerly"]

_settings = {"run_eagerly": False}


def function(
    func=None,
    input_signature=None,
    autograph=True,
    jit_compile=None,
    reduce_retracing=False,
    experimental_implements=None,
    experimental_autograph_options=None,
    experimental_attributes=None,
    experimental_relax_shapes=None,
    experimental_compile=None,
    experimental_follow_type_hints=None,
):
    """Decorator, with or without arguments: a Python function as a `Function`.

    Args:
        func: the function.
        input_signature: `TensorSpec`s to which the arguments are converted and against which they are checked.
        jit_compile: False for a function whose Python runs at every call.
        autograph, reduce_retracing, experimental_…: how TensorFlow builds graphs. There are none here; without effect
            on results.

    Raises:
        TypeError: `input_signature` is not a list or tuple of (nested) TensorSpecs, or lacks some of the arguments.
    """
    if input_signature is not None:
        input_signature = _checked_signature(input_signature)
    traces = _Traces(compiled=jit_compile is not False)
    if func is None:
        return lambda func: Function(func, input_signature, traces=traces)
    return Function(func, input_signature, traces=traces)


def run_functions_eagerly(run_eagerly):
    """Make every `tf.function` pass arguments and results unchanged, and its random operations eager."""
    _settings["run_eagerly"] = bool(run_eagerly)


def functions_run_eagerly():
    """Whether `run_functions_eagerly(True)` is active."""
    return _settings["run_eagerly"]


class _Traces:
    """A record of a function's calls: their kinds, and the random operations of each kind."""

    def __init__(self, compiled=True):
        self.compiled = compiled
        self.draws = False  # whether a call drew random numbers
        self.kinds, self.frames = {}, {}  # {kind: {argument: its specs and values}}, in order
        self.wanted = []  # such dicts of concrete functions
        self.plans = FunctionPlans()


class Function:
    """A Python function that takes and returns tensors: the result of `tf.function`.

    Attributes:
        python_function: the original function.
        input_signature: tuple of TensorSpecs, or None.
    """

    def __init__(self, python_function, input_signature=None, instance=None, traces=None):
        functools.update_wrapper(self, python_function, updated=())  # not the attributes: it may be a model
        self.__name__ = getattr(python_function, "__name__", type(python_function).__name__)
        self.python_function = python_function
        self.input_signature = input_signature
        self._instance = instance
        self._traces = traces or _Traces()
        self._traces_of_instances = (
            weakref.WeakKeyDictionary()
        )  # for methods, whose Functions are recreated at each use

    @property
    def name(self):
        """The Python function's name."""
        return self.__name__

    @property
    def plans(self):
        """The `FunctionPlans`: which kinds of arguments run by a plan, and why others do not."""
        return self._traces.plans

    def explain_plan(self):
        """Print how calls run: their operations, what is compiled, or why the Python runs at every call."""
        print(explain_function(self.plans))

    def __call__(self, *args, **kwargs):
        before = () if self._instance is None else (self._instance,)
        if _settings["run_eagerly"]:
            return self.python_function(*before, *args, **kwargs)
        args, kwargs = self._converted(args, kwargs)
        if thread.exports:
            return tree.map_structure(_as_output, self.python_function(*before, *args, **kwargs))
        arguments = opened((args, kwargs))
        kind = kind_of(arguments)
        if kind not in self._traces.kinds:
            self._traces.kinds[kind] = tree.map_structure(_as_spec, dict(self._bind(args, kwargs).arguments))

        traces = self._traces  # a plan continues with the sequences that it began with, where stages begin others
        has_plans = traces.compiled and not (traces.draws and inside_stage())
        step = traces.plans.next(kind, arguments) if has_plans else Step(arguments)
        if not step.done:
            with step, function_frame(traces.frames, kind) as frame:
                outputs = self.python_function(*before, *args, **kwargs)
                step.result = opened(tree.map_structure(_as_output, outputs))
            traces.draws = traces.draws or frame.has_drawn()
        return closed(step.result)

    def __get__(self, instance, owner=None):
        """As a method: the same with `self` as the first argument, which signatures omit."""
        if instance is None:
            return self
        traces = self._traces_of_instances.setdefault(instance, _Traces(self._traces.compiled))
        return Function(self.python_function, self.input_signature, instance, traces)

    def get_concrete_function(self, *args, **kwargs):
        """The function for one kind of arguments: values, or TensorSpecs in place of tensors."""
        if not args and not kwargs and self.input_signature is not None:
            args = self.input_signature
        bound = self._bind(args, kwargs)
        specs = tree.map_structure(_as_spec, dict(bound.arguments))
        if specs not in self._traces.wanted:
            self._traces.wanted.append(specs)
        return ConcreteFunction(self, {name: _named(spec, name) for name, spec in specs.items()})

    def __eq__(self, other):  # methods are made again at each use
        is_function = isinstance(other, Function) and other.python_function is self.python_function
        return is_function and other._instance is self._instance and other._traces is self._traces

    def __hash__(self):
        return hash((self.python_function, id(self._instance)))

    def argument_kinds(self):
        """The arguments of the calls and concrete functions so far, or of the signature.

        Returns:
            A list of {name: nested TensorSpecs and values}.
        """
        if self.input_signature is None:
            called = list(self._traces.kinds.values())
            return called + [specs for specs in self._traces.wanted if specs not in called]
        return [dict(self._bind(self.input_signature, {}).arguments)]

    def call_python(self, *args):
        """Run the Python function: a method with its object. Its results become tensors."""
        before = () if self._instance is None else (self._instance,)
        return tree.map_structure(_as_output, self.python_function(*before, *args))

    def experimental_get_tracing_count(self):
        """How often TensorFlow would have traced it so far."""
        return len(self._traces.kinds)

    def pretty_printed_concrete_signatures(self, verbose=True):
        """The kinds of arguments so far, as text."""
        return "\n".join(f"{self.name}({', '.join(map(str, kind.leaves))})" for kind in self._traces.kinds)

    @property
    def signature(self):
        """The Python function's `inspect.Signature`, without `self`."""
        signature = inspect.signature(self.python_function)
        if self._instance is None:
            return signature
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    def _bind(self, args, kwargs):
        """The arguments by name, without `self`.

        Raises:
            TypeError: they are not those of the function.
        """
        signature = self.signature
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"The arguments do not fit the function's signature {signature}: {error}. Received: args={args}, "
                f"kwargs={kwargs}"
            ) from None
        bound.apply_defaults()
        return bound

    def _converted(self, args, kwargs):
        """The arguments for the Python function: arrays as tensors, converted by the signature if there is one."""
        if self.input_signature is None:
            return tree.map_structure(_as_input, (args, kwargs))
        bound = self._bind(args, kwargs)
        names = list(bound.arguments)
        for name in names[len(self.input_signature) :]:
            if bound.signature.parameters[name].default is inspect.Parameter.empty:
                raise TypeError(f"input_signature missing type constraint for {name}")
        for name, spec in zip(names, self.input_signature, strict=False):
            bound.arguments[name] = _as_specified(bound.arguments[name], spec, self.name)
        return bound.args, bound.kwargs


class ConcreteFunction:
    """A `Function` for one kind of arguments. `f.get_concrete_function(tf.TensorSpec([None, 2]))` makes one.

    Attributes:
        function: the `Function`.
        argument_kind: {name: nested TensorSpecs and values}.
        structured_input_signature: (tuple of TensorSpecs and values, {}).
    """

    def __init__(self, function, specs):
        self.function = function
        self.argument_kind = specs
        self.structured_input_signature = (tuple(specs.values()), {})

    @property
    def name(self):
        """The Python function's name."""
        return self.function.name

    @property
    def inputs(self):
        """The TensorSpecs of the tensors among the arguments."""
        return [spec for spec in tree.flatten(list(self.argument_kind.values())) if isinstance(spec, TensorSpec)]

    @property
    def structured_outputs(self):
        """The TensorSpecs of the results, found by running the function on symbolic tensors."""
        symbolic = tree.map_structure(_as_symbolic, list(self.argument_kind.values()))
        with rules_on_symbols():
            return tree.map_structure(lambda y: _as_spec(y), self.function(*symbolic))

    @property
    def outputs(self):
        """The TensorSpecs of the results, as a flat list."""
        return [spec for spec in tree.flatten(self.structured_outputs) if spec is not None]

    def __call__(self, *args, **kwargs):
        """Call the function; arguments that are not tensors are fixed and may be omitted."""
        names = [name for name, spec in self.argument_kind.items() if _holds_specs(spec)]
        values = dict(self.argument_kind)
        if len(args) > len(names):
            if len(args) > len(self.argument_kind):
                raise TypeError(f"{self.name} takes {len(names)} tensors. Received: {len(args)} arguments")
            names = list(self.argument_kind)
        values.update(zip(names, args, strict=False), **kwargs)
        for name in self.argument_kind:
            spec = self.argument_kind[name]
            if _holds_specs(spec):
                if values[name] is spec:
                    raise TypeError(f"{self.name} missing required argument: {name}")
                values[name] = _as_specified(values[name], spec, self.name)
        return self.function(*values.values())


def _checked_signature(signature):
    if not isinstance(signature, (list, tuple)):
        raise TypeError(f"`input_signature` must be a list or tuple. Received: {type(signature).__name__}")
    wrong = [spec for spec in tree.flatten(list(signature)) if not isinstance(spec, TypeSpec)]
    if wrong:
        raise TypeError(
            f"`input_signature` consists of `tf.TensorSpec`s, nested or not. Received: {wrong} "
            f"of types {[type(spec).__name__ for spec in wrong]}"
        )
    return tuple(signature)


def _as_input(x):
    return tensor(x) if isinstance(x, (np.ndarray, np.generic)) else x


def _as_output(y):
    if isinstance(y, Variable):
        return y.read()
    return tensor(y) if isinstance(y, (*PLAIN, np.ndarray, np.generic)) else y


def _as_specified(value, spec, function_name):
    """A value (nested like `spec`) converted to tensors of the spec."""
    if not isinstance(spec, TensorSpec):
        if isinstance(spec, ExtensionTypeSpec) and not spec.is_compatible_with(value):
            raise TypeError(f"The input_signature of {function_name} takes {spec} here. Received: {value!r:.500}")
        if isinstance(spec, TypeSpec):
            return value
        return tree.map_structure_up_to(spec, lambda v, s: _as_specified(v, s, function_name), value, spec)
    if not isinstance(value, (Tensor, KerasTensor, Variable)):
        value = tensor(value, spec.dtype)
    if not spec.is_compatible_with(value):
        raise TypeError(
            f"The input_signature of {function_name} takes {spec} here. Received: {TensorSpec.from_tensor(value)}"
        )
    return value


def _holds_specs(spec):
    return any(isinstance(part, TypeSpec) for part in tree.flatten([spec]))


def _as_spec(x):
    if isinstance(x, (np.ndarray, np.generic)):
        x = tensor(x)
    return TensorSpec.from_tensor(x) if isinstance(x, (Tensor, KerasTensor)) else getattr(x, "_type_spec", x)


def _named(spec, name):
    return TensorSpec(spec.shape, spec.dtype, spec.name or name) if isinstance(spec, TensorSpec) else spec


def _as_symbolic(spec):
    if isinstance(spec, ExtensionTypeSpec):
        return spec.symbolic()
    return KerasTensor(tuple(spec.shape), spec.dtype) if isinstance(spec, TensorSpec) else spec
