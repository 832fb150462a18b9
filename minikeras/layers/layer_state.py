"""The state of a layer: its variables and those of its sub-layers, in Keras's order, and its losses.

`layer.dense = Dense(3)`, `layer.blocks = [Dense(3), Dense(4)]` and `layer.heads = {"a": Dense(1)}` are all found, in
the order of assignment (`tracking.py`).
"""

from contextlib import contextmanager

from minikeras import constraints, initializers, regularizers
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.state import thread
from minikeras.autodiff.stateless_scope import StatelessScope
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.layers.structure import Structure
from minikeras.layers.tracking import (
    CONTAINERS,
    PLAIN,
    Tracker,
    changes,
    collect_held,
    holds_state,
    is_metric,
    is_seed_generator,
    is_variable,
    remove_variable,
)

_WEIGHT_ARGUMENTS = ("initializer", "regularizer", "constraint")


class LayerState:
    """What a layer holds: variables, sub-layers and metrics in its attributes, and losses. The base of `Layer`."""

    # Attributes that refer to other objects without owning them.
    _not_tracked = frozenset({"_own_weights", "_losses"})
    _state_is_locked = False
    _setting_changes = 0  # how often this object's public attributes changed

    # --- attributes ---------------------------------------------------------------------------------------------------

    def __setattr__(self, name, value):
        may_hold_state = (
            name not in self._not_tracked
            and not isinstance(value, PLAIN)
            and (isinstance(value, CONTAINERS) or holds_state(value))
        )
        if may_hold_state and self._state_is_locked:
            self._check_not_locked(name, value)  # first, so that an error leaves the layer unchanged
        tracked = self.__dict__.setdefault("_tracked", {})
        weights = self.__dict__.setdefault("_own_weights", {"trainable": [], "non_trainable": []})
        replaced = tracked.pop(name, None)
        if replaced is not None:
            changes.count += 1
        if is_variable(replaced) and replaced is not value:
            remove_variable(weights, replaced)
        if may_hold_state:
            tracked[name] = value
            changes.count += 1
            if is_variable(value):
                self._track_variable(value)
        if name[0] != "_" and name not in self._not_tracked and self.__dict__.get(name, changes) is not value:
            changes.settings += 1
            self.__dict__["_setting_changes"] = self._setting_changes + 1
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        removed = self.__dict__.get("_tracked", {}).pop(name, None)
        changes.count += 1
        if is_variable(removed):
            remove_variable(self._own_weights, removed)
        object.__delattr__(self, name)

    def _lock_state(self):
        """Refuse new variables and sub-layers from here on."""
        self.__dict__["_state_is_locked"] = True

    @contextmanager
    def _unlocked_state(self):
        """Context in which a built layer accepts new variables: for its own changes, such as LoRA's."""
        locked, self.__dict__["_state_is_locked"] = self._state_is_locked, False
        try:
            yield
        finally:
            self.__dict__["_state_is_locked"] = locked

    def _check_not_locked(self, name, value):
        """Raise if an attribute would add state to a layer that is built.

        Raises:
            ValueError
        """
        if self.__dict__.get(name) is not value and self._adds_state(value):
            raise ValueError(
                f"Layer '{self.name}' is already built, so it takes no new state. Received: {name}={value!r}. Make "
                "variables, layers and metrics in `__init__`, or in `build`."
            )

    def _untrack_variable(self, variable):
        """Stop tracking a variable; `layer.w = layer._untrack_variable(layer.w)` removes it, as in Keras."""
        remove_variable(self._own_weights, variable)
        changes.count += 1

    def _adds_state(self, value):
        """Whether a value is or contains a variable, layer, metric or seed generator that the layer does not have."""
        if isinstance(value, CONTAINERS):
            if not value:
                return False  # the usual case in a `call`, for speed
            found = []
            collect_held(value, self._adds_state, found, set())
            return bool(found)
        if is_variable(value):
            return all(value is not known for known in self._known_variables())
        if isinstance(value, LayerState) or is_metric(value) or is_seed_generator(value):
            return not self._held(lambda x: x is value)
        return False

    def _track_variable(self, variable):
        if self._state_is_locked and all(variable is not known for known in self._known_variables()):
            raise ValueError(
                f"You cannot add new elements of state to layer '{self.name}', which is already built. Received the "
                f"variable '{variable.path}'. Make it in `__init__`, or in `build`."
            )
        group = self._own_weights["trainable" if variable.trainable else "non_trainable"]
        if all(variable is not known for known in self._known_variables()):
            group.append(variable)
            changes.count += 1
        if not self._trainable:
            variable.trainable = False

    def _known_variables(self):
        return [*self._own_weights["trainable"], *self._own_weights["non_trainable"]]

    def _held(self, test):
        """The objects in the attributes for which `test` holds, in order, each once."""
        found, seen = [], set()
        for value in self.__dict__.get("_tracked", {}).values():
            collect_held(value, test, found, seen)
        return found

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

    # --- adding weights -----------------------------------------------------------------------------------------------

    def add_weight(
        self,
        *args,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
    ):
        """Create a Variable of this layer.

        Args:
            *args: `shape`, `initializer` and `dtype` may be passed by position.
            shape: its shape; () if None.
            initializer: name, object or function `(shape, dtype)`; by default Glorot uniform for floats, else zeros.
            dtype: its dtype; the policy's variable dtype if None.
            trainable: whether training changes it.
            autocast: whether it is read in the compute dtype under mixed precision.
            regularizer: computes a penalty on it, added to the loss.
            constraint: applied to it after every optimizer step.
            aggregation: for several devices; minikeras has one.
            overwrite_with_gradient: whether the optimizer stores the gradient as the new value.
            name: last part of its path.

        Raises:
            TypeError: more than three positional arguments.
            ValueError: a positional name (as in Keras 2), or the shape is given twice.
        """
        self._check_initialized()
        if args:
            shape, initializer, dtype = _positional_arguments(args, shape, initializer, dtype)
        dtype = self.variable_dtype if dtype is None else dtype
        if isinstance(shape, (list, tuple)) and None in shape:
            raise ValueError(
                f"The shape of weight '{name}' of layer '{self.name}' ({type(self).__name__}) must be fully-defined. "
                f"Received: shape={tuple(shape)}. Give the `Input` the lengths that are None."
            )
        if initializer is None:
            initializer = "glorot_uniform" if is_float(dtype) else "zeros"
        if isinstance(shape, int):
            raise ValueError(f"Cannot convert {shape!r} to a shape, a tuple: shape=({shape},).")
        with name_scope(self.name, caller=self, override_parent=self._parent_path()):
            variable = Variable(
                initializers.get(initializer),
                shape=() if shape is None else tuple(shape),
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._track_variable(variable)
        return variable

    def _set_weight_arguments(self, **weights):
        """Set the attributes that configure weights: `kernel_initializer`, `kernel_regularizer`, ….

        Args:
            **weights: {prefix: (initializer, regularizer, constraint)}, in the order in which seeds are drawn.
        """
        kinds = (initializers, regularizers, constraints)
        for prefix, given in weights.items():
            for argument, kind, value in zip(_WEIGHT_ARGUMENTS, kinds, given, strict=True):
                setattr(self, f"{prefix}_{argument}", kind.get(value))

    def _add_configured_weight(self, prefix, shape, name=None, **options):
        """Create a weight with the initializer, regularizer and constraint set by `_set_weight_arguments`.

        Args:
            prefix: "kernel" for `kernel_initializer` and so on.
            shape: of the weight.
            name: the weight's name; the prefix if None.
            **options: other arguments of `add_weight`; they take precedence.
        """
        given = {argument: getattr(self, f"{prefix}_{argument}") for argument in _WEIGHT_ARGUMENTS}
        return self.add_weight(name=name or prefix, shape=shape, **given | options)

    def _parent_path(self):
        """The parent path of a weight added outside of all name scopes, next to the other weights; None in a scope."""
        path = "" if thread.name_scopes else self.path or ""
        return path.rpartition("/")[0] if "/" in path else None

    def add_variable(
        self,
        shape,
        initializer,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        name=None,
    ):
        """Alias of `add_weight`."""
        settings = {"trainable": trainable, "autocast": autocast, "regularizer": regularizer, "constraint": constraint}
        return self.add_weight(shape, initializer, dtype, **settings, name=name)

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


def _positional_arguments(args, shape, initializer, dtype):
    """The shape, initializer and dtype of `add_weight(*args, …)`."""
    if len(args) > 3:
        raise TypeError(
            "`add_weight` takes three arguments by position: shape, initializer and dtype. "
            f"Received {len(args)}: {args}. Write the others as keywords."
        )
    if isinstance(args[0], str):
        raise ValueError(
            f"The first argument of `add_weight` is the shape. Received: {args[0]!r}. The name is a keyword argument: "
            f"add_weight(shape=…, name={args[0]!r})."
        )
    if shape is not None:
        raise ValueError(f"`add_weight` received `shape` by position ({args[0]}) and as a keyword ({shape}).")
    return (*args, *(initializer, dtype)[len(args) - 1 :])
