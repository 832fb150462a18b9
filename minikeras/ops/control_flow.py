"""Conditions and loops over tensors.

TensorFlow and JAX need these functions to compile a loop; here they are plain Python: each iteration runs the user's
function on Tensors with values, also in a debugger, and a tape records its ops. With symbolic tensors they
infer the shape of the result by calling the function once on symbolic elements.
"""

from minikeras import tree
from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.creation import zeros
from minikeras.ops.extrema import clip
from minikeras.ops.joining import concatenate, stack
from minikeras.ops.reordering import flip
from minikeras.ops.shaping import reshape


@composed(inputs=("pred", "true_fn", "false_fn"), takes_functions=True)
def cond(pred, true_fn, false_fn):
    """`true_fn()` if `pred` holds, else `false_fn()`.

    With a symbolic `pred` both must give results of the same form, and must not use symbolic tensors from outside: put
    such a computation in the `call` of a layer, or use `ops.where`.

    Raises:
        TypeError: one of the functions is not callable.
        ValueError: the two results differ in form.
    """
    for name, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"Argument `{name}` must be callable. Received: {function!r}")
    if not isinstance(pred, KerasTensor):
        return true_fn() if bool(pred) else false_fn()
    true_result, false_result = true_fn(), false_fn()
    for one, other in zip(_specs(true_result), _specs(false_result), strict=False):
        if one != other:
            raise ValueError(
                "`true_fn` and `false_fn` should return results of the same kind, shapes and dtypes. "
                f"Received: {one} from the one, {other} from the other."
            )
    tree.assert_same_structure(true_result, false_result)
    return tree.map_structure(_as_symbolic, true_result)


def _specs(results):
    return [(tuple(x.shape), x.dtype) if hasattr(x, "shape") else type(x).__name__ for x in tree.flatten(results)]


def _as_tensors(nest):
    return tree.map_structure(convert_to_tensor, nest, none_is_leaf=False)


def _as_symbolic(x):
    return KerasTensor(x.shape, x.dtype) if hasattr(x, "shape") else x


@composed(inputs=2, takes_functions=True)
def switch(index, branches, *operands):
    """`branches[index](*operands)`; an index beyond the ends means the first or last branch.

    Raises:
        ValueError: there are no branches.
    """
    if not branches:
        raise ValueError("`branches` must provide at least one function. Received: none")
    if isinstance(index, KerasTensor):
        return tree.map_structure(_as_symbolic, branches[0](*operands))
    index = int(clip(convert_to_tensor(index), 0, len(branches) - 1))
    return branches[index](*operands)


@composed(inputs=("loop_vars",), takes_functions=True, has_config=False)
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Repeat `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` holds.

    Args:
        cond: takes the loop variables, returns a boolean.
        body: takes them, returns new ones of the same shapes.
        loop_vars: a tuple or list of tensors (or nests of them), or a single one.
        maximum_iterations: upper limit of iterations.

    Returns:
        The loop variables at the end, a tuple if `loop_vars` was a tuple or list.
    """
    several = isinstance(loop_vars, (tuple, list))
    values = tuple(_as_tensors(value) for value in (loop_vars if several else (loop_vars,)))
    if any_symbolic(values):
        values = tree.map_structure(_as_symbolic, values)
        return values if several else values[0]
    steps = 0
    while bool(cond(*values)) and (maximum_iterations is None or steps < int(maximum_iterations)):
        results = body(*values)
        results = (
            tuple(results) if several or (isinstance(results, (tuple, list)) and len(results) == 1) else (results,)
        )
        if len(results) != len(values):
            raise ValueError(f"`body` must return as many values as it takes: {len(values)}. Received: {len(results)}")
        values = tuple(_as_tensors(value) for value in results)
        steps += 1
    return values if several else values[0]


@composed(inputs=("lower", "upper", "init_val"), takes_functions=True, has_config=False)
def fori_loop(lower, upper, body_fun, init_val):
    """`value = body_fun(i, value)` for i from `lower` to `upper` − 1, starting with `init_val`.

    Each i is of the type of `lower`: a Python integer or a tensor.
    """
    value = _as_tensors(init_val)
    if any_symbolic((lower, upper, value)):
        return tree.map_structure(_as_symbolic, value)
    i = lower
    for _ in range(int(lower), int(upper)):
        value = _as_tensors(body_fun(i, value))
        i = i + 1
    return value


@composed(inputs=("f", "init", "xs"), takes_functions=True)
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """`carry, y = f(carry, x)` for every x along the first axis of `xs`, starting with `init`.

    Args:
        f: takes the carry and one slice of `xs` (None if `xs` is), returns the next carry and an output.
        init: the first carry, a tensor or a nest of them.
        xs: tensors of one length along their first axis, nested as you like, or None.
        length: number of steps; needed if `xs` is None.
        reverse: from the last slice to the first. The outputs are at the positions of their slices.
        unroll: how far TensorFlow unrolls its loop; checked, and without effect on the result.

    Returns:
        The last carry, and the outputs stacked along a new first axis.

    Raises:
        TypeError: `f` cannot be called.
        ValueError: neither `xs` nor `length` is given, or they differ.
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. It takes the carry and one slice. Received: f={f!r}")
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(f"`unroll` must be a positive integer or a boolean. Received: unroll={unroll}")
    xs = _as_tensors(xs)
    carry = _as_tensors(init)
    steps = _number_of_steps(xs, length)
    if any_symbolic((carry, xs)):
        carry, y = f(carry, None if xs is None else _symbolic_element(xs))
        return tree.map_structure(_as_symbolic, carry), _symbolic_stack(y, steps)
    ys = [None] * steps
    for i in reversed(range(steps)) if reverse else range(steps):
        carry, y = f(carry, None if xs is None else _element(xs, i))
        carry, ys[i] = _as_tensors((carry, y))
    if not steps:  # no output has the shape; TensorFlow takes the carry's
        return carry, tree.map_structure(lambda x: zeros((0, *x.shape), x.dtype), carry)
    if all(y is None for y in ys):  # Keras on TensorFlow: zeros in the form of the carry
        return carry, tree.map_structure(lambda x: zeros((steps, *x.shape), x.dtype), carry)
    return carry, _stack(ys)


def _number_of_steps(xs, length):
    lengths = {x.shape[0] for x in tree.flatten(xs)} if xs is not None else set()
    if length is not None:
        lengths.add(int(length))
    if not lengths:
        raise ValueError("`scan` got no `xs`, so `length` must be the number of steps.")
    if len(lengths - {None}) > 1:
        raise ValueError(
            f"All of `xs`, and `length`, must have the same number of steps. Received: {sorted(lengths - {None})}"
        )
    known = lengths - {None}
    return known.pop() if known else None


def _element(xs, i):
    return tree.map_structure(lambda x: x[i], xs)


def _symbolic_element(xs):
    return tree.map_structure(lambda x: KerasTensor(x.shape[1:], x.dtype), xs)


def _symbolic_stack(y, steps):
    return tree.map_structure(lambda x: KerasTensor((steps, *x.shape), x.dtype), y, none_is_leaf=False)


def _stack(ys):
    """Outputs of one form as one output with a new first axis."""
    columns = zip(*[tree.flatten(y) for y in ys], strict=True)
    return tree.pack_sequence_as(ys[0], [None if column[0] is None else stack(list(column)) for column in columns])


@composed(inputs=("f", "xs"), takes_functions=True)
def map(f, xs):
    """`f` applied to every slice along the first axis of `xs`, the results stacked.

    Args:
        f: takes one slice of `xs`, nested as `xs` is; returns a tensor or a nest of them.
        xs: tensors of one length along their first axis, nested as you like.

    Raises:
        ValueError: the length is 0, so that the shape of the result is unknown.
    """
    xs = _as_tensors(xs)
    steps = _number_of_steps(xs, None)
    if any_symbolic((xs,)):
        return _symbolic_stack(f(_symbolic_element(xs)), steps)
    if not steps:
        raise ValueError("`map` got tensors of length 0, so the shape of the result is unknown.")
    return _stack([_as_tensors(f(_element(xs, i))) for i in range(steps)])


@composed(inputs=("elements",), takes_functions=True)
def vectorized_map(function, elements):
    """`function` applied to every slice along the first axis of `elements`, the results stacked.

    The same as `map` (TensorFlow computes all slices at once where it can), except that tensors of length 1 in
    `elements` broadcast over the slices of the others.
    """
    elements = _as_tensors(elements)
    steps = max((x.shape[0] for x in tree.flatten(elements) if x.shape[0] is not None), default=None)
    if any_symbolic((elements,)):
        return _symbolic_stack(function(_symbolic_element(elements)), steps)

    def element(i):
        return tree.map_structure(lambda x: x[i if x.shape[0] == steps else 0], elements)

    if not steps:  # no slices: an empty result of the form that a slice of zeros gives
        row = tree.map_structure(lambda x: zeros(x.shape[1:], x.dtype), elements)
        return tree.map_structure(lambda y: y[:0], _stack([_as_tensors(function(row))]))
    return _stack([_as_tensors(function(element(i))) for i in range(steps)])


@composed(inputs=("f", "elems"), takes_functions=True)
def associative_scan(f, elems, reverse=False, axis=0):
    """Running results of an associative operation: y[0] = x[0], y[i] = f(y[i − 1], x[i]), for all i along `axis`.

    `f` is called on whole ranges, not on single elements: neighbours are combined in pairs, the result of half the
    length is scanned recursively, and the elements between are filled in. So n elements take about 2·log₂ n calls.
    (Blelloch, "Prefix Sums and Their Applications", 1990)

    Args:
        f: takes two tensors (or nests like `elems`) of one shape; f(f(a, b), c) must equal f(a, f(b, c)).
        elems: tensors of one length along `axis`, nested as you like.
        reverse: from the last element to the first.

    Raises:
        TypeError: `f` cannot be called.
        ValueError: the lengths differ.
    """
    if not callable(f):
        raise TypeError(f"`f` must be a function of two tensors. Received: f={f!r}")
    flat = [convert_to_tensor(x) for x in tree.flatten(elems)]
    if len({x.shape[axis] for x in flat}) > 1:
        raise ValueError(
            f"All tensors must have the same first dimension, along axis {axis}. Received: {[x.shape for x in flat]}"
        )
    if any_symbolic(flat):
        return tree.pack_sequence_as(elems, [_as_symbolic(x) for x in flat])

    def combine(a, b):
        return tree.flatten(f(tree.pack_sequence_as(elems, a), tree.pack_sequence_as(elems, b)))

    flat = [flip(x, axis) for x in flat] if reverse else flat
    flat = _prefixes(combine, flat, axis % len(flat[0].shape))
    flat = [flip(x, axis) for x in flat] if reverse else flat
    return tree.pack_sequence_as(elems, flat)


def _prefixes(combine, xs, axis):
    """Running results of `combine` over lists of tensors."""

    def part(tensors, *bounds):
        return [x[(slice(None),) * axis + (slice(*bounds),)] for x in tensors]

    n = xs[0].shape[axis]
    if n < 2:
        return xs
    pairs = combine(part(xs, 0, n - 1, 2), part(xs, 1, None, 2))
    odd = _prefixes(combine, pairs, axis)  # the results at 1, 3, 5, …
    even = part(xs, 0, 1)
    if n > 2:
        later = combine(part(odd, 0, (n - 1) // 2), part(xs, 2, None, 2))
        even = [concatenate([first, rest], axis) for first, rest in zip(even, later, strict=True)]
    return [_interleave(a, b, axis) for a, b in zip(even, odd, strict=True)]


def _interleave(a, b, axis):
    """a[0], b[0], a[1], b[1], … along `axis`; a is as long as b, or longer by one."""
    n = b.shape[axis]
    key = (slice(None),) * axis
    both = stack([a[(*key, slice(0, n))], b], axis + 1)
    both = reshape(both, (*a.shape[:axis], 2 * n, *a.shape[axis + 1 :]))
    return both if a.shape[axis] == n else concatenate([both, a[(*key, slice(n, None))]], axis)
