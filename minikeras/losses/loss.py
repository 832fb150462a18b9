"""`Loss`: a function of labels and predictions, with a reduction. The base of every loss class."""

from minikeras import dtype_policies, ops, tree
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import FromConfig
from minikeras.base.naming import auto_name
from minikeras.config import floatx
from minikeras.losses.reduction import both_masks, reduce_weighted_values, standardize_reduction


class Loss(FromConfig):
    """Base class of losses: `loss(y_true, y_pred, sample_weight)` is one number for a batch.

    A subclass defines `call(y_true, y_pred)`, which returns one loss per sample; weights, masks and the reduction are
    applied here.

        class Quartic(Loss):
            def call(self, y_true, y_pred):
                return ops.mean((y_true - y_pred) ** 4, axis=-1)

    Args:
        name: for display; derived from the class's name if None.
        reduction: "sum", "sum_over_batch_size" (the mean over losses), "mean" (the same), "mean_with_sample_weight"
            (the mean weighted by `sample_weight`), "none" or None (one loss per sample).
        dtype: dtype or DTypePolicy in which the loss is computed; `floatx()` if None.
    """

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name or auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self._dtype_policy = dtype_policies.get(dtype or floatx())
        self._dtype = self._dtype_policy.compute_dtype

    @property
    def dtype(self):
        """Name of the dtype in which the loss is computed."""
        return self._dtype

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The reduced loss of a batch.

        Args:
            y_true: labels, converted to the loss's dtype; any nested structure that `call` accepts.
            y_pred: predictions, of the same structure; their `_keras_mask` is applied.
            sample_weight: a number, one per sample, or one per loss value.
        """
        prediction_mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = self._as_labels(y_true), self._as_tensors(y_pred)
        losses = self.call(y_true, y_pred)
        mask = both_masks(prediction_mask, getattr(losses, "_keras_mask", None))
        value = reduce_weighted_values(losses, sample_weight, mask, self.reduction, self._dtype)
        for loss_computed in thread.loss_computed:
            loss_computed(self, y_true, y_pred, sample_weight, value)
        return value

    def call(self, y_true, y_pred):
        """One loss per sample, of shape (batch, …). Subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} must define `call(y_true, y_pred)`.")

    def get_config(self):
        """The constructor's arguments, without `dtype` (Keras leaves it out as well)."""
        return {"name": self.name, "reduction": self.reduction}

    def _as_labels(self, y_true):
        return self._as_tensors(y_true)

    def _as_tensors(self, x):
        if type(x) is Tensor and x.dtype == self._dtype:
            return x
        if isinstance(x, (dict, list, tuple)) and not _holds_numbers(x):
            return tree.map_structure(lambda leaf: ops.convert_to_tensor(leaf, dtype=self._dtype), x)
        return ops.convert_to_tensor(x, dtype=self._dtype)


def _holds_numbers(x):
    """Whether x is a (nested) list of plain numbers, hence one array rather than several outputs."""
    while isinstance(x, (list, tuple)):
        if not x:
            return True
        x = x[0]
    return not isinstance(x, (dict, Tensor)) and not hasattr(x, "__array__")
