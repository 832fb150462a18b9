"""How a layer is quantized: the configs for `layer.quantize(config=…)`."""

from minikeras.base.limits import reads_config
from minikeras.quantizers.identifiers import deserialize, serialize
from minikeras.quantizers.quantizer import AbsMaxQuantizer


class QuantizationConfig:
    """Base class of the configs of all modes.

    Args:
        weight_quantizer: quantizes the weights; the layer's own choice if None.
        activation_quantizer: quantizes the inputs; they stay floats if None.

    Raises:
        AttributeError: one of these is not a quantizer.
        ValueError: its results are not of the dtype that the mode needs.
    """

    def __init__(self, weight_quantizer=None, activation_quantizer=None):
        self.weight_quantizer = weight_quantizer
        self.activation_quantizer = activation_quantizer

    @property
    def mode(self):
        """ "int8", "int4", "float8", "gptq" or "awq"."""
        raise NotImplementedError(
            "Subclasses must implement the mode. Do not instantiate QuantizationConfig, but Int8QuantizationConfig."
        )

    def get_config(self):
        return {
            "weight_quantizer": serialize(self.weight_quantizer),
            "activation_quantizer": serialize(self.activation_quantizer),
        }

    @classmethod
    @reads_config
    def from_config(cls, config):
        config = dict(config)
        for name in ("weight_quantizer", "activation_quantizer"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize(config[name])
        return cls(**config)

    @staticmethod
    def weight_quantizer_or_default(config, default):
        """The config's quantizer of weights, or `default` if there is no config, or none in it."""
        found = None if config is None else config.weight_quantizer
        return default if found is None else found

    @staticmethod
    def activation_quantizer_or_default(config, default):
        """The config's quantizer of inputs, None for none; `default` if there is no config."""
        return default if config is None else config.activation_quantizer


class Int8QuantizationConfig(QuantizationConfig):
    """Weights of one byte.

    Args:
        weight_quantizer: see `QuantizationConfig`; must give int8.
        activation_quantizer: see `QuantizationConfig`; by the largest absolute value of each row by default.
    """

    def __init__(self, weight_quantizer=None, activation_quantizer="default"):
        if activation_quantizer == "default":
            activation_quantizer = AbsMaxQuantizer()
        super().__init__(weight_quantizer, activation_quantizer)
        _check_weights(self)

    @property
    def mode(self):
        return "int8"


class Int4QuantizationConfig(QuantizationConfig):
    """Weights of four bits, two in a byte.

    Args:
        weight_quantizer: see `QuantizationConfig`; must give int8, with values from −8 to 7.
        activation_quantizer: see `QuantizationConfig`; none by default.
        block_size: length of the groups along the input axis that share a scale and a zero; None or −1:
            one scale for each output.

    Raises:
        ValueError: `block_size` is 0 or below −1, or positive and there are quantizers, which groups do not use.
    """

    def __init__(self, weight_quantizer=None, activation_quantizer="default", block_size=128):
        if activation_quantizer == "default":
            activation_quantizer = None
        super().__init__(weight_quantizer, activation_quantizer)
        if block_size is not None and block_size != -1 and block_size <= 0:
            raise ValueError(
                f"block_size must be None, -1, or positive: the length of the groups. Received: {block_size}"
            )
        if block_size not in (None, -1) and (weight_quantizer is not None or activation_quantizer is not None):
            raise ValueError(
                "Groups (block_size > 0) have their own quantization, which does not support custom quantizers. Pass "
                "`block_size=None`, or no "
                f"quantizers. Received: block_size={block_size}"
            )
        self.block_size = block_size
        _check_weights(self, (-8, 7))

    @property
    def mode(self):
        return "int4"

    def get_config(self):
        return {**super().get_config(), "block_size": self.block_size}


class Float8QuantizationConfig(QuantizationConfig):
    """Products in 8-bit floating point, weights stay as they are."""

    def __init__(self):
        super().__init__()

    @property
    def mode(self):
        return "float8"

    def get_config(self):
        return {}


def _check_weights(config, value_range=None):
    quantizer = config.weight_quantizer
    if quantizer is None:
        return
    if quantizer.output_dtype != "int8":
        raise ValueError(
            f"The `weight_quantizer` of {type(config).__name__} must have output_dtype='int8'. Received: "
            f"output_dtype={quantizer.output_dtype!r}"
        )
    if value_range is not None and tuple(quantizer.value_range) != value_range:
        raise ValueError(
            f"The `weight_quantizer` of {type(config).__name__} must have value_range={value_range}. Received: "
            f"value_range={quantizer.value_range}"
        )
