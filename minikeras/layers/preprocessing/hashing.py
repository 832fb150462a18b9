"""`Hashing`: maps values to bucket indices, by hashing."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.config import floatx
from minikeras.layers.preprocessing.category_output import checked_mode, checked_sparse, encoded
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.layers.preprocessing.number_arguments import optional_integer
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.lookup.hash_ops import HashBuckets
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor


class Hashing(DataLayer):
    """y = hash(x) mod num_bins, of strings or of numbers written as text.

    Args:
        num_bins: number of buckets.
        mask_value: the padding value, the only one in bucket 0.
        salt: one or two integers, the key of SipHash; None for FarmHash's fingerprint.
        output_mode: "int", "one_hot", "multi_hot" or "count", see `CategoryEncoding`.
        sparse: whether vectors are SparseTensors; not with "int".
    """

    def __init__(self, num_bins, mask_value=None, salt=None, output_mode="int", sparse=False, **kwargs):
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else floatx()
        super().__init__(**kwargs)
        if optional_integer("num_bins", num_bins) is None or num_bins <= 0:
            raise ValueError(f"`num_bins` cannot be `None` or non-positive. Received: num_bins={num_bins}")
        self.autocast = False
        self.num_bins, self.mask_value = int(num_bins), mask_value
        self.salt = [salt, salt] if isinstance(salt, int) else salt
        self.output_mode = checked_mode(output_mode)
        self.sparse = checked_sparse(sparse, self.output_mode)
        if self.output_mode == "int" and self.dtype not in ("int32", "int64"):
            raise ValueError(
                f"When `output_mode=\"int\"`, `dtype` should be 'int32' or 'int64'. Received: dtype={kwargs['dtype']!r}"
            )
        if salt is not None and not (isinstance(self.salt, (list, tuple)) and len(self.salt) == 2):
            raise ValueError(f"The `salt` argument can only be an integer, or a tuple of size 2. Received: salt={salt}")
        self._op = HashBuckets(self.num_bins, mask_value, self.salt)

    def call(self, inputs):
        if isinstance(inputs, RaggedTensor):
            return inputs.with_flat_values(self.call(inputs.flat_values))
        if isinstance(inputs, SparseTensor) and self.output_mode == "int":
            return SparseTensor(inputs.indices, self.call(inputs.values), inputs.dense_shape)
        return encoded(self._op(data_tensor(inputs)), self.output_mode, self.num_bins, self.dtype, sparse=self.sparse)

    def compute_output_shape(self, input_shape):
        if self.output_mode == "int":
            return tuple(input_shape)
        is_kept = self.output_mode == "one_hot" and (len(input_shape) == 1 or input_shape[-1:] not in ((), (1,)))
        return (*(input_shape if is_kept else input_shape[:-1]), self.num_bins)

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=self.dtype, sparse=self.sparse)

    def get_config(self):
        names = ("num_bins", "salt", "mask_value", "output_mode", "sparse")
        return {**self._own_config(), **{name: getattr(self, name) for name in names}}
