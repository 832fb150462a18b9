"""`CompileLoss`: the losses passed to `compile`, for all outputs of a model."""

from typing import NamedTuple

from minikeras import losses as losses_module
from minikeras import tree
from minikeras.losses import Loss
from minikeras.losses.loss import LossFunctionWrapper
from minikeras.metrics import Mean
from minikeras.metrics.resolve import output_kind
from minikeras.trainers.nested_losses import is_deep, name_of_structure, nested_losses
from minikeras.trainers.outputs import MISSING, check_parts, get_by_path, labels_of, part_for, positions_of

CHOSEN_BY_SHAPES = ("crossentropy", "ce")
_CROSSENTROPIES = {
    "binary": losses_module.binary_crossentropy,
    "sparse": losses_module.sparse_categorical_crossentropy,
    "categorical": losses_module.categorical_crossentropy,
}


class _Entry(NamedTuple):
    """The loss of one output."""

    name: str
    path: tuple
    position: int | list  # a list of them for the loss of a structure of outputs
    loss: Loss
    weight: float | None


class CompileLoss(Loss):
    """The weighted sum of one loss per output.

    Args:
        loss: name, function or object; or a list, dict or nested structure of them, one per output (None: this output
            has no loss). "crossentropy" chooses among the three crossentropies by the shapes of labels and predictions.
        loss_weights: factors, nested like `loss`.
        reduction: of the base class; the single losses have their own.
        output_names: names of the model's outputs, for dict keys and metric names.

    Raises:
        ValueError: an unknown name. Raised here, by `compile`, where Keras waits for `fit`.
    """

    def __init__(self, loss, loss_weights=None, reduction="sum_over_batch_size", output_names=None):
        super().__init__(name="compile_loss", reduction=reduction)
        self._user_loss = loss
        self._user_loss_weights = loss_weights
        self.output_names = output_names
        self.built = False
        self._resolved = tree.map_structure(_get_loss, loss)
        self._entries = []
        self._positions = []
        self._wanted = []  # for each output, whether it has a loss
        self._trackers = []
        _check_weights(loss_weights)

    @property
    def losses(self):
        """The single losses, except names that cannot be resolved before the shapes of labels are known."""
        return [loss for loss in tree.flatten(self._resolved) if isinstance(loss, Loss)]

    @property
    def metrics(self):
        """The means of the single losses, where a model has several outputs."""
        return self._trackers

    @property
    def variables(self):
        """The Variables of `metrics`."""
        return [v for metric in self._trackers for v in metric.variables]

    def build(self, y_true, y_pred):
        """Pair each output with its loss and weight."""
        self._positions, self._entries = positions_of(y_pred, self.output_names), []
        losses, weights = self._in_form_of(y_pred)
        if tree.is_nested(y_pred) and is_deep(losses, y_pred):
            self._build_nested(y_true, y_pred, losses, weights)
            return
        for what, given in (("loss", losses), ("loss_weights", weights)):
            check_parts(given, self._positions, y_pred, what)
        if not tree.is_nested(y_pred):
            if isinstance(losses, dict) and self._positions[0].name is None:
                raise TypeError(
                    "`loss` is a dict, whose keys name outputs, but the only output of this model has no name. Pass "
                    f"the loss itself. Received: loss={self._user_loss}"
                )
            parts = [(_only(losses, "losses"), _only(weights, "loss weights"))]
        else:
            parts = [(part_for(losses, place), part_for(weights, place)) for place in self._positions]
        self._wanted = [loss is not None and loss is not MISSING for loss, _ in parts]
        labels = labels_of(y_true, self._positions, self._wanted)
        predictions = tree.flatten(y_pred)
        for place, (loss, weight), label, prediction in zip(self._positions, parts, labels, predictions, strict=True):
            if self._wanted[place.position]:
                loss = _chosen_by_shapes(loss, label, prediction)
                weight = None if weight is MISSING else weight
                self._entries.append(_Entry(_name(place, loss), place.path, place.position, loss, weight))
        has_order = (
            isinstance(y_pred, dict) and not isinstance(losses, dict) and not any(map(tree.is_nested, y_pred.values()))
        )
        order = y_pred if has_order else losses
        self._entries.sort(key=lambda entry: _position_in(order, entry.path))
        self._add_trackers()

    def _in_form_of(self, y_pred):
        """Losses and weights; as lists where they are given by name, but the outputs are no dict.

        Raises:
            ValueError: an output is not named, or there are not as many weights as losses.
        """
        losses, names = self._resolved, [place.name for place in self._positions]
        weights = _matching_weights(losses, self._user_loss_weights)
        if not isinstance(losses, dict) or isinstance(y_pred, dict) or None in names:
            return losses, weights
        for what, given in (("loss", losses), ("loss_weights", weights)):
            check_parts(given, self._positions, y_pred, what)
        if missing := [name for name in names if name not in losses]:
            raise ValueError(
                f"`loss` must name each output of the model, None for one without a loss. The outputs are: {names}. "
                f"Not named: {missing}"
            )
        by_name = isinstance(weights, dict)
        return [losses[name] for name in names], [weights.get(name) for name in names] if by_name else weights

    def _build_nested(self, y_true, y_pred, losses, weights):
        """The same for several losses of one output, or losses of structures of outputs."""
        pairs = [*nested_losses(losses, weights, y_pred)]
        self._wanted = [any(place.path[: len(path)] == path for path, *_ in pairs) for place in self._positions]
        labels, predictions = labels_of(y_true, self._positions, self._wanted), tree.flatten(y_pred)
        for path, loss, weight in pairs:
            inside = [place for place in self._positions if place.path[: len(path)] == path]
            if len(inside) == 1 and inside[0].path == path:
                position = inside[0].position
                loss = _chosen_by_shapes(loss, labels[position], predictions[position])
                self._entries.append(_Entry(_name(inside[0], loss), path, position, loss, weight))
            else:
                positions = [place.position for place in inside]
                self._entries.append(_Entry(name_of_structure(path, inside), path, positions, loss, weight))
        self._add_trackers()

    def _add_trackers(self):
        if len(self._entries) > 1:
            self._trackers = [Mean(name=f"{entry.name}_loss") for entry in self._entries]
        self.built = True

    def call(self, y_true, y_pred):
        return self(y_true, y_pred)

    def __call__(self, y_true, y_pred, sample_weight=None, counts_samples=True):
        """The total loss, a scalar Tensor; None if no output has one.

        Args:
            counts_samples: whether a batch counts by its number of samples in the means of single losses. Keras does so
                with `run_eagerly=True`; in its graphs the number is unknown, and each batch counts the same.

        Raises:
            ValueError: there are no predictions, or no labels for a loss.
        """
        if y_pred is None:
            raise ValueError("The model returned None. Does the last line of its `call` lack a `return`?")
        if not self.built:
            self.build(y_true, y_pred)
        labels = labels_of(y_true, self._positions, self._wanted)
        total = None
        for i, (_, path, position, loss, weight) in enumerate(self._entries):
            prediction = get_by_path(y_pred, path) if path else y_pred
            if isinstance(position, list):
                label = tree.pack_sequence_as(prediction, [labels[i] for i in position])
                weights = _weights_at(sample_weight, path)
            else:
                label = labels[position]
                weights = None if sample_weight is None else _weights_for(sample_weight, self._positions[position])
            if label is None:
                raise ValueError(
                    f"The loss {loss.name!r} needs labels, and there are none. Pass them as `y`; `validation_data` is "
                    "a tuple (x, y); data that yields batches yields (x, y)."
                )
            value = loss(label, prediction, sample_weight=weights)
            if self._trackers:
                counted = {"sample_weight": tree.flatten(prediction)[0].shape[0]} if counts_samples else {}
                self._trackers[i].update_state(value, **counted)
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        return total

    def get_config(self):
        return {"loss": self._user_loss, "loss_weights": self._user_loss_weights, "reduction": self.reduction}


def _get_loss(identifier):
    """A Loss object for a name, a function or an object; names that need shapes stay names."""
    if identifier is None or isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in CHOSEN_BY_SHAPES:
        return identifier
    found = losses_module.get(identifier)
    if isinstance(found, type):
        found = found()
    if isinstance(found, Loss):
        return found
    name = identifier if isinstance(identifier, str) else getattr(found, "__name__", "loss")
    return LossFunctionWrapper(found, name=name)


def _chosen_by_shapes(loss, label, prediction):
    if not isinstance(loss, str):
        return loss
    return LossFunctionWrapper(_CROSSENTROPIES[output_kind(label, prediction)], name=loss)


def _matching_weights(losses, weights):
    """The weights as given, if there are as many as losses; that of a single loss, which is for all outputs, alone.

    Raises:
        ValueError: there are more or fewer.
    """
    if weights is None:
        return None
    flat = tree.flatten(weights)
    if len(flat) != len(tree.flatten(losses)):
        raise ValueError(
            f"`loss_weights` must match the number of losses, {len(tree.flatten(losses))}. Received: "
            f"loss_weights={weights}"
        )
    return weights if tree.is_nested(losses) else flat[0]


def _check_weights(loss_weights):
    if loss_weights is not None and not isinstance(loss_weights, (float, list, tuple, dict)):
        raise ValueError(
            f"`loss_weights` must be a float, or a list, tuple or dict of numbers. Received: {loss_weights!r}"
        )
    for weight in tree.flatten(loss_weights):
        if not (weight is None or isinstance(weight, (int, float)) or hasattr(weight, "shape")):
            raise TypeError(f"`loss_weights` must be numbers or arrays, one per output. Received: {loss_weights}")


def _only(given, what):
    """The only entry in the losses or weights of a model with one output."""
    flat = tree.flatten(given)
    if len(flat) != 1:
        raise ValueError(f"The model has one output, but {len(flat)} {what} were given to `compile`. Received: {given}")
    return flat[0]


def _name(place, loss):
    """The name under which a loss is reported: the keys on the way to it, or the output's name for a list index."""
    name = place.name if place.name is not None else loss.name
    path = place.path
    if not path:
        return name
    return "/".join(str(key) for key in (path[:-1] + (name,) if isinstance(path[-1], int) else path))


def _position_in(given, path):
    """Sorts the entries of dicts in the order in which the user wrote them."""
    positions = []
    for key in path:
        if not isinstance(given, dict):
            positions.append(key if isinstance(key, int) else 0)
            given = (
                given[key] if isinstance(given, (list, tuple)) and isinstance(key, int) and key < len(given) else None
            )
        else:
            positions.append(list(given).index(key) if key in given else len(given))
            given = given.get(key)
    return positions


def _weights_at(sample_weight, path):
    """The sample weights of a structure of outputs with one loss: one array for all of it."""
    weights = get_by_path(sample_weight, path) if tree.is_nested(sample_weight) else sample_weight
    if weights is MISSING or tree.is_nested(weights):
        raise ValueError(f"The loss of the outputs at {path} takes one array of `sample_weight`. Received: {weights}")
    return weights


def _weights_for(sample_weight, place):
    if not tree.is_nested(sample_weight):
        return sample_weight
    found = part_for(sample_weight, place)
    return None if found is MISSING else found
