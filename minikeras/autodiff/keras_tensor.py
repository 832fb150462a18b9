"""`KerasTensor`: a tensor without values, from which functional models are built."""

import operator

from minikeras.autodiff import operators
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.operators import Operators, OperatorsOfKeras
from minikeras.autodiff.state import builds_graph, thread
from minikeras.base.limits import use_symbolic_tensors
from minikeras.base.naming import auto_name

MAX_AXES = 64
IMMUTABLE = ("shape", "dtype", "sparse", "ragged", "ragged_rank", "row_splits_dtype")


class NoValuesError(ValueError):
    """A symbolic tensor was asked for its values."""


class KerasTensor(OperatorsOfKeras, Operators):
    """Shape, dtype and origin of a tensor that a model will compute.

    Args:
        shape: tuple of lengths, None where unknown (the batch axis, usually).
        dtype: element type.
        sparse: whether values may be SparseTensors.
        ragged: whether values may be RaggedTensors; not both.
        record_history: whether ops on it record nodes.
        name: shown in summaries.
    """

    def __init__(self, shape, dtype="float32", sparse=False, ragged=False, record_history=True, name=None, **kwargs):
        ragged_rank, row_splits_dtype = kwargs.pop("ragged_rank", None), kwargs.pop("row_splits_dtype", None)
        self._ragged_rank = None if ragged_rank is None else int(ragged_rank)
        self._row_splits_dtype = None if row_splits_dtype is None else standardize_dtype(row_splits_dtype)
        if sparse and ragged:
            raise ValueError("A tensor cannot have `sparse=True` and `ragged=True` both.")
        if kwargs:
            raise TypeError(f"Unexpected keyword arguments: {sorted(kwargs)}")
        if shape is None:
            raise ValueError("A KerasTensor needs a shape, with None for unknown lengths. Received: shape=None")
        self._sparse, self._ragged = bool(sparse), bool(ragged)
        use_symbolic_tensors(1)
        try:
            self._shape = tuple([None if n is None else operator.index(n) for n in shape])
        except TypeError:
            raise ValueError(
                f"Cannot convert {shape!r} to a shape: a tuple of lengths, None for unknown ones."
            ) from None
        if any(n is not None and n < 0 for n in self._shape):
            raise ValueError(f"No length of a shape is negative. Received: {shape}. Unknown ones are None.")
        if len(self._shape) > MAX_AXES:
            raise ValueError(f"Tensors have at most {MAX_AXES} axes, as in NumPy. Received: {len(self._shape)} axes")
        self._dtype = standardize_dtype(dtype)
        self.record_history = record_history
        self._name = name
        self._keras_history = None  # KerasHistory(operation, node_index, tensor_index)
        self.carrier = None  # of a mask: the tensor it was attached to first

    def __setattr__(self, name, value):
        if name in IMMUTABLE:
            raise AttributeError(
                f"The `{name}` attribute of KerasTensor is immutable. Create a new instance of KerasTensor."
            )
        super().__setattr__(name, value)

    @property
    def shape(self):
        """Tuple of lengths; None is unknown."""
        return self._shape

    @property
    def dtype(self):
        """Name of the element type."""
        return self._dtype

    @property
    def ndim(self):
        """Number of axes."""
        return len(self._shape)

    @property
    def name(self):
        """The given name, or "keras_tensor_N"."""
        if self._name is None:
            self._name = auto_name("KerasTensor")
        return self._name

    @name.setter
    def name(self, name):
        self._name = name

    @property
    def sparse(self):
        """Whether values may be SparseTensors."""
        return self._sparse

    @property
    def ragged(self):
        """Whether values may be RaggedTensors."""
        return self._ragged

    @property
    def ragged_rank(self):
        """How many axes of a RaggedTensor are ragged; None if it was not given."""
        return self._ragged_rank

    @property
    def row_splits_dtype(self):
        """Element type of a RaggedTensor's row splits; None if it was not given."""
        return self._row_splits_dtype

    def __eq__(self, other):
        """While a graph is built: whether both are the same object, as in Keras, so that `x in model.inputs` works.
        Within the `call` of a layer, where Keras has tensors, and in rules of ops: the elementwise comparison."""
        return self is other if builds_graph() else Operators.__eq__(self, other)

    __hash__ = Operators.__hash__

    def reshape(self, newshape):
        """`ops.reshape(self, newshape)`."""
        return operators.basic_ops.Reshape(newshape)(self)

    def squeeze(self, axis=None):
        """`ops.squeeze(self, axis)`.

        Raises:
            ValueError: an axis among `axis` has a length that is not 1, or not known.
        """
        axes = axis if isinstance(axis, (list, tuple)) else () if axis is None else (axis,)
        unknown = [a for a in axes if -self.ndim <= a < self.ndim and self.shape[a] is None]
        if unknown:
            raise ValueError(
                f"Cannot squeeze axis={axis} of shape {self.shape}: the lengths of {unknown} are not known."
            )
        return operators.basic_ops.Squeeze(axis)(self)

    def __invert__(self):
        """¬x: of numbers, too, as in Keras."""
        return operators.basic_ops.LogicalNot()(self) if builds_graph() else super().__invert__()

    def __repr__(self):
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse={self.sparse}, ragged={self.ragged}, "
            f"name={self.name}>"
        )

    def __len__(self):
        raise TypeError("A symbolic KerasTensor has no len(): it holds no values yet. Use `x.shape`.")

    def __bool__(self):
        raise TypeError(
            "This symbolic KerasTensor cannot be used as a boolean: it holds no values yet. Use `ops.where` or "
            "`ops.cond`, or do the test inside the `call` of a layer."
        )

    def __iter__(self):
        raise NotImplementedError(
            "Iterating over a symbolic KerasTensor is not supported. Use `ops.unstack` or slices."
        )

    def __array__(self, dtype=None, copy=None):
        raise NoValuesError(
            f"A KerasTensor is symbolic (shape={self.shape}): it doesn't have any actual numerical value that NumPy "
            "could use. Use the functions of `keras.ops`, or wrap the computation in a Layer."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """`ndarray + x`: an error as in Keras, except where `x` stands for values, as while a layer infers shapes."""
        if builds_graph() and not thread.call_depth:
            return self.__array__()
        return Operators.__array_ufunc__(self, ufunc, method, *inputs, **kwargs)

    __int__ = __float__ = __index__ = __array__
