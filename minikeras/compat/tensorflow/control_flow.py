"""`tf.while_loop`, `cond`, `case` …: TensorFlow builds these into a graph, here they run as plain Python."""

import time

from minikeras import ops, tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.random.operation_seeds import own_positions

__all__ = ["Assert", "case", "cond", "group", "no_op", "switch_case", "timestamp", "tuple", "while_loop"]

_tuple = tuple  # the name below is TensorFlow's


def while_loop(
    cond,
    body,
    loop_vars,
    shape_invariants=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    maximum_iterations=None,
    name=None,
):
    """Repeat `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` holds.

    Args:
        cond: takes the loop variables, returns a boolean.
        body: takes them, returns new ones, nested alike.
        loop_vars: list or tuple of tensors and nests of them (TensorArrays too).
        shape_invariants: which lengths may change, for graphs; without effect.
        parallel_iterations, swap_memory, name: for graphs; without effect.
        back_prop: False stops gradients at the results.
        maximum_iterations: the most iterations.

    Returns:
        The final loop variables, nested as given.

    Raises:
        TypeError: `cond` or `body` cannot be called.
        ValueError: no loop variables, or `body` returns another number of them.
    """
    if not callable(cond) or not callable(body):
        raise TypeError(f"'cond' and 'body' must be callable. Received: cond={cond}, body={body}")
    if not loop_vars:
        raise ValueError("'loop_vars' must be provided: a list or tuple of the loop's variables.")
    if any_symbolic((loop_vars,)):
        return type(loop_vars)(ops.while_loop(cond, body, loop_vars, maximum_iterations))
    cond, body = own_positions(cond), own_positions(body)
    values, steps = _as_tensors(loop_vars), 0
    while bool(cond(*values)) and (maximum_iterations is None or steps < int(maximum_iterations)):
        results = body(*values)
        if not isinstance(results, (list, _tuple)):
            results = (results,)
        if len(results) != len(values):
            raise ValueError(
                f"`body` must return as many values as there are `loop_vars`, {len(values)}. Received: {len(results)}"
            )
        values = type(loop_vars)(_as_tensors(list(results)))
        steps += 1
    return values if back_prop else tree.map_structure(ops.stop_gradient, values)


def _as_tensors(nest):
    """Convert numbers and arrays to tensors; TensorArrays and other objects are returned unchanged."""

    def convert(x):
        return tensor(x) if isinstance(x, (bool, int, float, Variable)) or hasattr(x, "__array__") else x

    return tree.map_structure(convert, nest)


def cond(pred, true_fn=None, false_fn=None, name=None):
    """`true_fn()` if `pred` holds, else `false_fn()`. With a symbolic `pred` it becomes a node of the model.

    Raises:
        TypeError: one of the functions cannot be called.
    """
    for word, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"'{word}' must be callable. Received: {function!r}")
    if isinstance(pred, KerasTensor):
        return ops.cond(pred, true_fn, false_fn)
    true_fn, false_fn = own_positions(true_fn), own_positions(false_fn)
    return true_fn() if bool(pred) else false_fn()


def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """The result of the first function whose predicate holds; of `default` if none does.

    Args:
        pred_fn_pairs: list of pairs (boolean tensor, function without arguments), or with `exclusive` also a dict.
        default: function without arguments, or None.
        exclusive: promises that at most one predicate holds. As in eager TensorFlow, the first one that holds is used.
        strict, name: for graphs; without effect.

    Raises:
        InvalidArgumentError: no predicate holds and there is no default.
        TypeError: the pairs are not pairs of a boolean and a function.
    """
    if isinstance(pred_fn_pairs, dict):
        if not exclusive:
            raise ValueError("A dict of `pred_fn_pairs` has no order, so it is accepted only with `exclusive=True`.")
        pred_fn_pairs = [(getattr(pred, "deref", lambda pred=pred: pred)(), fn) for pred, fn in pred_fn_pairs.items()]
    for pair in pred_fn_pairs:
        if not isinstance(pair, _tuple) or len(pair) != 2 or not callable(pair[1]):
            raise TypeError(f"Each entry in pred_fn_pairs must be a 2-tuple (boolean, function). Received {pair}.")
    if any_symbolic([pred for pred, _ in pred_fn_pairs]):
        (pred, function), *rest = pred_fn_pairs
        if not rest and default is None:
            raise ValueError("With symbolic predicates `case` needs a `default`.")
        return ops.cond(pred, function, (lambda: case(rest, default)) if rest else default)
    for pred, function in pred_fn_pairs:
        if bool(pred):
            return function()
    if default is None:
        raise InvalidArgumentError(None, None, "`case`: none of the conditions holds, and there is no `default`.")
    return default()


def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """`branch_fns[branch_index]()`; for an index out of range `default()`, or the last branch.

    Args:
        branch_index: integer tensor.
        branch_fns: list of functions, dict {index: function}, or list of pairs (index, function).
        default: function without arguments, or None.
        name: without effect.

    Raises:
        ValueError: the indices are not 0, 1, 2, ….
    """
    pairs = branch_fns.items() if isinstance(branch_fns, dict) else branch_fns
    if not isinstance(branch_fns, dict) and all(callable(function) for function in branch_fns):
        pairs = enumerate(branch_fns)
    functions = dict(pairs)
    if set(functions) != set(range(len(functions))):
        raise ValueError(f"The branches must be numbered from 0 to {len(functions) - 1}. Received: {sorted(functions)}")
    if isinstance(branch_index, KerasTensor):
        return ops.switch(branch_index, [functions[i] for i in range(len(functions))])
    index = int(branch_index)
    return functions.get(index, default or functions[len(functions) - 1])()


def group(*inputs, **kwargs):
    """None: eager operations are complete when their call returns, so there is nothing to wait for."""


def no_op(name=None):
    """None: nothing to do."""


def tuple(tensors, control_inputs=None, name=None):
    """The tensors as a list; None stays None."""
    return [None if x is None else tensor(x) if not isinstance(x, Tensor) else x for x in tensors]


def timestamp(name=None):
    """Seconds since 1970, a float64 Tensor."""
    return tensor(as_array(time.time(), "float64"))


def Assert(condition, data, summarize=None, name=None):  # noqa: N802  TensorFlow's name for it
    """Raise an InvalidArgumentError that shows `data` unless `condition` holds.

    Args:
        condition: a boolean tensor; all of it must hold.
        data: list of values to show.
        summarize: how many elements of each to show; 3 if None, all if negative.
        name: without effect.
    """
    if not bool(as_array(condition).all()):
        shown = "\n".join(_summary(x, 3 if summarize is None else summarize) for x in data)
        raise InvalidArgumentError(None, None, f"Expected '{condition}' to be true. Summarized data: {shown}")


def _summary(x, count):
    if isinstance(x, str):
        return x
    values = tensor(x).array.ravel().tolist()
    if 0 <= count < len(values):
        return ", ".join(map(str, values[:count])) + ", …"
    return ", ".join(map(str, values))
