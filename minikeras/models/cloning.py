"""`clone_model`: another model of the same architecture, with new weights."""

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.core.input_layer import Input, InputLayer, is_input_keras_tensor
from minikeras.layers.layer import Layer
from minikeras.models.functional import Functional
from minikeras.models.sequential import Sequential
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs):
    """A model of the same architecture with new layers and newly drawn weights.

    If the model is compiled, so is the clone, with a new optimizer.

        noisy = clone_model(model, clone_function=lambda layer: (
            GaussianNoise(0.1) if isinstance(layer, Dropout) else layer.__class__.from_config(layer.get_config())))

    Args:
        model: a Sequential or functional model; other models only without the three arguments that follow.
        input_tensors: KerasTensor (or a structure of them like the model's inputs) from which the clone starts.
        clone_function: `(layer) -> layer` that makes the clone's layer from the model's; if None, layers are cloned by
            their configs. Not called for inputs.
        call_function: `(layer, *args, **kwargs) -> outputs` that applies a cloned layer, for functional models.
        recursive: whether layers that are models are themselves cloned layer by layer, instead of by `clone_function`.

    Raises:
        ValueError: an argument does not fit this kind of model.
    """
    clones = kwargs.pop("cache", {})  # id of a layer -> its clone, so that shared layers stay shared
    if kwargs:
        raise ValueError(f"Unexpected keyword argument(s): {tuple(kwargs)}")
    if not isinstance(model, Layer):
        raise ValueError(f"`clone_model` needs a Model. Received: {model!r} (of type {type(model).__name__})")

    def clone_layer(layer):
        if id(layer) not in clones:
            if recursive and isinstance(layer, (Sequential, Functional)):
                inner_call_function = call_function if isinstance(layer, Functional) else None
                clones[id(layer)] = clone_model(
                    layer, None, clone_function, inner_call_function, recursive=True, cache=clones
                )
            else:
                clones[id(layer)] = clone_function(layer) if clone_function else _from_config(layer)
        return clones[id(layer)]

    if isinstance(model, Sequential):
        clone = _clone_sequential(model, input_tensors, clone_layer, call_function)
    elif isinstance(model, Functional) and (
        _draws_itself(model) or clone_function or call_function or input_tensors is not None
    ):
        clone = _clone_functional(model, input_tensors, clone_layer, call_function or _call)
    else:
        return _clone_by_config(model, input_tensors, clone_function, call_function)
    if model.compiled:
        clone.compile_from_config(model.get_compile_config())
    return clone


def _call(layer, *args, **kwargs):
    return layer(*args, **kwargs)


def _from_config(layer):
    return type(layer).from_config(layer.get_config())


# --- Sequential -------------------------------------------------------------------------------------------------------


def _clone_sequential(model, input_tensors, clone_layer, call_function):
    if call_function is not None:
        raise ValueError(
            "`call_function` is for functional models: a Sequential model only lists its layers. "
            f"Received: a {type(model).__name__}, call_function={call_function}"
        )
    first = model._stack[:1] if model._stack and isinstance(model._stack[0], InputLayer) else []
    inputs = [_from_config(layer) for layer in first]
    if input_tensors is not None:
        inputs = [_as_input(_only_tensor(input_tensors))]
    return Sequential([*inputs, *map(clone_layer, model.layers)], name=model.name, trainable=model.trainable)


def _only_tensor(input_tensors):
    tensors = list(input_tensors) if isinstance(input_tensors, (list, tuple)) else [input_tensors]
    if len(tensors) != 1:
        raise ValueError(
            f"A Sequential model has one input, so `input_tensors` must be one tensor. Received: {len(tensors)}"
        )
    _check_symbolic(tensors)
    return tensors[0]


def _check_symbolic(tensors):
    for x in tensors:
        if not isinstance(x, KerasTensor):
            raise ValueError(
                "Argument `input_tensors` must be a KerasTensor, or a structure of them, as made by `keras.Input`. "
                f"Received: {str(x)[:200]} (of type {type(x).__name__})"
            )


def _as_input(x):
    """The tensor itself if it is an `Input`, else a new Input like it: the clone does not extend beyond its inputs."""
    if is_input_keras_tensor(x):
        return x
    return Input(batch_shape=x.shape, dtype=x.dtype, name=f"{x.name}_clone")


# --- functional models ------------------------------------------------------------------------------------------------


def _clone_functional(model, input_tensors, clone_layer, call_function):
    """Traverse the graph again, with cloned layers and symbolic tensors in place of values."""
    if input_tensors is None:
        inputs = tree.map_structure(lambda x: _from_config(x._keras_history.operation).output, model.input)
    else:
        inputs = tree.map_structure(_as_input, _arranged(model, input_tensors))
    outputs = model._run(
        tree.flatten(inputs), lambda node, args, kwargs: call_function(clone_layer(node.operation), *args, **kwargs)
    )
    cls = type(model) if _takes_inputs_and_outputs(type(model)) else Functional
    return cls(inputs, outputs, name=model.name)


def _arranged(model, input_tensors):
    """The given tensors in the structure of the model's inputs."""
    tensors = tree.flatten(input_tensors)
    _check_symbolic(tensors)
    if len(tensors) != len(model.inputs) or isinstance(input_tensors, dict) != isinstance(model.input, dict):
        raise ValueError(
            "`input_tensors` must have the same structure as the model's inputs.\n"
            f"model.input: {model.input}\nReceived: input_tensors={input_tensors}"
        )
    return tree.pack_sequence_as(model.input, tensors)


def _takes_inputs_and_outputs(cls):
    """Whether a class of functional models has Functional's own constructor, and so can be created in the same way."""
    return cls.__init__ is Functional.__init__


def _draws_itself(model):
    """Whether the model's class inherits `get_config` from Functional, instead of having its own."""
    return type(model).get_config is Functional.get_config


# --- all other models -------------------------------------------------------------------------------------------------


def _clone_by_config(model, input_tensors, clone_function, call_function):
    """A model from the model's config, built and compiled like the model."""
    given = {"input_tensors": input_tensors, "clone_function": clone_function, "call_function": call_function}
    given = {name: value for name, value in given.items() if value is not None}
    if given:
        raise ValueError(
            "`clone_function` and `input_tensors` need a Sequential or Functional model, `call_function` a Functional "
            "one: in other models it is not known which layer runs when. "
            f"Received model of type '{type(model).__name__}', with {given}"
        )
    return deserialize_keras_object(
        serialize_keras_object(model), custom_objects={type(model).__name__: type(model)}, safe_mode=False
    )
