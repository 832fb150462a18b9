"""`QuantizedDTypePolicy`: "int8_from_float32", of a layer whose weights are quantized to int8, and were float32."""

from minikeras.config import dtype_policy
from minikeras.dtype_policies.dtype_policy import DTypePolicy, dtypes_of

MODES = ("int8", "float8", "int4", "gptq", "awq")


class QuantizedDTypePolicy(DTypePolicy):
    """The dtypes of a quantized layer, and how it is quantized.

    Args:
        mode: "int8", "int4" or "float8"; with numbers in subclasses.
        source_name: the layer's previous policy, such as "float32" or "mixed_bfloat16": it keeps its dtypes for
            computations and unquantized variables. The global default if None.

    Attributes:
        quantization_mode: the mode without numbers.

    Raises:
        ValueError: the mode or source is unknown, or int8 is used with float16, whose range products of int8 exceed.
    """

    def __init__(self, mode, source_name=None):
        kind, numbers = self._parsed(mode)
        source = dtype_policy().name if source_name is None else source_name
        self._compute_dtype, self._variable_dtype = dtypes_of(source)
        if kind not in MODES:
            raise ValueError(f"Invalid quantization mode. Expected one of {MODES}. Received: mode={kind!r}")
        if kind == "int8" and self._compute_dtype == "float16":
            raise ValueError(
                "int8 doesn't work well with float16: sums of int8 products exceed its range. Received: "
                f"mode={mode!r}, source_name={source!r}. Use 'float32' or 'mixed_bfloat16'."
            )
        self.quantization_mode = kind
        self._mode, self._source_name = mode, source
        # As in Keras, the name of a policy whose mode has numbers contains the source as it was passed, None included.
        self._name = f"{mode}_from_{source_name if numbers else source}"

    def _parsed(self, mode):
        """(mode without numbers, the numbers); a subclass keeps them as attributes."""
        return mode, ()

    def get_config(self):
        return {"mode": self._mode, "source_name": self._source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The dtypes of a layer whose products are computed in 8-bit floating point.

    Args:
        mode, source_name: see `QuantizedDTypePolicy`.
        amax_history_length: for how many steps the largest absolute values are kept; the scales follow them.

    Raises:
        TypeError: `amax_history_length` is not an integer.
    """

    default_amax_history_length = 1024

    def __init__(self, mode, source_name=None, amax_history_length=1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise TypeError(
                f"`amax_history_length` is a number of steps and must be an integer. Received: {amax_history_length!r}"
            )
        self._amax_history_length = amax_history_length

    @property
    def amax_history_length(self):
        return self._amax_history_length

    def get_config(self):
        return {**super().get_config(), "amax_history_length": self.amax_history_length}
