"""`Quantizable`: mixin of the layers whose large weight can be quantized."""

from minikeras import dtype_policies, quantizers
from minikeras.autodiff.name_scope import name_scope
from minikeras.base.messages import warn
from minikeras.dtype_policies import DTypePolicyMap
from minikeras.dtype_policies.quantized_dtype_policy import MODES
from minikeras.layers.low_rank import LowRankAdaptation


class Quantizable(LowRankAdaptation):
    """Mixin of Dense, EinsumDense and Embedding.

    A subclass calls `_set_quantization` in its constructor and `quantized_build` in `build`, if its policy has a
    quantization mode, and computes by `quantized_call` while `_quantization` is not None.

    Class attributes:
        quantizations: {mode: the subclass of `QuantizedWeight`}.
        zero_point_name: the name of the Variable of zero points in GPTQ and AWQ.
    """

    quantizations = {}
    zero_point_name = "kernel_zero"
    quantization_config = None
    _split_rule = None  # the computation if several ranks hold parts of the weight, see `layers/tensor_parallel.py`

    def _set_quantization(self, config):
        self.quantization_config = quantizers.deserialize(config) if isinstance(config, dict) else config

    def quantize(self, mode=None, type_check=True, config=None):
        """Quantize the weight of a built layer.

        Args:
            mode: "int8", "int4", "float8", "gptq" or "awq".
            type_check: whether to refuse custom subclasses, which may compute something else.
            config: a `QuantizationConfig`, instead of the mode or with the same mode.

        Raises:
            ValueError: the layer is not built or already quantized; mode and config are both missing, or contradict.
            NotImplementedError: the layer does not have the mode, or is a custom subclass.
        """
        if type_check and not type(self).__module__.startswith("minikeras."):
            raise NotImplementedError(
                f"{type(self).__name__} is a custom class, which may not compute the same as its base class. If it "
                "does, pass `type_check=False`."
            )
        if not self.built:
            raise ValueError(
                f"Cannot quantize a layer that isn't yet built: '{self.name}' ({type(self).__name__}). Call it, or "
                "`build(input_shape)`, first."
            )
        config = checked_config(mode, config)
        if self.quantization_mode is not None:
            raise ValueError(
                f"Layer '{self.name}' is already quantized with dtype_policy={self._own_policy}, so it cannot "
                f"be quantized again. Received: mode={config.mode!r}"
            )
        policy = dtype_policies.get(f"{_policy_mode(config)}_from_{self._own_policy.name}")
        kind = self._quantization_class(config.mode)
        shape, parent = self._adapted_shape(), self.path.rpartition("/")[0]
        stored = {}
        if not kind.keeps_weight:
            stored = kind(self, config, policy, shape).stored_for(self._float_weights())  # a quantizer may raise
            self._remove_float_weights()
        self.quantization_config = config
        with self._unlocked_state(), name_scope(self.name, caller=self, override_parent=parent):
            self._quantized_build(shape, config.mode, config, policy)
        self._quantization.assign(stored)
        self._set_quantized_policy(policy)

    def _quantize_as(self, policy):
        block_size = getattr(policy, "block_size", None)
        if policy.quantization_mode == "int4" and block_size is not None:
            self.quantize("int4", config=quantizers.Int4QuantizationConfig(block_size=block_size))
        else:
            super()._quantize_as(policy)

    def _float_weights(self):
        """{name: array} of the weights that are quantized."""
        return {self.adapted: getattr(self, f"_{self.adapted}").numpy()}

    def _remove_float_weights(self):
        delattr(self, f"_{self.adapted}")

    def _set_quantized_policy(self, policy):
        """Set the layer's policy, or its entry in a map of policies, to the quantized one."""
        if not isinstance(self._dtype_policy, DTypePolicyMap):
            self.dtype_policy = policy
            return
        policies = self._dtype_policy
        if self.path in policies:
            del policies[self.path]
        policies[self.path] = policy
        self._use_policy(policy)

    def _quantization_class(self, mode):
        if mode not in self.quantizations:
            raise NotImplementedError(
                f"Invalid quantization mode. {type(self).__name__} has {sorted(self.quantizations)}. Received: {mode!r}"
            )
        return self.quantizations[mode]

    def _quantized_build(self, shape, mode, config=None, policy=None):
        """Create the Variables of the quantized weight.

        Args:
            shape: of the weight.
            mode, config: see `quantize`.
            policy: the quantized policy; the layer's current one if None.

        Raises:
            NotImplementedError: the layer does not have the mode.
        """
        policy = self._own_policy if policy is None else policy
        self._quantization = self._quantization_class(mode)(self, config, policy, tuple(shape))
        self._quantization.build()

    def quantized_call(self, inputs, *args, **kwargs):
        """Compute the outputs with the quantized weight.

        Raises:
            NotImplementedError: the layer is not quantized.
        """
        if self._quantization is None:
            raise NotImplementedError(
                f"Invalid quantization mode. Layer '{self.name}' is not quantized: call its `quantize` first."
            )
        return self._call_quantized(inputs, *args, **kwargs)

    def _call_quantized(self, inputs, training=None):
        """activation(inputs · weight + bias) of a layer that defines `_product`; Embedding has its own."""
        y = self._quantization.product(inputs, training)
        if self.lora_enabled:
            y = y + self._product(inputs, self._low_rank_weight())
        return self._with_epilogue(y, self._quantization.bias(self.bias))

    def _with_epilogue(self, y, bias):
        """activation(y + bias), where both may be None."""
        y = y if bias is None else y + bias
        return y if self.activation is None else self.activation(y)

    @property
    def inputs_quantizer(self):
        """The quantizer of the inputs of a quantized layer; None if they stay floats.

        Raises:
            AttributeError: the layer is not quantized.
        """
        if self._quantization is None:
            raise AttributeError(f"Layer '{self.name}' has no `inputs_quantizer`, since it is not quantized.")
        return self._quantization.activation_quantizer

    def _keeps_weight(self):
        """Whether the layer has its float weight."""
        return self._quantization is None or self._quantization.keeps_weight

    # --- the weight, and low-rank adaptation --------------------------------------------------------------------------

    def _adapted_weight(self):
        quantization = self._quantization
        if quantization is None or (
            quantization.keeps_weight and not (self.is_gptq_calibrated or self.is_awq_calibrated)
        ):
            return super()._adapted_weight()
        return quantization.integers()

    def _adapted_shape(self):
        return super()._adapted_shape() if self._quantization is None else self._quantization.shape

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """See `LowRankAdaptation`.

        Raises:
            NotImplementedError: the weight is quantized by GPTQ or AWQ.
        """
        if self.quantization_mode in ("gptq", "awq"):
            raise NotImplementedError(
                f"Layer '{self.name}' is quantized as {self.quantization_mode}, which does not allow low-rank "
                "adaptation. Enable it in a layer that is not quantized, or quantized as int8 or int4."
            )
        super().enable_lora(rank, lora_alpha, a_initializer, b_initializer)

    # --- files --------------------------------------------------------------------------------------------------------

    @property
    def variable_serialization_spec(self):
        """{quantization mode: the names of the weights in files, in order}; None: not quantized."""
        names = {mode: list(kind.names) for mode, kind in self.quantizations.items()}
        return {**super().variable_serialization_spec, **names}

    def _names_in_files(self):
        return self.variable_serialization_spec[self.quantization_mode]

    @property
    def is_gptq_calibrated(self):
        """Whether GPTQ has set the integers: until then the layer computes with its float weight."""
        return self._is_calibrated("gptq")

    @is_gptq_calibrated.setter
    def is_gptq_calibrated(self, value):
        self._set_calibrated("gptq", value)

    @property
    def is_awq_calibrated(self):
        """Whether AWQ has set the integers: until then the layer computes with its float weight."""
        return self._is_calibrated("awq")

    @is_awq_calibrated.setter
    def is_awq_calibrated(self, value):
        self._set_calibrated("awq", value)

    def _is_calibrated(self, mode):
        return self.quantization_mode == mode and self._quantization is not None and self._quantization.is_calibrated

    def _set_calibrated(self, mode, value):
        if self.quantization_mode != mode or self._quantization is None:
            raise ValueError(
                f"Layer '{self.name}' is not quantized by {mode!r}. Received: is_{mode}_calibrated={value!r}. "
                f"Quantize it first: `layer.quantize({mode!r}, config=…)`."
            )
        self._quantization.is_calibrated = bool(value)

    def save_own_variables(self, store):
        """As in `Layer`. As in Keras, if GPTQ or AWQ is prepared but not calibrated, the file lacks the weights."""
        if not getattr(self._quantization, "is_calibrated", True):
            warn(
                f"Layer '{self.name}' is set up for {self.quantization_mode}, but was not calibrated: it is in "
                "none of the blocks. Its file will have zeros as weights. Leave the layer out by `filters`."
            )
        super().save_own_variables(store)

    def _own_variables_set(self):
        if hasattr(self._quantization, "became_calibrated"):
            self._quantization.became_calibrated()
        super()._own_variables_set()

    def _values_with_low_rank(self):
        quantization = self._quantization
        if quantization is None or quantization.keeps_weight:
            return super()._values_with_low_rank()
        return quantization.values_with(self._low_rank_weight())

    def _stored_variables(self):
        if self._quantization is None:
            return super()._stored_variables()
        return [v for v in map(self._quantization.variable, self._names_in_files()) if v is not None]


def checked_config(mode, config):
    """The config that `quantize` uses.

    Raises:
        ValueError: neither is given, they contradict, or `config` is not a QuantizationConfig.
    """
    if config is None:
        return _default_config(mode)
    if not isinstance(config, quantizers.QuantizationConfig):
        raise ValueError(f"`config` must be a QuantizationConfig. Received: {config!r} of type {type(config).__name__}")
    if mode is not None and mode != config.mode:
        raise ValueError(f"Contradictory arguments `mode` and `config`: mode={mode!r}, config.mode={config.mode!r}")
    return config


def _default_config(mode):
    defaults = {
        "int8": quantizers.Int8QuantizationConfig,
        "int4": quantizers.Int4QuantizationConfig,
        "float8": quantizers.Float8QuantizationConfig,
    }
    if mode is None:
        raise ValueError(
            "You must provide either `mode`, such as 'int8', or `config`, such as Int8QuantizationConfig()."
        )
    if mode not in MODES:
        raise ValueError(f"Invalid quantization mode. Expected one of {MODES}. Received: {mode!r}")
    if mode not in defaults:
        name = "GPTQConfig" if mode == "gptq" else "AWQConfig"
        raise ValueError(f"For mode {mode!r}, you must pass a `config`, a {name} with the data to calibrate it on.")
    return defaults[mode]()


def _policy_mode(config):
    """The first part of the name of the policy, such as "int4/128"."""
    if config.mode == "int4":
        return f"int4/{-1 if config.block_size is None else config.block_size}"
    return config.dtype_policy_string() if hasattr(config, "dtype_policy_string") else config.mode
