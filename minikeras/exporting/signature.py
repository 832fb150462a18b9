"""The signature of a model for export: the shapes and dtypes of its inputs."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable


class InputSignature:
    """One input.

    Attributes:
        shape: its lengths, None where unknown; None for any number of axes.
        dtype: name of its dtype.
        name: its name, or None.
    """

    def __init__(self, shape, dtype, name):
        self.shape, self.dtype, self.name = None if shape is None else tuple(shape), dtype, name


def signature_of(model, input_signature=None):
    """The arguments of a call of the model, each a nested structure of `InputSignature`s.

    Args:
        model: a model that has been built.
        input_signature: a list with one (nested) specification for each positional argument: anything with a shape
            (`keras.InputSpec`, `tf.TensorSpec`; a KerasTensor or an array, whose first axis then has any length). None
            for the inputs that the model was built with.

    Raises:
        ValueError: the model was never called, and no signature is given; or a specification has no shape.
    """
    if input_signature is None:
        return arguments_of(_built_with(model))
    return arguments_of(input_signature)


def arguments_of(input_signature):
    """The arguments that a list of specifications describes: see `signature_of`."""
    arguments = list(input_signature) if isinstance(input_signature, (list, tuple)) else [input_signature]
    return [tree.map_structure(_input, argument) for argument in arguments]


def inputs_of(arguments):
    """The `InputSignature`s in a nested structure, in flat order."""
    return [leaf for leaf in tree.flatten(arguments) if isinstance(leaf, InputSignature)]


def _built_with(model):
    inputs = getattr(model, "_inputs_struct", None)
    if inputs is None and getattr(model, "_functional", None) is not None:  # a Sequential model
        inputs = model._functional._inputs_struct
    if inputs is not None:
        return [tree.map_structure(lambda x: KerasTensor((None, *x.shape[1:]), x.dtype, name=x.name), inputs)]
    shapes = model._build_shapes
    if not model.built or not shapes:
        raise ValueError(
            f"The model '{model.name}' has never been called, so the shapes of its inputs are unknown. It must be "
            "built to be exported: call it on a batch, or give `input_signature`, such as "
            "[keras.InputSpec(shape=(None, 28, 28, 1), dtype='float32')]."
        )
    specs = [
        tree.map_shape_structure(lambda shape: InputSignature((None, *shape[1:]), model.compute_dtype, None), shape)
        for shape in shapes.values()
    ]
    return specs


def _input(spec):
    if isinstance(spec, (bool, int, float, str, type(None))):
        raise TypeError(
            f"Unsupported x={spec!r}: each entry of `input_signature` must have a shape, as "
            "`keras.InputSpec(shape=(None, 8))` has."
        )
    shape = getattr(spec, "shape", None)
    if shape is None:
        raise ValueError(
            "Each entry of `input_signature` must have a shape, as `keras.InputSpec(shape=(None, 8))` has. "
            f"Received: {spec!r}"
        )
    if isinstance(spec, (KerasTensor, Tensor, Variable, np.ndarray)) and len(shape):  # an example of any batch
        shape = (None, *shape[1:])
    dtype = standardize_dtype(getattr(spec, "dtype", None) or "float32")
    return InputSignature(shape, dtype, getattr(spec, "name", None))
