"""`CompileLoss`: the losses of all outputs of a model, as `compile` was given them."""

from minikeras import losses as losses_module
from minikeras import tree
from minikeras.losses import Loss
from minikeras.losses.function_wrapper import LossFunctionWrapper
from minikeras.metrics import Mean
from minikeras.suggestions import did_you_mean


class CompileLoss(Loss):
    """The weighted sum of one loss per output.

    Args:
        loss: name, function or object; or a list or dict of them, one per output (None: this output has no loss).
        loss_weights: factors, nested like `loss`.
        output_names: names of the model's outputs, for dict keys and metric names.

    Raises:
        ValueError: a name that names no loss. Raised here, at `compile`, where Keras waits for `fit`.
    """

    def __init__(self, loss, loss_weights=None, reduction="sum_over_batch_size", output_names=None):
        super().__init__(name="compile_loss", reduction=reduction)
        self._user_loss = loss
        self._user_loss_weights = loss_weights
        self.output_names = output_names
        self._resolved = tree.map_structure(_get_loss, loss)
        self._entries = None  # one (path to the output, loss, weight, tracker) per output with a loss
        self._trackers = []
        _check_weights(loss, loss_weights)

    @property
    def metrics(self):
        """The means of the single losses, where a model has several outputs."""
        return self._trackers

    @property
    def variables(self):
        """The Variables of `metrics`."""
        return [v for metric in self._trackers for v in metric.variables]

    def call(self, y_true, y_pred):
        return self(y_true, y_pred)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The total loss, a scalar Tensor."""
        if self._entries is None:
            self._entries = self._match(y_true, y_pred)
            if len(self._entries) > 1:
                self._trackers = [Mean(name=f"{name}_loss") for name, _, _, _ in self._entries]
        total = None
        for i, (name, path, loss, weight) in enumerate(self._entries):
            prediction = _at(y_pred, path)
            target = _target(y_true, path, name, len(self._entries))
            value = loss(target, prediction, sample_weight=_weight_at(sample_weight, path, name))
            if self._trackers:
                self._trackers[i].update_state(value)  # each batch counts the same, whatever its size: Keras's way
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        return total

    def _match(self, y_true, y_pred):
        """Pair each output with its loss and weight."""
        if not tree.is_nested(y_pred):
            loss = tree.flatten(self._resolved)
            name = self.output_names[0] if self.output_names else "output"
            if len(loss) != 1:
                raise ValueError(
                    f"The model has one output, but {len(loss)} losses were given to `compile`. Received: {self._user_loss}"
                )
            weights = tree.flatten(self._user_loss_weights)
            return [(name, (), loss[0], weights[0])]
        outputs = tree.flatten_with_path(y_pred)
        names = self.output_names if self.output_names and len(self.output_names) == len(outputs) else None
        names = names or ["_".join(map(str, path)) for path, _ in outputs]
        entries = []
        for i, (path, _) in enumerate(outputs):
            loss = _pick(self._resolved, path, names[i], i, "loss")
            weight = _pick(self._user_loss_weights, path, names[i], i, "loss_weights")
            if loss is not None:
                entries.append((names[i], path, loss, weight))
        self._check_keys(names, outputs)
        return entries

    def _check_keys(self, names, outputs):
        keys = {str(path[-1]) for path, _ in outputs} | set(names)
        for what, given in (("loss", self._resolved), ("loss_weights", self._user_loss_weights)):
            unknown = [key for key in given if key not in keys] if isinstance(given, dict) else []
            if unknown:
                raise ValueError(
                    f"`{what}` has keys that are no outputs of the model: {unknown}.{did_you_mean(unknown[0], names)} "
                    f"The outputs are: {names}"
                )
            if isinstance(given, (list, tuple)) and len(given) != len(names):
                raise ValueError(f"`{what}` has {len(given)} entries for {len(names)} outputs ({names}).")

    def get_config(self):
        return {"loss": self._user_loss, "loss_weights": self._user_loss_weights, "reduction": self.reduction}


def _get_loss(identifier):
    """A Loss object from a name, a function or an object."""
    if identifier is None or isinstance(identifier, Loss):
        return identifier
    found = losses_module.get(identifier)
    if isinstance(found, type):
        found = found()
    if isinstance(found, Loss):
        return found
    return LossFunctionWrapper(found, name=getattr(found, "__name__", "loss"))


def _check_weights(loss, loss_weights):
    if loss_weights is None or isinstance(loss_weights, (int, float)):
        return
    for weight in tree.flatten(loss_weights):
        if weight is not None and not isinstance(weight, (int, float)):
            raise TypeError(f"`loss_weights` must be numbers, one per output. Received: {loss_weights}")


def _at(structure, path):
    for key in path:
        structure = structure[key]
    return structure


def _target(y_true, path, name, count):
    """The labels for one output: at its place, under its name, or all of them if there is one loss."""
    try:
        return _at(y_true, path)
    except (KeyError, IndexError, TypeError, ValueError):
        if isinstance(y_true, dict) and name in y_true:
            return y_true[name]
        flat = tree.flatten(y_true)
        if isinstance(y_true, (list, tuple)) and len(path) == 1 and isinstance(path[0], str) and len(flat) == count:
            return flat[0] if count == 1 else y_true
        if count == 1 and len(flat) == 1:
            return flat[0]
        got = sorted(y_true) if isinstance(y_true, dict) else f"{len(flat)} array(s)"
        raise ValueError(f"There are no labels for the model's output '{name}'. Received: {got}") from None


def _weight_at(sample_weight, path, name):
    if sample_weight is None or not tree.is_nested(sample_weight):
        return sample_weight
    if isinstance(sample_weight, dict) and name in sample_weight:
        return sample_weight[name]
    try:
        return _at(sample_weight, path)
    except (KeyError, IndexError):
        return None


def _pick(given, path, name, position, what):
    """What was given for one output: by name, by place, or the same for all."""
    if given is None or not tree.is_nested(given):
        return given
    if isinstance(given, dict):
        return given.get(name, given.get(path[-1]))
    return given[position] if position < len(given) else None
