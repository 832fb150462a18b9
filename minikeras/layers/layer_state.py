"""The state of a layer: its variables and those of its sub-layers, in Keras's order, and its losses."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import thread
from minikeras.autodiff.stateless_scope import StatelessScope
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.layers.structure import Structure
from minikeras.layers.tracking import Tracked, Tracker, is_seed_generator


class LayerState(Tracked):
    """Mixin of `Layer`: everything that finds, counts, sets and freezes its weights."""

    # --- finding --------------------------------------------------------------------------------------------------

    @property
    def _layers(self):
        """The sub-layers held in attributes, lists and dicts, in order."""
        return self._held(_is_layer)

    # Attributes that custom layers read, under Keras's names.

    @property
    def _tracker(self):
        return Tracker(self)

    @property
    def _trainable_variables(self):
        """This layer's own trainable variables, frozen or not, without those of sub-layers."""
        return list(self._own_weights["trainable"])

    @property
    def _non_trainable_variables(self):
        return list(self._own_weights["non_trainable"])

    @property
    def _seed_generators(self):
        return self._held(is_seed_generator)

    def _structure(self):
        """The variables, sub-layers and metrics of this layer, collected again if any has changed."""
        known = self.__dict__.get("_known_structure")
        if known is None or not known.is_current():
            known = Structure(self)
            object.__setattr__(self, "_known_structure", known)
        return known

    def _flatten_layers(self, include_self=True, recursive=True):
        """This layer and all layers below it (or directly in it), each once, parents first."""
        layers = self._structure().layers if recursive else [self, *self._layers]
        return list(layers) if include_self else layers[1:]

    @property
    def variables(self):
        """All Variables: weights and the states of random generators. Metrics have their own list."""
        return list(self._structure().variables)

    @property
    def weights(self):
        """All weights, trainable ones of each layer first, layer by layer."""
        return list(self._structure().weights)

    @property
    def trainable_variables(self):
        """The Variables that training changes; none of a frozen layer."""
        return [v for v in self._structure().variables if v._trainable] if self.trainable else []

    @property
    def non_trainable_variables(self):
        """The Variables that training does not change."""
        return [v for v in self.variables if not v.trainable] if self.trainable else self.variables

    @property
    def trainable_weights(self):
        """The weights that training changes; none of a frozen layer."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self):
        """The weights that training does not change."""
        return [v for v in self.weights if not v.trainable] if self.trainable else self.weights

    @property
    def metrics(self):
        """Metrics of this layer and those below."""
        return list(self._structure().metrics)

    @property
    def metrics_variables(self):
        """The Variables of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    # --- freezing -------------------------------------------------------------------------------------------------

    @property
    def trainable(self):
        """Whether training changes the weights. Setting it also sets it in all sub-layers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        value = bool(value)
        self._trainable = value
        for variable in self._own_weights["trainable"]:
            variable.trainable = value
        for layer in self._layers:
            layer.trainable = value

    # --- values ---------------------------------------------------------------------------------------------------

    def get_weights(self):
        """Copies of the weights as NumPy arrays, in the order of `weights`."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights):
        """Set the weights from arrays in the order of `weights`.

        Raises:
            ValueError: the number of arrays or a shape differs.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f"`set_weights(weights)` of layer '{self.name}' received a weight list of length {len(weights)}, but "
                f"was expecting {len(variables)} weights."
                + ("" if self.built else " It is not built yet: call it on data, or `build(input_shape)`, first.")
            )
        values = [as_array(value, v.dtype) for v, value in zip(variables, weights, strict=True)]
        for variable, value in zip(variables, values, strict=True):
            if value.shape != variable.shape:
                raise ValueError(
                    f"Layer '{self.name}' weight '{variable.path}' of shape {variable.shape} is not compatible with "
                    f"a provided weight shape {value.shape}."
                )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def count_params(self):
        """The number of elements of the weights.

        Raises:
            ValueError: the layer is not built.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but it isn't built, so it has no weights. "
                "Call it on data, or `layer.build(input_shape)`, first."
            )
        return sum(v.array.size for v in self.weights)

    def save_own_variables(self, store):
        """Put this layer's own variables (not those of sub-layers) into a dict-like store, keys "0", "1", ….

        Override this and `load_own_variables` to save other state.
        """
        for i, variable in enumerate(self._stored_variables()):
            store[str(i)] = variable.array

    def _stored_variables(self):
        """The Variables of this layer that are stored in files, in order."""
        return self._known_variables()

    def _own_variables_set(self):
        """Hook: runs after `load_own_variables` has set the variables."""

    def load_own_variables(self, store):
        """Set this layer's own variables from those that `save_own_variables` wrote.

        Raises:
            ValueError: the number of stored variables differs.
        """
        variables = self._stored_variables()
        if len(store.keys()) != len(variables):
            raise ValueError(
                f"Layer '{self.name}' expected {len(variables)} variables, but received {len(store.keys())} variables "
                f"during loading. Expected: {[v.path for v in variables]}"
                + ("" if self.built else ". The layer is not built: build the model before loading its weights.")
            )
        for i, variable in enumerate(variables):
            variable.assign(store[str(i)])
        self._own_variables_set()

    def stateless_call(self, trainable_variables, non_trainable_variables, *args, return_losses=False, **kwargs):
        """Call the layer with other values for its variables, without changing them.

        Returns:
            (outputs, non_trainable_variables) with the updated values of the latter, and the losses if requested.
        """
        if not self.built:
            raise ValueError(
                f"To call stateless_call, layer '{self.name}' ({type(self).__name__}) must be built. Call it on data, "
                "or `build(input_shape)`, first."
            )
        own = [*self.trainable_variables, *self.non_trainable_variables]
        values = [*trainable_variables, *non_trainable_variables]
        if len(own) != len(values):
            raise ValueError(
                f"`stateless_call` of '{self.name}' needs {len(self.trainable_variables)} trainable and "
                f"{len(self.non_trainable_variables)} non-trainable values. "
                f"Received: {len(trainable_variables)} and {len(non_trainable_variables)}"
            )
        with StatelessScope(zip(own, values, strict=True), collect_losses=return_losses) as scope:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
        updated = [scope.get_current_value(v) for v in self.non_trainable_variables]
        return (outputs, updated, losses) if return_losses else (outputs, updated)

    # --- losses ---------------------------------------------------------------------------------------------------

    def add_loss(self, loss):
        """Add a tensor, or a list of tensors, to the loss that `fit` minimizes; usually called in `call`.

        A tensor that is not a scalar, such as one loss per sample, is summed. Symbolic tensors, which occur while a
        functional model is built, are ignored: the same line runs again on data.

        Raises:
            ValueError: a value is not a tensor, or is a symbolic tensor outside of `call`.
        """
        if self._losses_of_call != thread.call_number or not thread.call_depth:
            self._losses, self._losses_of_call = [], thread.call_number
        scope = thread.stateless_scope
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            if isinstance(value, KerasTensor) and thread.call_depth:
                continue
            if isinstance(value, KerasTensor):
                raise ValueError(
                    f"`add_loss` takes a symbolic tensor in a layer's `call` only: put `self.add_loss(…)` into a layer "
                    f"of your own. Received: {value}, for '{self.name}'"
                )
            if not isinstance(value, (Tensor, Variable)):
                raise ValueError(
                    f"`add_loss()` can only be called on tensors. Received invalid value, for layer '{self.name}': "
                    f"{value!r}"
                )
            if scope is None:
                self._losses.append(value)
            else:
                scope.add_loss(value, self)

    @property
    def losses(self):
        """Losses added by the last call of this layer and its sub-layers, and those of weight regularizers."""
        structure, last_call = self._structure(), self._last_call
        if thread.stateless_scope is None:
            added = [loss for layer in structure.layers if layer._losses_of_call >= last_call for loss in layer._losses]
        else:
            added = thread.stateless_scope.losses_of(structure.layers)
        return added + [v._regularizer(v) for v in structure.weights if v._regularizer is not None and v._trainable]


def _is_layer(x):
    return isinstance(x, LayerState)
