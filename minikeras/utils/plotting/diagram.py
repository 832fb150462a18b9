"""The content of a picture of a model: boxes for layers, arrows for tensors, frames around nested models."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from minikeras.base.naming import get_object_name
from minikeras.utils.summary import output_shape


class Options(NamedTuple):
    """The text in the boxes, and whether nested models are drawn layer by layer."""

    show_shapes: bool = False
    show_dtype: bool = False
    show_layer_names: bool = False
    show_layer_activations: bool = False
    show_trainable: bool = False
    expand_nested: bool = False


@dataclass
class Box:
    """One layer, operation or model.

    Attributes:
        key: name of the layer, with a number if different layers in a picture have the same name.
        name, kind: the layer's name (None if it is not to be shown) and class.
        activation: name of its activation function, if it has one and shows it.
        cells: pairs (what, value) for shapes and dtypes.
        trainable: whether it is trained; None if it has no weights, or this is not to be shown.
    """

    key: str
    name: str | None
    kind: str
    activation: str | None = None
    cells: list = field(default_factory=list)
    trainable: bool | None = None

    @property
    def title(self):
        """ "dense (Dense)", or "Dense" without the name."""
        return f"{self.name} ({self.kind})" if self.name else self.kind


@dataclass
class Frame:
    """A model that is drawn layer by layer.

    Attributes:
        name: the model's.
        items: the boxes and frames in it, sources first.
        arrows: pairs (key of a box, key of a box). Those across the border of a frame belong to the one around it.
    """

    name: str
    items: list = field(default_factory=list)
    arrows: list = field(default_factory=list)

    def boxes(self):
        """All boxes in it, including those in inner frames."""
        for item in self.items:
            if isinstance(item, Frame):
                yield from item.boxes()
            else:
                yield item


def diagram_of(model, options):
    """The diagram of a model, as a `Frame`.

    Raises:
        ValueError: the model is not built, so that its layers' connections or shapes are not known.
    """
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' has not yet been built, so it cannot be drawn. Call it on a "
            "batch, or `build(input_shape)`, "
            "first."
        )
    return _Drawing(options).frame_of(model)


class _Drawing:
    """Makes boxes and frames: one for each layer, at its first use."""

    def __init__(self, options):
        self.options = options
        self.keys = {}  # id of a layer -> key of its box
        self.uses_of_name = {}
        self.drawn = set()  # ids of layers that have their box or frame

    def frame_of(self, model):
        frame = Frame(model.name)
        layers = _parts(model)
        for layer in layers:
            if id(layer) not in self.drawn:
                self.drawn.add(id(layer))
                frame.items.append(self.frame_of(layer) if self._is_expanded(layer) else self._box_of(layer))
        for source, target in _connections(model, layers):
            arrow = (self._key_of_output(*source), self._key_of_input(*target))
            if arrow not in frame.arrows:
                frame.arrows.append(arrow)
        return frame

    def _is_expanded(self, layer):
        return self.options.expand_nested and _kind_of_model(layer) is not None and layer.built

    def _key_of(self, layer):
        if id(layer) not in self.keys:
            uses = self.uses_of_name[layer.name] = self.uses_of_name.get(layer.name, 0) + 1
            self.keys[id(layer)] = layer.name if uses == 1 else f"{layer.name}#{uses}"
        return self.keys[id(layer)]

    def _key_of_output(self, layer, number):
        """The box that makes a layer's output of that number; it is inside the layer if that is drawn as a frame."""
        if not self._is_expanded(layer):
            return self._key_of(layer)
        if _kind_of_model(layer) == "chain":
            return self._key_of_output(layer.layers[-1], 0)
        operation, _, tensor_index = layer.outputs[number]._keras_history
        return self._key_of_output(operation, tensor_index)

    def _key_of_input(self, layer, number):
        """The box that takes a layer's input of that number."""
        if not self._is_expanded(layer):
            return self._key_of(layer)
        if _kind_of_model(layer) == "chain":
            return self._key_of_input(layer.layers[0], 0)
        return self._key_of(layer.inputs[number]._keras_history.operation)

    def _box_of(self, layer):
        options = self.options
        box = Box(self._key_of(layer), layer.name if options.show_layer_names else None, type(layer).__name__)
        if options.show_layer_activations and getattr(layer, "activation", None) is not None:
            box.activation = get_object_name(layer.activation)
        if options.show_shapes:
            input_shape = _input_shape(layer)
            if input_shape is not None:
                box.cells.append(("Input shape", str(input_shape)))
            shape = output_shape(layer)
            box.cells.append(("Output shape", "?" if shape is None else str(shape)))
        if options.show_dtype:
            box.cells.append(("Output dtype", _output_dtype(layer)))
        if options.show_trainable and getattr(layer, "weights", None):
            box.trainable = bool(layer.trainable)
        return box


def _kind_of_model(layer):
    """ "chain" for Sequential models, "graph" for functional ones, None for others."""
    if hasattr(layer, "operations"):
        return "graph"
    return "chain" if hasattr(layer, "layers") and hasattr(layer, "outputs") else None


def _parts(model):
    kind = _kind_of_model(model)
    if kind is None:
        return [model]
    return model.operations if kind == "graph" else model.layers


def _connections(model, layers):
    """Pairs ((layer, number of its output), (layer, number of its input))."""
    kind = _kind_of_model(model)
    if kind == "chain":
        for source, target in pairwise(layers):
            yield (source, 0), (target, 0)
    elif kind == "graph":
        for node in sorted(model._nodes, key=lambda node: model.operations.index(node.operation)):
            for number, x in enumerate(node.input_tensors):
                yield (x._keras_history.operation, x._keras_history.tensor_index), (node.operation, number)


def _input_shape(layer):
    """The input shape of a layer's last use, a list of several, "?" outside of graphs; None for an `Input`."""
    if not layer._inbound_nodes:
        return "?"
    shapes = [x.shape for x in layer._inbound_nodes[-1].input_tensors]
    return shapes[0] if len(shapes) == 1 else shapes or None


def _output_dtype(layer):
    nodes = layer._inbound_nodes
    if not nodes:
        return "?"
    dtypes = [x.dtype for x in nodes[-1].outputs]
    return dtypes[0] if len(dtypes) == 1 else str(dtypes)
