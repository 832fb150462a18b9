"""`Sequential`: a stack of layers."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.base.limits import reads_config
from minikeras.layers.call_signature import call_signature
from minikeras.layers.core.input_layer import InputLayer, is_input_keras_tensor
from minikeras.layers.layer import Layer
from minikeras.layers.layer_building import as_shape
from minikeras.models.functional import Functional
from minikeras.models.model import Model
from minikeras.saving.traversal import register_model_kind
from minikeras.serialization import deserialize_keras_object, dtype_config, serialize_keras_object


class Sequential(Model):
    """A stack of layers, each applied to the output of the one before.

    It is built immediately if it starts with an `Input` (or its first layer has `input_shape=`), otherwise when it is
    first called on data.

    Args:
        layers: list of layers.
        trainable: whether training changes the weights.
        name: of the model.
    """

    def __new__(cls, *args, **kwargs):
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, layers=None, trainable=True, name=None):
        Model.__init__(self, trainable=trainable, name=name)
        self._functional = None
        self._stack = []
        self._names = {}
        for layer in layers or ():
            self.add(layer, rebuild=False)
        self._maybe_rebuild()

    _built_by_data = False  # whether the input shape comes from the first batch rather than from the user

    # The inner functional model holds the same layers, and so does the dict of their names.
    _not_tracked = frozenset({*Model._not_tracked, "_functional", "_names"})

    def add(self, layer, rebuild=True):
        """Append a layer.

        Raises:
            ValueError: it is not a layer, its name is taken, or it is an Input that does not come first.
        """
        layer = _as_layer(layer)
        if self._names.get(layer.name, layer) is not layer:
            raise ValueError(
                f"All layers of a Sequential model should have unique names. Received: a second '{layer.name}'. "
                "Pass another `name`."
            )
        if isinstance(layer, InputLayer) and self._stack and isinstance(self._stack[0], InputLayer):
            raise ValueError(f"Sequential model '{self.name}' has already been configured to use an Input of shape "
                             f"{self._stack[0].batch_shape}, and takes no second one.")  # fmt: skip
        shape = getattr(layer, "_input_shape_arg", None)
        if not self._stack and not isinstance(layer, InputLayer) and shape is not None:
            self._stack.append(InputLayer(shape=shape, dtype=_input_dtype(layer)))
        self._stack.append(layer)
        self._names[layer.name] = layer
        if rebuild:
            self._maybe_rebuild()
        else:
            self.built, self._functional = False, None

    def pop(self, rebuild=True):
        """Remove and return the last layer."""
        layer = self._stack.pop()
        self._names.pop(layer.name, None)
        self.built, self._functional = False, None
        if rebuild:
            self._maybe_rebuild()
        return layer

    def _maybe_rebuild(self):
        self.built, self._functional = False, None
        if self._stack and isinstance(self._stack[0], InputLayer):
            if len(self._stack) > 1:
                self.build(self._stack[0].batch_shape)
        elif self._stack and hasattr(self._stack[0], "input_shape") and len(self._stack) > 1 and self._stack[0].built:
            inner = self._stack[0]
            if isinstance(inner, (Functional, Sequential)) and len(inner.inputs) == 1:
                self.build(inner.input_shape)

    def build(self, input_shape=None):
        """Create the weights of all layers for inputs of this shape."""
        if not self._stack:
            raise ValueError(
                f"Sequential model '{self.name}' has no layers, so there is nothing to build. Call `model.add(layer)`."
            )
        if not isinstance(self._stack[0], InputLayer):
            if input_shape is None:
                raise ValueError("You must provide an `input_shape` argument.")
            dtype = _input_dtype(self._stack[0])
            self._stack = [InputLayer(batch_shape=as_shape(input_shape), dtype=dtype), *self._stack]
        for layer in self._stack:
            _check_call_arguments(layer)
        own_shape = self._stack[0].batch_shape
        if input_shape is not None and as_shape(input_shape) != own_shape:
            raise ValueError(
                f"Sequential model '{self.name}' is configured for inputs of shape {own_shape}. "
                f"Received: input_shape={input_shape}"
            )
        inputs = outputs = self._stack[0].output
        try:
            for layer in self._stack[1:]:
                outputs = layer(outputs)
        except NotImplementedError:  # a layer without a shape rule: the layers are built when they are called
            del self._stack[0]
            self.built = True
            return
        self._functional = Functional(inputs, outputs)
        self._functional._name_in_errors = self.name

    def call(self, inputs, training=None, mask=None, **kwargs):
        """Apply the layers in order."""
        outputs = inputs
        if self._functional is not None and not kwargs:
            (outputs,) = self._functional.standardize_inputs(inputs, mask, any_length=self._built_by_data)
        for layer in self._stack:
            if not isinstance(layer, InputLayer):
                outputs = layer(outputs, **kwargs)
                kwargs = {}
        return outputs

    def _build_for(self, signature, args, kwargs):
        """Build the model for the first data; later batches may have other lengths."""
        shape = args[0].shape if hasattr(args[0], "shape") else None
        if shape is None and self._stack:
            _check_call_arguments(self._stack[0])
            self.built = True  # the first layer takes a list or dict of tensors: no graph is created
            return
        self.build(None if shape is None else (None, *shape[1:]))
        self._built_by_data = True

    def _builds_by_call(self):
        return False

    def _lock_state(self):
        """Do nothing: layers may be added at any time."""

    def compute_output_shape(self, input_shape):
        if self._functional is not None:
            return self._functional.compute_output_shape(input_shape)
        shape = as_shape(input_shape)
        for layer in self.layers:
            shape = layer.compute_output_shape(shape)
        return shape

    def compute_output_spec(self, inputs, training=None, mask=None, **kwargs):
        if self._functional is not None:
            return self._functional.compute_output_spec(inputs)
        for layer in self.layers:
            inputs = layer.compute_output_spec(inputs)
        return inputs

    @property
    def layers(self):
        """The layers, without the Input."""
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    @layers.setter
    def layers(self, layers):
        raise AttributeError("`Sequential.layers` attribute is reserved. Use `add()` and `pop()` to change the layers.")

    @property
    def _layers(self):
        return self.__dict__.get("_stack", [])

    @property
    def inputs(self):
        """List with the symbolic input."""
        return self._built_functional("inputs").inputs

    @property
    def outputs(self):
        """List with the symbolic output."""
        return self._built_functional("outputs").outputs

    @property
    def input(self):
        """The symbolic input."""
        return self._built_functional("input").input

    @property
    def output(self):
        """The symbolic output."""
        return self._built_functional("output").output

    @property
    def input_shape(self):
        """Shape of the input."""
        return self._built_functional("input_shape").input_shape

    @property
    def output_shape(self):
        """Shape of the output."""
        return self._built_functional("output_shape").output_shape

    def _built_functional(self, attribute):
        if self._functional is None:
            raise AttributeError(
                f"Sequential model '{self.name}' has no defined {attribute} yet. "
                "Start it with `keras.Input(shape)`, call it on data, or call `build(input_shape)`."
            )
        return self._functional

    def get_config(self):
        config = {"name": self.name, "trainable": self.trainable, "dtype": dtype_config(self.dtype_policy)}
        config["layers"] = [serialize_keras_object(layer) for layer in self._stack]
        if self._functional is not None:
            config["build_input_shape"] = self._stack[0].batch_shape
        return config

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        if not isinstance(config, dict) or not {"name", "layers"} <= config.keys():
            raise ValueError(f"The config of a Sequential model is a dict with 'name' and 'layers'. Received: {config}")
        model = cls(name=config["name"])
        for layer in config["layers"]:
            model.add(deserialize_keras_object(layer, custom_objects=custom_objects), rebuild=False)
        model._maybe_rebuild()
        if model._functional is None and config.get("build_input_shape"):
            model.build(as_shape(config["build_input_shape"]))
        return model


def _check_call_arguments(layer):
    """Raise a ValueError if `call` needs more than its input."""
    parameters = call_signature(type(layer).call).signature.parameters.values()
    needed = [
        p.name for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(needed) > 1:
        raise ValueError(
            f"The layers of a Sequential model are called on one input. Layer '{layer.name}' ({type(layer).__name__}) "
            f"needs {needed}. Give all but the first a default."
        )


def _input_dtype(layer):
    """The dtype of the data for a first layer."""
    return layer.compute_dtype


def _as_layer(x):
    """The layer itself, or the layer of an `Input`."""
    if isinstance(x, Layer):
        return x
    if isinstance(x, KerasTensor) and is_input_keras_tensor(x):
        return x._keras_history.operation
    fix = f" (of type {type(x).__name__})"
    if callable(x):
        fix = ". Add an instance of it: call the class." if isinstance(x, type) else ". Wrap it: `Lambda(function)`."
    raise ValueError(f"Only instances of layers can be added to a Sequential model. Received: {x!r}{fix}")


register_model_kind(Sequential, lambda: Sequential(name="plain"), layers_first=True)
