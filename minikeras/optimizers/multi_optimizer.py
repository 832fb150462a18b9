"""`MultiOptimizer`: different optimizers for different variables, chosen by an `OptimizerMap`."""

import re
from collections.abc import MutableMapping

from minikeras.base.limits import reads_config
from minikeras.optimizers.loss_scale_optimizer import LossScaleOptimizer
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.summing import apply_summed
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class OptimizerMap(MutableMapping):
    """A dict from variable paths, or regular expressions that match whole paths, to optimizers.

        OptimizerMap(Adam(), {"embedding/.*": SGD(0.1)})

    Args:
        default_optimizer: for the paths that nothing matches.
        optimizer_map: {path or pattern: optimizer}.

    Raises:
        TypeError: `default_optimizer` is not an optimizer, or `optimizer_map` is not a dict.
    """

    def __init__(self, default_optimizer, optimizer_map=None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                f"`default_optimizer` of MultiOptimizer must be an optimizer. Received: {default_optimizer!r}"
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"optimizer_map must be a dictionary. Received: {optimizer_map}")
        self._default_optimizer = default_optimizer
        self._optimizer_map = optimizer_map or {}

    @property
    def default_optimizer(self):
        """The optimizer for the paths that nothing matches."""
        return self._default_optimizer

    def __getitem__(self, key):
        """The optimizer for a path.

        Raises:
            ValueError: several patterns match it.
        """
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        patterns = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(patterns) > 1:
            raise ValueError(f"Multiple optimizers assigned to variable {key}: the patterns {patterns} match it.")
        return self._optimizer_map[patterns[0]] if patterns else self._default_optimizer

    def __setitem__(self, key, optimizer):
        """Add an optimizer for a path or pattern.

        Raises:
            ValueError: the key is taken or not a string, or the optimizer cannot be used here.
        """
        if key in self._optimizer_map:
            raise ValueError(f"The key '{key}' has an optimizer already: {self._optimizer_map[key]}. Use another key.")
        if not isinstance(key, str):
            raise ValueError(f"key must be a string. Received: {key}")
        self._optimizer_map[key] = checked_optimizer(optimizer)

    def __delitem__(self, key):
        del self._optimizer_map[key]

    def __len__(self):
        return len(self._optimizer_map)

    def __iter__(self):
        return iter(self._optimizer_map)

    def __call__(self, variable):
        """The optimizer for a Variable."""
        return self[variable.path]

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        """A map from what `get_config` returned."""
        names = ("default_optimizer", "optimizer_map")
        return cls(*(deserialize_keras_object(config[name], custom_objects=custom_objects) for name in names))


def checked_optimizer(optimizer):
    """The argument, if a MultiOptimizer can use it.

    Raises:
        ValueError: it is not an optimizer, or one that wraps others.
    """
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"A MultiOptimizer is made of optimizers. Received: {optimizer!r}")
    if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
        raise ValueError(f"An inner optimizer cannot be {type(optimizer).__name__}. Received: {optimizer!r}")
    return optimizer


class MultiOptimizer(Optimizer):
    """Updates every variable with the optimizer that `optimizer_map` assigns to it.

    The inner `optimizers` have learning rates; it has none itself.

    Args:
        optimizer_map: an `OptimizerMap`, or a function from a Variable to an optimizer.
        loss_scale_factor: replaces that of the inner optimizers.
        name: derived from the class's name if None.
    """

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        self._inner_optimizers = []
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._add_optimizer(optimizer)

    def _add_optimizer(self, optimizer):
        if not any(optimizer is known for known in self._inner_optimizers):
            optimizer.loss_scale_factor = self.loss_scale_factor
            self._inner_optimizers.append(optimizer)

    def build(self, variables):
        """Look up the optimizer of every variable, and build the inner optimizers on their variables."""
        if self.built:
            return
        self._optimizer_of = {}  # index of a variable -> its optimizer
        for variable in variables:
            optimizer = checked_optimizer(self._optimizer_map(variable))
            self._add_optimizer(optimizer)
            self._optimizer_of[variable.index] = optimizer
        for optimizer in self._inner_optimizers:
            own_variables = [variable for variable in variables if self._optimizer_of[variable.index] is optimizer]
            if own_variables:
                optimizer.build(own_variables)
        super().build(variables)

    @property
    def optimizers(self):
        """The inner optimizers."""
        return self._inner_optimizers

    @property
    def variables(self):
        """Its own iteration and (unused) learning rate, then the inner optimizers' variables."""
        return self._variables + [variable for optimizer in self._inner_optimizers for variable in optimizer.variables]

    @property
    def learning_rate(self):
        """Raise: only the inner optimizers have learning rates.

        Raises:
            AttributeError: always.
        """
        raise AttributeError("A MultiOptimizer has no learning rate of its own. Read those of its optimizers.")

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        raise AttributeError("A MultiOptimizer has no learning rate of its own. Set those of its optimizers.")

    @property
    def loss_scale_factor(self):
        """The factor of all inner optimizers."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, factor):
        self._loss_scale_factor = factor
        for optimizer in getattr(self, "_inner_optimizers", ()):
            optimizer.loss_scale_factor = factor

    @property
    def iterations(self):
        """The number of steps so far."""
        return self._iterations

    def apply(self, grads, trainable_variables=None):
        """One step of every inner optimizer on its variables."""
        if len(grads) == 0:
            return
        if not self.built and trainable_variables is not None:
            self.build(list(trainable_variables))  # without a name scope: slots are named by the inner optimizers alone
        grads, variables = zip(*self._pairs_of(grads, trainable_variables), strict=True)
        self._check_variables_are_known(variables)
        # All gradients are summed over ranks at once, rather than separately for each inner optimizer.
        apply_summed(self._apply_each, grads, variables)

    def _apply_each(self, grads, variables):
        for optimizer in self._inner_optimizers:
            pairs = [
                (g, variable)
                for g, variable in zip(grads, variables, strict=True)
                if self._optimizer_of[variable.index] is optimizer
            ]
            if pairs:
                optimizer.apply(*zip(*pairs, strict=True))
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list):
        """Let each inner optimizer set final values, such as moving averages, of its variables."""
        for optimizer in self._inner_optimizers:
            variables = [variable for variable in var_list if self._optimizer_of[variable.index] is optimizer]
            if variables:
                optimizer.finalize_variable_values(variables)

    def get_config(self):
        return {
            "optimizer_map": serialize_keras_object(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        optimizer_map = deserialize_keras_object(config["optimizer_map"], custom_objects=custom_objects)
        return cls(**{**config, "optimizer_map": optimizer_map})
