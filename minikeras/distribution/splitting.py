"""`SplitModels`: splits the variables of a model over ranks by a LayoutMap, and makes them whole again for saving."""

from contextlib import contextmanager
from weakref import WeakKeyDictionary

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.messages import warn
from minikeras.distribution.devices import axis_lengths, part_of, place_in
from minikeras.kernels.update_rule import UpdateRule
from minikeras.layers.layer import Layer
from minikeras.layers.tensor_parallel import CannotSplitError, rule_for
from minikeras.layers.tracking import changes
from minikeras.plans.update import limit_of


class SplitModels:
    """Splits each model when it is first trained, evaluated or asked for predictions.

    Args:
        distribution: the ModelParallel.
        group: the `Group` of the ranks that hold the parts of one model.
        everyone: the `Group` of all ranks.
    """

    def __init__(self, distribution, group, everyone):
        self._distribution, self.group, self._everyone = distribution, group, everyone
        self._split = WeakKeyDictionary()  # model -> [(Variable, the axis along which it is split)]
        self._place = place_in(distribution.device_mesh)

    def prepare(self, model):
        """Split the variables of a model that have a layout, once.

        Raises:
            ValueError: the model is not built, or the optimizer's update of a variable needs all of it.
            CannotSplitError: a layer has no rule for its part.
        """
        if model in self._split:
            return
        if not model.built:
            raise ValueError(
                f"Model '{model.name}' must be built before its variables are split over ranks: begin it with an "
                "`Input`, or call it on a batch first."
            )
        self._begin_equal(model)
        split = {}
        for layer in model._flatten_layers():
            self._split_layer(layer, split)
        if split:
            _check_optimizer(getattr(model, "optimizer", None), next(iter(split.values()))[0])
        elif model.variables:
            self._warn_of_no_match(model)
        self._split[model] = list(split.values())
        for variable, axis in split.values():
            self._keep_part([variable, *_slots_of(getattr(model, "optimizer", None), variable)], axis)
        changes.count += 1  # plans made for the old shapes are dropped

    def _warn_of_no_match(self, model):
        patterns = [pattern for pattern, layout in self._distribution._layout_map.items() if any(layout.axes)]
        if patterns:
            warn(
                f"No variable of model '{model.name}' is split over ranks: none of the patterns {patterns} of the "
                f"LayoutMap matches a whole path, such as {model.variables[0].path!r}. Begin them with '.*'?"
            )

    def _begin_equal(self, model):
        variables = model.variables
        for variable, array in zip(variables, self._everyone.broadcast([v.array for v in variables]), strict=True):
            variable.assign(array)

    def _split_layer(self, layer, split):
        axes = {}
        for variable in layer._known_variables():
            axis = self._axis_of(variable, layer)
            if axis is not None:
                axes[variable.name] = variable, axis
        rule = None
        for name, (variable, axis) in axes.items():
            _check_own_elements(variable, layer)
            if name != "bias":
                rule = rule_for(layer, name, axis, self.group)
                split[id(variable)] = variable, axis
        if "bias" in axes:
            rule = rule or rule_for(layer, "bias", 0, self.group)
            rule.bias_axis = axes["bias"][1]
            split[id(axes["bias"][0])] = axes["bias"]
        if rule is not None:
            layer._split_rule = rule

    def _axis_of(self, variable, layer):
        """The axis along which a variable is split; None if it is whole."""
        layout = self._distribution.get_variable_layout(variable)
        lengths = axis_lengths(self._distribution.device_mesh)
        owner = f"The weight '{variable.name}' of layer '{layer.name}'"
        found = [i for i, name in enumerate(layout.axes) if name is not None and lengths[name] > 1]
        if not found:
            return None
        batch = self._distribution.batch_dim_name
        if len(found) > 1 or layout.axes[found[0]] == batch:
            raise CannotSplitError(
                f"{owner} can be split along one axis, and not over the mesh axis of the batches, {batch!r}. "
                f"Received: {layout}"
            )
        try:
            part_of(variable.shape, layout, self._place)
        except ValueError as error:
            raise CannotSplitError(f"{owner} cannot be split over ranks. {error}") from None
        return found[0]

    def _keep_part(self, variables, axis):
        for variable in variables:
            if variable.shape:
                parts = np.split(variable.array, self.group.size, axis)
                variable.rebind(Tensor(np.ascontiguousarray(parts[self.group.rank])))

    @contextmanager
    def whole(self, model):
        """A context in which all variables are whole on every rank; all ranks must enter it."""
        split = self._split.get(model) if isinstance(model, Layer) else None
        if not split:
            yield
            return
        for variable, axis in split:
            for each in [variable, *_slots_of(model.optimizer, variable)]:
                each.rebind(Tensor(np.concatenate(self.group.all_gather(each.array), axis)))
        try:
            yield
        finally:
            for variable, axis in split:
                self._keep_part([variable, *_slots_of(model.optimizer, variable)], axis)


def _check_own_elements(variable, layer):
    """Raise a CannotSplitError if anything attached to a variable depends on all of its elements."""
    if variable.regularizer is not None or variable.constraint is not None:
        raise CannotSplitError(
            f"The weight '{variable.name}' of layer '{layer.name}' has a regularizer or constraint, which needs all of "
            "it, so it cannot be split over ranks."
        )


def _slots_of(optimizer, variable):
    """The optimizer's Variables for one of the model's, of the same shape."""
    if optimizer is None or not optimizer.built:
        return []
    known = optimizer._trainable_variables_indices.get(variable.index)
    if known is None:
        return []
    groups = [group for group in optimizer.rule_slots() if len(group) > known]
    return [group[known] for group in groups if group[known].shape == variable.shape]


def _check_optimizer(optimizer, variable):
    """Raise a ValueError unless each element's update depends on that element's gradient alone."""
    if optimizer is None:
        return
    reason = None
    if limit_of(optimizer) in ("clipnorm", "global_clipnorm"):
        reason = f"clips gradients by their norm ({limit_of(optimizer)})"
    elif type(getattr(optimizer, "rule", None)) is not UpdateRule:
        reason = "computes with whole variables"
    elif optimizer.use_ema or optimizer.gradient_accumulation_steps:
        reason = "keeps averages or sums of whole variables"
    if reason is not None:
        raise ValueError(
            f"The optimizer '{optimizer.name}' {reason}, of which a rank holds parts ('{variable.path}'). Use one such "
            "as SGD, Adam or RMSprop without it."
        )
