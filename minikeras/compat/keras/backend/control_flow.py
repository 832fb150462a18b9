"""`K.switch`, `K.map_fn`, `K.foldl`, `K.gradients`."""

from minikeras import ops, tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow import mapping

__all__ = ["foldl", "foldr", "gradients", "map_fn", "switch"]


def switch(condition, then_expression, else_expression):
    """The one or the other value, by a single condition or elementwise.

    Args:
        condition: boolean or number. With one element for each sample (or more axes), each chooses for its own part.
        then_expression, else_expression: tensors, or functions without arguments that return them.

    Raises:
        ValueError: the condition has more axes than the expressions.
    """
    condition = ops.cast(condition, "bool")
    if not len(condition.shape) and not isinstance(condition, KerasTensor):
        chosen = then_expression if condition else else_expression
        return chosen() if callable(chosen) else ops.convert_to_tensor(chosen)
    then_expression, else_expression = (
        ops.convert_to_tensor(x() if callable(x) else x) for x in (then_expression, else_expression)
    )
    missing = len(then_expression.shape) - len(condition.shape)
    if missing < 0:
        raise ValueError(
            "`condition` must not have more axes than the expressions. Received shapes: "
            f"condition {tuple(condition.shape)}, then_expression {tuple(then_expression.shape)}"
        )
    if len(condition.shape) > 1:  # in Keras, a vector is aligned with the last axis instead
        for _ in range(missing):
            condition = ops.expand_dims(condition, -1)
    return ops.where(condition, then_expression, else_expression)


def map_fn(fn, elems, name=None, dtype=None):
    """`fn` of each element along the first axis, the results stacked.

    Args:
        fn: takes an element (or a structure of them, if `elems` is one) and returns a tensor or a structure of tensors.
        dtype: of the results.
    """
    return mapping.map_fn(fn, elems, dtype=dtype)


def foldl(fn, elems, initializer=None, name=None):
    """fn(… fn(fn(initializer, x₀), x₁) …, xₙ), from the first element to the last."""
    return _fold(fn, list(_elements(elems)), initializer)


def foldr(fn, elems, initializer=None, name=None):
    """`foldl` from the last element to the first."""
    return _fold(fn, list(_elements(elems))[::-1], initializer)


def _fold(fn, elements, result):
    if result is None:
        result, *elements = elements
    for element in elements:
        result = fn(result, element)
    return result


def _elements(elems):
    """The structure's slices 0, 1, 2, … along the first axis."""
    elems = tree.map_structure(ops.convert_to_tensor, elems)
    for i in range(len(tree.flatten(elems)[0])):
        yield tree.map_structure(lambda x: x[i], elems)  # noqa: B023 — called at once


def gradients(loss, variables):
    """Raise: there is no graph of earlier operations to differentiate. Record them with a `GradientTape`.

    Raises:
        RuntimeError: always, as in TensorFlow.
    """
    raise RuntimeError(
        "`K.gradients` needs a static graph, which Keras 3 does not have. Compute the loss inside "
        "`with tf.GradientTape() as tape:` and call `tape.gradient(loss, variables)`."
    )
