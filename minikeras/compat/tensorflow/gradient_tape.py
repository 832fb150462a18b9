"""`tf.GradientTape`, and the functions that change its gradients."""

__replay__ = "computes"

from enum import Enum

from minikeras import ops, tree
from minikeras.autodiff.custom_gradient import custom_gradient as engine_custom_gradient
from minikeras.autodiff.custom_gradient import stop_gradient as engine_stop_gradient
from minikeras.autodiff.tape import GradientTape as EngineTape
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.replay import safe_to_replay
from minikeras.compat.tensorflow.indexed_slices import with_tensors
from minikeras.compat.tensorflow.notices import logger, warn_once

__all__ = [
    "AggregationMethod",
    "GradientTape",
    "UnconnectedGradients",
    "custom_gradient",
    "grad_pass_through",
    "gradients",
    "hessians",
    "no_gradient",
    "recompute_grad",
    "stop_gradient",
]


class UnconnectedGradients(Enum):
    """The gradient with respect to a source on which the target does not depend."""

    NONE = "none"
    ZERO = "zero"


class AggregationMethod:
    """How TensorFlow's graphs sum gradients; names only, since there is only one way here."""

    ADD_N = 0
    DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class GradientTape(EngineTape):
    """minikeras's tape with TensorFlow's conventions: integers are skipped with a warning in the log, not refused.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: False to watch nothing automatically.
    """

    def __enter__(self):
        if self._recording:
            raise ValueError(
                "This GradientTape records already: it cannot be entered a second time before its `with` block ends."
            )
        return super().__enter__()

    @safe_to_replay("it looks at dtypes only")
    def watch(self, tensor):
        """Watch these tensors or Variables (nested structures too)."""
        for x in tree.flatten(tensor):
            x = _flat_values(x)
            if isinstance(x, (Tensor, Variable)) and x.array.dtype.kind not in "fc":
                logger.warning(
                    "Only floats can be watched. Received: a tensor of dtype %s; cast it to tf.float32.", x.array.dtype
                )
            else:
                super().watch(x)

    @safe_to_replay("it looks at dtypes only")
    def gradient(self, target, sources, output_gradients=None, unconnected_gradients=UnconnectedGradients.NONE):
        """d target / d source for every source; for a target that is not a scalar, of the sum of its elements.

        Args:
            target: Tensor, or a nested structure of them. Integers among them are skipped.
            sources: Variables or watched Tensors, of any nesting.
            output_gradients: the upstream gradient of each target; ones if None.
            unconnected_gradients: the gradient of a source on which the target does not depend: None or zeros.

        Raises:
            RuntimeError: the tape is not persistent and has been used already.
            TypeError: `target` is None.
        """
        self._check_usable(target)
        if any(hasattr(x, "flat_values") for x in tree.flatten([target, sources, output_gradients])):
            return self._of_ragged(target, sources, output_gradients, unconnected_gradients)
        targets, seeds = self._float_targets(target, output_gradients)
        found = super().gradient(targets, sources, seeds, unconnected_gradients)
        flat = [
            with_tensors(g) if g is None or x.array.dtype.kind in "fc" else _of_integers(x, unconnected_gradients)
            for x, g in zip(tree.flatten(sources), tree.flatten(found), strict=True)
        ]
        return tree.pack_sequence_as(sources, flat)

    def _of_ragged(self, target, sources, output_gradients, unconnected_gradients):
        """`gradient` with ragged tensors among its arguments: that of their values, in the same rows."""
        values = [tree.map_structure(_flat_values, x) for x in (target, sources, output_gradients)]
        found = self.gradient(*values, unconnected_gradients)
        flat = [
            x.with_flat_values(g) if hasattr(x, "flat_values") and g is not None else g
            for x, g in zip(tree.flatten(sources), tree.flatten(found), strict=True)
        ]
        return tree.pack_sequence_as(sources, flat)

    def jacobian(
        self,
        target,
        sources,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """d target[i…] / d source[j…], of shape target.shape + source.shape, by one backward run per target element.

        The last two arguments configure how TensorFlow parallelises this; they have no effect.
        """
        self._check_usable(target)
        if isinstance(target, Variable):
            target = target._tensor
        return super().jacobian(target, sources, unconnected_gradients)

    def batch_jacobian(
        self,
        target,
        source,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """d target[b, i…] / d source[b, j…] for each sample b, of shape (batch, target axes…, source axes…).

        The last two arguments configure how TensorFlow parallelises this; they have no effect.

        Raises:
            ValueError: target and source do not have the same number of samples.
        """
        if not target.shape or not source.shape or target.shape[0] != source.shape[0]:
            raise ValueError(
                "Need first dimension of target shape and source shape to match. "
                f"Received: target.shape={tuple(target.shape)}, source.shape={tuple(source.shape)}"
            )
        full = self.jacobian(target, source, unconnected_gradients)
        if full is None:
            return None
        rest = (slice(None),) * (len(target.shape) - 1)
        return ops.stack([full[(b, *rest, b)] for b in range(target.shape[0])])

    def _check_usable(self, target):
        if self.calls is None:
            raise RuntimeError(
                "A GradientTape computes gradients once. For more, make it with `tf.GradientTape(persistent=True)`."
            )
        if target is None:
            raise TypeError(
                "`target` is what to differentiate: a Tensor, or a structure of them. Received: None. Perhaps the "
                "function that computed it has no `return`."
            )
        if self._recording and self._persistent:
            warn_once(
                "gradient inside a persistent tape",
                "`gradient` of a persistent tape inside its `with` block records the ops of the gradient too. Call it "
                "after the block unless you want higher derivatives.",
            )

    @staticmethod
    @safe_to_replay("it looks at dtypes only")
    def _float_targets(target, output_gradients):
        """The targets and seeds without those that have no gradient."""
        targets = tree.flatten(target)
        seeds = [None] * len(targets) if output_gradients is None else tree.flatten(output_gradients)
        kept = [
            (y, dy)
            for y, dy in zip(targets, seeds, strict=True)
            if getattr(y, "array", None) is None or y.array.dtype.kind in "fc"
        ]
        if len(kept) < len(targets):
            logger.warning(
                "Only floats have gradients. Received: a `target` of an integer dtype; cast it to tf.float32."
            )
        return [y for y, _ in kept], [dy for _, dy in kept]


def _flat_values(x):
    return getattr(x, "flat_values", x)


def _of_integers(source, unconnected_gradients):
    """The gradient of integers, which are not differentiable and so treated as unconnected."""
    how = str(getattr(unconnected_gradients, "value", unconnected_gradients)).lower()
    return ops.zeros_like(source) if how == "zero" else None


def custom_gradient(f=None):
    """Decorator for `f(*args)` that returns `(outputs, gradient)`; `gradient(*upstream)` returns one per argument.

    If `f` reads trainable Variables, `gradient` must take `variables=` and return
    `(argument_gradients, variable_gradients)`.
    """
    return custom_gradient if f is None else engine_custom_gradient(f)


def stop_gradient(input, name=None):
    """The same value, without a gradient."""
    return tree.map_structure(engine_stop_gradient, input)


def recompute_grad(f):
    """A function that calls `f`. TensorFlow computes it again for the gradient, which saves memory."""

    def with_kept_results(*args, **kwargs):
        return f(*args, **kwargs)

    with_kept_results.__wrapped__ = f
    return with_kept_results


def grad_pass_through(f):
    """A function with the values of `f` and the gradient of the identity."""

    def passed_through(*args):
        def gradient(*dys):
            return dys[0] if len(args) == 1 else dys

        return f(*args), gradient

    return engine_custom_gradient(passed_through)


def no_gradient(op_type):
    """No effect: in TensorFlow it registers an op of graphs, by name, as not differentiable."""


def gradients(
    ys,
    xs,
    grad_ys=None,
    name="gradients",
    gate_gradients=False,
    aggregation_method=None,
    stop_gradients=None,
    unconnected_gradients=UnconnectedGradients.NONE,
):
    """Not available without a graph, as in eager TensorFlow.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("`tf.gradients` needs a graph of TensorFlow 1. Record the computation with `tf.GradientTape`.")


def hessians(ys, xs, gate_gradients=False, aggregation_method=None, name="hessians"):
    """Not available without a graph; nest two tapes, or call `jacobian` on the gradient.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("`tf.hessians` needs a graph of TensorFlow 1. Nest two `tf.GradientTape`s and use `jacobian`.")


def passed_back(function, inputs, gradients):
    """The gradients of `function(*inputs)` with respect to its inputs, from the gradients of its results."""
    with EngineTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        result = function(*inputs)
    return tape.gradient(result, inputs, output_gradients=gradients)
