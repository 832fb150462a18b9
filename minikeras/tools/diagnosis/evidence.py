"""`Evidence`: the facts that diagnoses use, each computed when the first of them asks for it."""

import warnings
from functools import cached_property, wraps

import numpy as np

from minikeras import tree
from minikeras.activations import relu
from minikeras.autodiff.observers import Observer, observing
from minikeras.autodiff.state import unobserved
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.losses import Loss
from minikeras.ops.activation import relu as relu_op
from minikeras.utils.kept_state import kept_state

SAMPLES = 512  # rows of the data that are examined


def optional(function):
    """A property that is None if it cannot be computed, so that a diagnosis that needs it reports nothing.

    The model, loss and data are the user's and may be wrong in any way; `fit` itself reports errors.
    """

    @wraps(function)
    def computed(self):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return function(self)
        except Exception:
            return None

    return cached_property(computed)


class Evidence:
    """A compiled model, its data, and facts derived from both.

    Args:
        model: the model.
        x, y: arrays, or nested structures of them.
        validation_data: (x, y) or None.
        validation_split, batch_size, class_weight, shuffle: as given to `fit`.
        trained: whether the model has been trained.

    Attributes (None where there is none, or where it cannot be computed):
        x, y: the first 512 samples; all_x, all_y: all.
    """

    def __init__(self, model, x, y=None, validation_data=None, validation_split=0.0, batch_size=None, class_weight=None,
                 shuffle=True, trained=False):  # fmt: skip
        self.model = model
        self.all_x, self.all_y = x, y
        self.x, self.y = _first(x), _first(y)
        self.validation_data, self.validation_split = validation_data, validation_split
        self.batch_size, self.class_weight, self.shuffle = batch_size or 32, class_weight, shuffle
        self.trained = trained

    # --- data ---------------------------------------------------------------------------------------------------------

    @optional
    def single_x(self):
        """The array x, if the model has one input."""
        arrays = tree.flatten(self.x)
        return np.asarray(as_array(arrays[0])) if len(arrays) == 1 else None

    @optional
    def single_y(self):
        """The array y, if there is one."""
        arrays = tree.flatten(self.y)
        return np.asarray(as_array(arrays[0])) if len(arrays) == 1 and arrays[0] is not None else None

    @optional
    def classes(self):
        """All labels as a vector of class indices, if they are integers or one-hot rows."""
        arrays = tree.flatten(self.all_y)
        return class_indices(as_array(arrays[0])) if len(arrays) == 1 else None

    # --- the loss -----------------------------------------------------------------------------------------------------

    @optional
    def loss(self):
        """The `Loss` object, or name, of a model with one output."""
        losses = tree.flatten(self.model._compile_loss._resolved)
        return losses[0] if len(losses) == 1 else None

    @optional
    def loss_name(self):
        """For example "sparse_categorical_crossentropy"."""
        return self.loss if isinstance(self.loss, str) else self.loss.fn.__name__

    @property
    def from_logits(self):
        """Whether the loss has `from_logits=True`."""
        return bool(getattr(self.loss, "_fn_kwargs", {}).get("from_logits", False))

    @property
    def is_crossentropy(self):
        """Whether the loss is one of Keras's three crossentropies."""
        return self.loss_name in ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")

    @property
    def metric_names(self):
        """Names of the metrics of `compile`, as given: "accuracy", "AUC"."""
        compiled = self.model._compile_metrics
        given = [] if compiled is None else tree.flatten([compiled._user_metrics, compiled._user_weighted_metrics])
        return [m if isinstance(m, str) else getattr(m, "name", getattr(m, "__name__", "")) for m in given if m]

    # --- the network --------------------------------------------------------------------------------------------------

    def kept(self):
        """A context within which the model may run; its state is restored afterwards.

        A model without weights gets them first, as in its first step: they, and their draws from the random generators,
        are part of the state.
        """
        if not self.model.built:
            with unobserved():
                self.model(tree.map_structure(lambda x: x[:1], _as_inputs(self.x)), training=False)
        return kept_state(self.model)

    @optional
    def run(self):
        """The `Run` of one forward pass in inference mode."""
        seen = Run()
        with unobserved(), self.kept(), observing(seen):
            outputs = self.model(_as_inputs(self.x), training=False)
        seen.predictions = [y.array for y in tree.flatten(outputs)]
        return seen

    @optional
    def predictions(self):
        """The predictions of a model with one output, an array."""
        return self.run.predictions[0] if len(self.run.predictions) == 1 else None

    @optional
    def last_activation(self):
        """Name of the activation of the last layer that has one: "softmax", "linear" …; of one output."""
        layer = self.run.layers[-1][0] if self.predictions is not None else None
        if type(layer).__name__ in ("Softmax", "ReLU"):
            return type(layer).__name__.lower()
        return getattr(getattr(layer, "activation", None), "__name__", None)

    @optional
    def loss_now(self):
        """The current mean loss of the samples, in inference mode."""
        value = self.loss(as_array(self.y), Tensor(self.predictions)) if isinstance(self.loss, Loss) else None
        return None if value is None else float(value)

    @optional
    def gradients(self):
        """{path of a kernel: (its array, its gradient)} in the order of the layers, on the first samples."""
        variables = [v for v in self.model.trainable_variables if len(v.shape) > 1]
        with unobserved(), self.kept():
            x, y = (tree.map_structure(_as_input, part) for part in (self.x, self.y))
            with GradientTape() as tape:
                y_pred = self.model(_as_inputs(self.x), training=True)
                loss = self.model.compute_loss(x=x, y=y, y_pred=y_pred)
            found = tape.gradient(loss, variables)
        return {v.path: (v.array, np.asarray(as_array(g))) for v, g in zip(variables, found, strict=True)
                if g is not None and hasattr(g, "array")}  # fmt: skip

    @property
    def takes_usual_steps(self):
        """Whether the model's training step and loss are those of `fit`, not the user's own."""
        return all(
            getattr(type(self.model), name).__module__.startswith("minikeras.")
            for name in ("train_step", "compute_loss", "make_train_function")
        )

    @property
    def learning_rate(self):
        """A fixed learning rate; None for a schedule, or without an optimizer."""
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        rate = optimizer.get_config().get("learning_rate") if optimizer is not None else None
        return rate if isinstance(rate, float) else None


class Run(Observer):
    """The leaf layers that ran, in order: (layer, its first input as an array, its first output)."""

    uses_ops = False

    def __init__(self):
        self.layers, self._inputs, self.predictions = [], [], []

    def layer_begins(self, layer, args, kwargs):
        """Keep the input."""
        self._inputs.append(_first_tensor(args))

    def layer_ended(self, layer, outputs):
        """Keep the output, of layers that have no layers inside."""
        x = self._inputs.pop()
        if not list(layer._flatten_layers(include_self=False)):
            self.layers.append((layer, x, _first_tensor(outputs)))


def is_relu(layer):
    """Whether a layer ends with relu."""
    return type(layer).__name__ == "ReLU" or getattr(layer, "activation", None) in (relu, relu_op)


def class_indices(labels):
    """Labels as a vector of class indices: integers as they are, one-hot rows by their 1; None for others."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] > 1:
        one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
        return labels.argmax(axis=1) if one_hot else None
    if labels.ndim > 2 or (labels.ndim == 2 and labels.shape[1] != 1) or labels.dtype.kind not in "iufb":
        return None
    labels = labels.reshape(-1)
    whole = labels.size and (labels == np.floor(labels)).all() and labels.min() >= 0
    return labels.astype(np.int64) if whole else None


def _first(part):
    if part is None:
        return None
    return tree.map_structure(lambda a: None if a is None else np.ascontiguousarray(as_array(a[:SAMPLES])), part)


def _as_input(array):
    if array is None:
        return None
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _as_inputs(x):
    return tree.map_structure(Tensor, tree.map_structure(_as_input, x))


def _first_tensor(nested):
    return next((x.array for x in tree.flatten(nested) if isinstance(x, Tensor)), None)
