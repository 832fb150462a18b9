"""`HashedCrossing`: maps combinations of several features to bucket indices, by hashing."""

from minikeras.layers.preprocessing.category_output import checked_mode, encoded
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.layers.preprocessing.number_arguments import integer
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.lookup.hash_ops import CrossedBuckets
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor


class HashedCrossing(DataLayer):
    """y = hash(x₁, x₂, …) mod num_bins for features (), (batch,) or (batch, 1) of strings or integers.

    Args:
        num_bins: number of buckets.
        output_mode: "int" or "one_hot".
        sparse: whether vectors are SparseTensors; indices, in mode "int", never are.
    """

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype="int64" if output_mode == "int" and dtype is None else dtype, **kwargs)
        self.autocast = False
        self.num_bins = integer("num_bins", num_bins, 0)
        self.output_mode = checked_mode(output_mode, ("int", "one_hot"))
        self.sparse = sparse

    def _convert_inputs(self, args, kwargs):
        if args and isinstance(args[0], (list, tuple)):  # the features, not one nested list of numbers
            features = [x if isinstance(x, (RaggedTensor, SparseTensor)) else data_tensor(x) for x in args[0]]
            args = (features, *args[1:])
        return super()._convert_inputs(args, kwargs)

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            wrong = "on a list" if not isinstance(inputs, (list, tuple)) else "with at least two inputs"
            raise ValueError(f"HashedCrossing should be called {wrong}, its features. Received: inputs={inputs}")
        shapes, dtypes = {tuple(x.shape) for x in inputs}, [x.dtype for x in inputs]
        shape = shapes.pop()
        if any(isinstance(x, (RaggedTensor, SparseTensor)) for x in inputs):
            raise ValueError(f"HashedCrossing inputs should be dense tensors. Received: {[type(x) for x in inputs]}")
        if shapes or len(shape) > 2 or shape[1:] not in ((), (1,)):
            raise ValueError(
                "HashedCrossing inputs should have shape (), (batch,) or (batch, 1), all the same. "
                f"Received: shapes {[tuple(x.shape) for x in inputs]}"
            )
        if not all(dtype == "string" or "int" in dtype for dtype in dtypes):
            raise ValueError(
                f"All `HashedCrossing` inputs should have integer or string dtypes. Received: dtypes {dtypes}"
            )
        return encoded(
            CrossedBuckets(self.num_bins)(*inputs),
            self.output_mode,
            self.num_bins,
            self.compute_dtype,
            sparse=self.sparse,
        )

    def compute_output_shape(self, input_shape):
        if len(input_shape) < 2 or not all(isinstance(shape, (list, tuple)) for shape in input_shape):
            raise ValueError(f"Expected the shapes of two or more features. Received: input_shape={input_shape}")
        shape = tuple(input_shape[0])
        if any(tuple(other)[-1:] != shape[-1:] for other in input_shape[1:]):
            raise ValueError(f"The features must have the same shape. Received: input_shape={input_shape}")
        if self.output_mode == "int":
            return shape
        return (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), self.num_bins)

    def get_config(self):
        return {name: getattr(self, name) for name in ("num_bins", "output_mode", "sparse", "name", "dtype")}
