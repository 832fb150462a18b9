"""`Functional`: a model that is a graph of layers and ops, from its inputs to its outputs."""

import inspect

from minikeras import tree
from minikeras.autodiff.function import Function, sort_graph
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import Node
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import reads_config
from minikeras.base.messages import warn
from minikeras.base.replay import safe_to_replay
from minikeras.layers.core.input_layer import Input, InputLayer, is_input_keras_tensor
from minikeras.layers.layer import Layer
from minikeras.layers.layer_config import captured_config
from minikeras.layers.layer_inputs import has_mask
from minikeras.models.functional_config import functional_config, functional_from_config
from minikeras.models.model import Model
from minikeras.models.passed_inputs import MISSING, key_paths, same_nesting, standardized, value_at
from minikeras.saving.traversal import register_model_kind


class Functional(Function, Model):
    """A model created by `Model(inputs, outputs)` from symbolic tensors.

    Args:
        inputs: KerasTensor, or a nested structure of them.
        outputs: KerasTensors computed from them, in any nested structure.
        name: of the model.
    """

    def __init__(self, inputs, outputs, name=None, **kwargs):
        trainable = kwargs.pop("trainable", None)
        if kwargs:
            warn(f"`Model(inputs, outputs)` has no arguments {sorted(kwargs)}: they are ignored, as in Keras.")
        Model.__init__(self, name=name)
        if trainable is not None:
            self._trainable = bool(trainable)  # of the model; each layer keeps its own
        inputs = _tuples_to_lists(inputs)
        if any(_is_intermediate(x) for x in tree.flatten(inputs)):
            inputs, outputs = _redrawn(inputs, outputs)
        object.__setattr__(self, "_graph_layers", [])
        object.__setattr__(self, "_known_outlines", set())  # structures of inputs that have been warned about
        self._name_in_errors = self.name
        self._set_graph(inputs, outputs)
        self._nodes_say_training = any("training" in node.kwargs for node in self._nodes)
        self._graph_layers = [op for op in self._operations if isinstance(op, Layer)]
        self.built, self._path = True, self.name

    _not_tracked = frozenset(
        {*Model._not_tracked, "_inputs", "_outputs", "_inputs_struct", "_outputs_struct", "_nodes", "_operations"}
    )

    @Model.layers.getter
    def layers(self):
        """The layers in the order of the graph, inputs among them."""
        return list(self._graph_layers)

    @property
    def input(self):
        """The symbolic inputs, nested as they were given."""
        return self._inputs_struct

    @property
    def output(self):
        """The symbolic outputs, nested as they were given."""
        return self._outputs_struct

    @property
    def input_shape(self):
        """Shape of the input, or the list of shapes of several inputs, in flat order."""
        return _shapes(self._inputs)

    @property
    def output_shape(self):
        """Shape of the output, or the list of shapes of several outputs, in flat order."""
        return _shapes(self._outputs)

    @property
    def input_names(self):
        """Names of the inputs, in flat order."""
        return [x.name for x in self._inputs]

    @property
    def output_names(self):
        """Names of the layers that compute the outputs, in flat order."""
        return [x._keras_history.operation.name for x in self._outputs]

    @property
    def input_spec(self):
        """The assigned requirements, or None: inputs are matched and checked by name and position anyway."""
        return self.__dict__.get("_manual_input_spec")

    @input_spec.setter
    def input_spec(self, value):
        self._manual_input_spec = value

    def _lock_state(self):
        """Do nothing: functional models accept new state at any time."""

    def add_loss(self, loss):
        """Raise: as in Keras, a functional model takes no further losses, since its graph exists already.

        Raises:
            NotImplementedError
        """
        raise NotImplementedError(
            f"The functional model '{self.name}' takes no further losses. Call `self.add_loss(…)` in the `call` of a "
            "layer of your own, and put the layer into the graph."
        )

    def call(self, inputs, training=None, mask=None):
        """Run the graph. `training` reaches the layers by the call context, masks on the tensors.

        As in Keras, `training` also replaces an argument from the time when the graph was built, as in
        `Dropout(0.5)(x, training=True)`, which applies only to calls without `training`. Also as in Keras, a list of
        one output is returned as that output (but not in symbolic calls).
        """
        values = self.standardize_inputs(inputs, mask)
        if type(inputs) is not Tensor:
            self._check_structure(inputs)
        if training is None or not self._nodes_say_training:
            outputs = self._run(values)
        else:
            outputs = self._run(values, lambda node, args, kwargs: _called_in_mode(training, node, args, kwargs))
        return outputs[0] if isinstance(outputs, (list, tuple)) and len(outputs) == 1 else outputs

    @safe_to_replay("it looks at the structure of the inputs only")
    def _check_structure(self, inputs):
        """Warn if the inputs are nested differently from the model's, and so are matched by order or by name.

        Raises:
            ValueError: a list for a dict of inputs whose keys are not in alphabetical order, which makes it ambiguous.
        """
        own = self._inputs_struct
        if isinstance(own, dict) and not isinstance(inputs, dict) and list(own) != sorted(own):
            raise ValueError(
                f"The structure of `inputs` of model '{self._name_in_errors}' is a dict with the keys {list(own)}. "
                f"Received: a {type(inputs).__name__}, in that order or the alphabet's? Pass a dict."
            )
        if not same_nesting(own, inputs, self.input_names):
            outline = str(_outline(inputs))
            if outline in self._known_outlines:
                return
            self._known_outlines.add(outline)
            warn(
                f"The structure of `inputs` doesn't match that which model '{self._name_in_errors}' was made with. "
                f"Expected: {tree.map_structure(lambda x: x.name, own)}. Received: {outline}"
            )

    def compute_output_spec(self, inputs, training=None, mask=None):
        return self._specs(self.standardize_inputs(inputs))

    def compute_output_shape(self, input_shape):
        return Function.compute_output_shape(self, input_shape)

    def build(self, input_shape):
        """Do nothing: the layers were built when the graph was created."""

    def standardize_inputs(self, inputs, mask=None, any_length=False):
        """The given inputs as a flat list in the order of the model's inputs: tensors with their masks.

        With `any_length`, the number of axes must match, but not their lengths.
        """
        if len(self._inputs) == 1 and type(inputs) is Tensor:
            values = [standardized(inputs, self._inputs[0], self, any_length)]
        else:
            values = self._standardize_several(inputs, any_length)
        if mask is not None and has_mask(mask):
            for x, m in zip(values, tree.flatten(mask), strict=True):
                if m is not None:
                    x._keras_mask = m
        return values

    def _standardize_several(self, inputs, any_length):
        """Inputs that are not one Tensor, as a flat list, with matching dtype and rank."""
        if isinstance(inputs, dict):
            flat = self._values_of(inputs)
        else:
            flat = tree.flatten(inputs)
        if len(flat) != len(self._inputs):
            raise ValueError(
                f"Model '{self._name_in_errors}' expects {len(self._inputs)} input(s) named {self.input_names}, but "
                f"received {len(flat)} input tensor(s) of shapes {[getattr(x, 'shape', None) for x in flat]}. "
                "Pass a list of as many, or a dict with these names."
            )
        return [standardized(x, own, self, any_length) for x, own in zip(flat, self._inputs, strict=True)]

    def _values_of(self, inputs):
        """The values of a dict in flat order; it is nested like the model's inputs, or flat with their names as keys.

        Raises:
            ValueError: an input that is not optional is missing.
        """
        struct, names = self._inputs_struct, self.input_names
        is_nested = isinstance(struct, dict) and any(map(tree.is_nested, struct.values()))
        by_name = not isinstance(struct, dict) or (
            is_nested and inputs.keys().isdisjoint(struct) and inputs.keys() >= set(names)
        )
        paths = [(name,) for name in names] if by_name else list(key_paths(struct))
        values = [value_at(inputs, path) for path in paths]
        missing = [
            path[0] if len(path) == 1 else path
            for path, value, x in zip(paths, values, self._inputs, strict=True)
            if (value is MISSING or value is None) and not _is_optional(x)
        ]
        if missing:
            raise ValueError(
                f"Missing data for input(s) {missing} of model '{self._name_in_errors}', which are not optional. "
                f"Received the keys: {sorted(inputs)}"
            )
        return [None if value is MISSING else value for value in values]

    def get_config(self):
        """The graph; for a class with its own constructor arguments, these, from which it builds the graph again."""
        if _takes_inputs_and_outputs(type(self)):
            return functional_config(self)
        try:
            return Model.get_config(self)
        except NotImplementedError:  # such as the symbolic tensors themselves
            return self._own_config()

    def _captured_config(self):
        return captured_config(self)

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        return functional_from_config(cls, config, custom_objects)

    @staticmethod
    def rebuilt(cls, config, custom_objects=None):
        """A model from the config of a graph: of class `cls`, if that can be created from inputs and outputs."""
        own = cls is not Model and _takes_inputs_and_outputs(cls)
        return functional_from_config(cls if own else Functional, config, custom_objects)

    def get_build_config(self):
        """None, as in Keras: the config alone determines how a functional model is built."""
        return {"input_shape": None}


Model._functional_class = Functional


def _outline(inputs):
    """A nested structure with * in place of its tensors."""
    return tree.map_structure(lambda x: "*", inputs)


def _called_in_mode(training, node, args, kwargs):
    """The node's operation called on its arguments, with the model's training mode for the node's own."""
    if "training" in kwargs and isinstance(node.operation, Layer):
        kwargs["training"] = training
    return node.operation(*args, **kwargs)


def _takes_inputs_and_outputs(cls):
    """Whether instances of a class can be created like `Functional`: its constructor takes the same arguments."""
    parameters = inspect.signature(cls.__init__).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    takes_all = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds
    return takes_all or list(parameters)[:4] == ["self", "inputs", "outputs", "name"]


def _shapes(tensors):
    return tensors[0].shape if len(tensors) == 1 else [x.shape for x in tensors]


def _is_optional(x):
    operation = x._keras_history.operation
    return isinstance(operation, InputLayer) and operation.optional


def _is_intermediate(x):
    """Whether a symbolic tensor is the output of some layer or op, rather than an `Input`."""
    return isinstance(x, KerasTensor) and x._keras_history is not None and not is_input_keras_tensor(x)


def _redrawn(inputs, outputs):
    """The graph between two sets of tensors created again, with an `Input` in place of each intermediate tensor."""
    values = {}
    for x in tree.flatten(inputs):
        own = Input(batch_shape=x.shape, dtype=x.dtype, name=f"{x.name}CLONE") if _is_intermediate(x) else x
        values[id(x)] = own
    nodes, _ = sort_graph(tree.flatten(inputs), tree.flatten(outputs))
    for node in nodes:
        args, kwargs = node.fill_in(values)
        copies = tree.map_structure(lambda y: KerasTensor(y.shape, dtype=y.dtype), node.outputs_structure)
        Node(node.operation, args, kwargs, copies)
        values.update({id(y): copy for y, copy in zip(node.outputs, tree.flatten(copies), strict=True)})
    return tree.map_structure(lambda x: values[id(x)], (inputs, outputs))


def _tuples_to_lists(nested):
    return list(nested) if isinstance(nested, tuple) else nested


def _plain():
    x = Input((1,), name="plain")
    return Functional(x, x, name="plain")


register_model_kind(Functional, _plain, layers_first=True)
