"""Configs of GPTQ and AWQ, the modes that choose integer weights by a model's activations on samples of text."""

from minikeras import tree
from minikeras.quantizers.quantization_config import QuantizationConfig


class _CalibratedConfig(QuantizationConfig):
    """Base class of both: the samples, and groups of weights with a scale each."""

    _mode = None
    _arguments = ()  # names in the config, in Keras's order

    def __init__(self, dataset, tokenizer, weight_bits, num_samples, sequence_length, group_size, structure):
        super().__init__()
        self.dataset = dataset
        self.tokenizer = tokenizer
        self.weight_bits = weight_bits
        self.num_samples = num_samples
        self.sequence_length = sequence_length
        self.group_size = group_size
        self.quantization_layer_structure = structure

    def _check(self, weight_bit_choices):
        if self.weight_bits not in weight_bit_choices:
            only = "only supports 4-bit weights" if weight_bit_choices == (4,) else f"takes {weight_bit_choices}"
            raise ValueError(f"Unsupported weight_bits. {type(self).__name__} {only}. Received: {self.weight_bits}")
        for name in ("num_samples", "sequence_length", "num_grid_points"):
            if getattr(self, name, 1) <= 0:
                raise ValueError(f"{name} must be a positive integer. Received: {name}={getattr(self, name)}")
        if self.group_size != -1 and self.group_size <= 0:
            raise ValueError(
                "Invalid group_size. Supported values are -1 for one group, and lengths above 0. "
                f"Received: group_size={self.group_size}"
            )

    @property
    def mode(self):
        return self._mode

    def get_config(self):
        """The config without the parts that are only needed to quantize: the samples, the tokenizer, layers.

        In Keras the layers of the structure stay in the config and so contain themselves; saving fails.
        """
        values = {name: getattr(self, name) for name in self._arguments}
        if not all(isinstance(leaf, str) for leaf in tree.flatten(self.quantization_layer_structure)):
            values["quantization_layer_structure"] = None
        return {"dataset": None, "tokenizer": None, **values}

    def dtype_policy_string(self):
        """The mode of the policy of a layer quantized so, such as "gptq/4/128"."""
        return f"{self._mode}/{self.weight_bits}/{self.group_size}"


class GPTQConfig(_CalibratedConfig):
    """Quantization by GPTQ: weights one by one, while those not yet quantized compensate for each error.

    Args:
        dataset: texts, or arrays of token numbers (1, length), on which the errors are measured.
        tokenizer: a function from a text to token numbers, or an object with `tokenize`.
        weight_bits: 2, 3, 4 or 8.
        num_samples: the number of samples drawn from the data.
        per_channel: whether each output has its own scales.
        sequence_length: the number of tokens in a sample.
        hessian_damping: part of the mean of the Hessian's diagonal that is added to it, 0 to 1.
        group_size: number of weights along the input axis that share a scale; −1: all.
        symmetric: whether the zero is in the middle of the range.
        activation_order: whether weights of inputs with large values are quantized first.
        quantization_layer_structure: {"pre_block_layers": layers before the blocks, "sequential_blocks": blocks}, which
            are quantized one after the other. The model's `get_quantization_layer_structure` if None.

    Raises:
        ValueError: a number is out of its range.
    """

    _mode = "gptq"
    _arguments = (
        *("weight_bits", "num_samples", "per_channel", "sequence_length", "hessian_damping", "group_size"),
        *("symmetric", "activation_order", "quantization_layer_structure"),
    )

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits: int = 4,
        num_samples: int = 128,
        per_channel: bool = True,
        sequence_length: int = 512,
        hessian_damping: float = 0.01,
        group_size: int = 128,
        symmetric: bool = False,
        activation_order: bool = False,
        quantization_layer_structure: dict | None = None,
    ):
        super().__init__(
            dataset, tokenizer, weight_bits, num_samples, sequence_length, group_size, quantization_layer_structure
        )
        self.per_channel = per_channel
        self.hessian_damping = hessian_damping
        self.symmetric = symmetric
        self.activation_order = activation_order
        self._check((2, 3, 4, 8))
        if not 0 <= hessian_damping <= 1:
            raise ValueError(f"hessian_damping must be between 0 and 1. Received: hessian_damping={hessian_damping}")


class AWQConfig(_CalibratedConfig):
    """Quantization by AWQ: inputs with large values get weights that are scaled up before they are rounded.

    Args:
        dataset, tokenizer, num_samples, sequence_length, group_size, quantization_layer_structure: see `GPTQConfig`.
        weight_bits: 4.
        num_grid_points: the number of exponents that are tried.

    Raises:
        ValueError: a number is out of its range.
    """

    _mode = "awq"
    _arguments = (
        *("weight_bits", "num_samples", "sequence_length", "group_size", "num_grid_points"),
        "quantization_layer_structure",
    )

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits: int = 4,
        num_samples: int = 128,
        sequence_length: int = 512,
        group_size: int = 128,
        num_grid_points: int = 20,
        quantization_layer_structure: dict | None = None,
    ):
        super().__init__(
            dataset, tokenizer, weight_bits, num_samples, sequence_length, group_size, quantization_layer_structure
        )
        self.num_grid_points = num_grid_points
        self._check((4,))
