"""`Input` and `InputLayer`: the inputs of functional models."""

import operator

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import Node
from minikeras.base.messages import warn
from minikeras.layers.layer import Layer


class InputLayer(Layer):
    """Holds the symbolic tensor of a model's input.

    Args:
        shape: of one sample, without the batch axis.
        batch_size: length of the batch axis, unknown if None.
        dtype: element type; `floatx()` if None.
        sparse, ragged: whether its values may be SparseTensors, or RaggedTensors.
        batch_shape: shape with the batch axis, in place of `shape`.
        input_tensor: a KerasTensor to use in place of a new one.
        optional: whether None may be passed for this input.
        name: of the layer.
    """

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        input_tensor=None,
        optional=False,
        name=None,
        **kwargs,
    ):
        if "input_shape" in kwargs and shape is None:
            warn("Argument `input_shape` of InputLayer is deprecated. Use `shape` instead, its name since Keras 3.")
            shape = kwargs.pop("input_shape")
        if "batch_input_shape" in kwargs and batch_shape is None:
            batch_shape = kwargs.pop("batch_input_shape")
        super().__init__(name=name, **kwargs)
        if input_tensor is not None:
            _check_tensor(input_tensor, shape, batch_size, batch_shape, dtype, sparse, ragged)
            shape, batch_shape, dtype = None, input_tensor.shape, input_tensor.dtype
            sparse, ragged = input_tensor.sparse, input_tensor.ragged
        elif (shape is None) == (batch_shape is None) or None not in (batch_size, batch_shape):
            raise _no_single_shape(shape, batch_size, batch_shape)
        if sparse and ragged:
            raise ValueError("An Input cannot have `sparse=True` and `ragged=True`.")
        if batch_shape is None:
            self._batch_shape = (batch_size, *_as_shape(shape, "shape"))
        else:
            self._batch_shape = _as_shape(batch_shape, "batch_shape")
        self._dtype = standardize_dtype(dtype)
        self.sparse, self.ragged = bool(sparse), bool(ragged)
        self.optional = optional
        if input_tensor is None:
            input_tensor = KerasTensor(
                self._batch_shape, dtype=self._dtype, sparse=self.sparse, ragged=self.ragged, name=name
            )
        Node(self, outputs=input_tensor)
        self.built = True

    def call(self):
        """Compute nothing: the model passes the input on."""

    @property
    def batch_shape(self):
        """The shape with the batch axis."""
        return self._batch_shape

    @property
    def dtype(self):
        """The element type of the input."""
        return self._dtype

    def get_config(self):
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
            "optional": self.optional,
        }


def Input(  # noqa: N802  Keras's name
    shape=None,
    batch_size=None,
    dtype=None,
    sparse=None,
    ragged=None,
    batch_shape=None,
    name=None,
    tensor=None,
    optional=False,
):
    """A symbolic tensor from which a functional model is built: `x = Input((28, 28, 1)); y = layer(x)`.

    The arguments are those of `InputLayer`; `tensor` is its `input_tensor`.
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer.output


def _no_single_shape(shape, batch_size, batch_shape):
    """The ValueError for a shape that is missing or given twice."""
    if shape is None and batch_shape is None:
        wrong = "An Input has no shape: pass a `shape` argument."
    else:
        wrong = f"You cannot pass both `{'batch_size' if shape is None else 'shape'}` and `batch_shape` to an Input."
    return ValueError(
        f"{wrong} `shape` excludes the batch axis, whose length may be `batch_size`; `batch_shape` includes it. "
        f"Received: shape={shape}, batch_shape={batch_shape}, batch_size={batch_size}"
    )


def _check_tensor(tensor, shape, batch_size, batch_shape, dtype, sparse, ragged):
    """Raise a ValueError if `tensor` is not a KerasTensor, or another argument contradicts it."""
    if not isinstance(tensor, KerasTensor):
        raise ValueError(
            f"Argument `input_tensor` must be a KerasTensor, such as `Input` returns. Received: {type(tensor).__name__}"
        )
    contradicts = {
        "shape": shape is not None and tuple(shape) != tensor.shape[1:],
        "batch_size": batch_size is not None and tensor.shape[:1] != (batch_size,),
        "batch_shape": batch_shape is not None and tuple(batch_shape) != tensor.shape,
        "dtype": dtype is not None and standardize_dtype(dtype) != tensor.dtype,
        "sparse": sparse is not None and bool(sparse) != tensor.sparse,
        "ragged": ragged is not None and bool(ragged) != tensor.ragged,
    }
    if any(contradicts.values()):
        wrong = next(name for name, is_wrong in contradicts.items() if is_wrong)
        raise ValueError(
            f"You cannot provide an incompatible `{wrong}` next to `input_tensor`. Received: "
            f"{wrong}={locals()[wrong]}, {tensor}"
        )


def _as_shape(shape, name):
    """The shape as a tuple of lengths, None for unknown ones.

    Raises:
        ValueError: it is not a shape.
    """
    if isinstance(shape, int):
        raise ValueError(f"Cannot convert {name}={shape!r} to a shape, a tuple: {name}=({shape},).")
    try:
        lengths = tuple([None if n is None else operator.index(n) for n in shape])
    except TypeError:
        lengths = (-1,)
    if any(n is not None and n < 0 for n in lengths):
        raise ValueError(
            f"Cannot convert {name}={shape!r} to a shape: a tuple of lengths, None where they are unknown."
        )
    return lengths


def is_input_keras_tensor(x):
    """Whether a KerasTensor is the direct output of an `Input`."""
    return x._keras_history is not None and isinstance(x._keras_history.operation, InputLayer)
