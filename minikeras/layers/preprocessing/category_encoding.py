"""`CategoryEncoding`: class indices as vectors."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.preprocessing.category_output import checked_mode, encoded
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.layers.preprocessing.number_arguments import optional_integer
from minikeras.ops.conversion import data_tensor
from minikeras.ops.encoding import one_hot
from minikeras.ops.reduction import max as max_over
from minikeras.ops.reduction import sum as sum_over
from minikeras.tensors.ragged import RaggedTensor


class CategoryEncoding(DataLayer):
    """Class indices 0 … num_tokens − 1 as vectors of `num_tokens` elements.

    Args:
        num_tokens: number of classes.
        output_mode: "one_hot": a vector for each index, (…, 1) → (…, num_tokens); "multi_hot": a vector for each
            sample, 1 where an index occurs; "count": the same with the number of occurrences.
        sparse: whether the result is a SparseTensor.
    """

    _accepted_kinds = "fiubc"

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        if optional_integer("num_tokens", num_tokens) is None or num_tokens < 1:
            raise ValueError(
                f"{'num_tokens must be set' if num_tokens is None else '`num_tokens` must be >= 1'}. If the number of "
                "classes is not known, use `IntegerLookup`. "
                f"Received: num_tokens={num_tokens}"
            )
        self.num_tokens = num_tokens
        self.output_mode = checked_mode(output_mode, ("count", "one_hot", "multi_hot"))
        self.sparse = sparse

    def call(self, inputs, count_weights=None):
        if count_weights is not None:
            if self.output_mode != "count":
                raise ValueError(
                    "`count_weights` is not used with an `output_mode` other than 'count'. "
                    f"Received: output_mode={self.output_mode!r}, count_weights={count_weights}"
                )
            count_weights = Cast(self.compute_dtype)(data_tensor(count_weights))
        if isinstance(inputs, RaggedTensor) and self.output_mode != "one_hot" and count_weights is None:
            each = one_hot(inputs, self.num_tokens, dtype=self.compute_dtype)
            rows = each.to_tensor()  # shorter rows are padded with zeros, which belong to no class
            return max_over(rows, axis=1) if self.output_mode == "multi_hot" else sum_over(rows, axis=1)
        return encoded(data_tensor(inputs), self.output_mode, self.num_tokens, self.dtype, count_weights, self.sparse)

    def compute_output_shape(self, input_shape):
        rows = input_shape[:-1]
        if self.output_mode == "one_hot" and input_shape and (len(input_shape) == 1 or input_shape[-1] != 1):
            rows = input_shape
        return (*rows, self.num_tokens)

    def compute_output_spec(self, inputs, count_weights=None):
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=self.compute_dtype, sparse=self.sparse)

    def get_config(self):
        return {**self._own_config(), "num_tokens": self.num_tokens, "output_mode": self.output_mode}
