"""Kernels quantized by GPTQ and AWQ, after the layer has seen samples of its inputs.

    w[i, j] = (q[j, i] − zero[j, g]) · scale[j, g]                 GPTQ, for the group g of input i
    w[i, j] = (q[j, i] − zero[j, g]) · scale[j, g] / factor[i]     AWQ

Until then (`calibrate`) the layer keeps its float kernel and computes with it.
"""

import numpy as np

from minikeras.layers.quantization.float_weights import FloatWeight, Packed
from minikeras.layers.quantization.weight import QuantizedWeight
from minikeras.quantizers import pack_int4, unpack_int4
from minikeras.quantizers.awq import Magnitudes, awq
from minikeras.quantizers.gptq import Hessian, gptq, levels_of
from minikeras.quantizers.uniform_levels import Levels

_PACKED_BITS = 4  # integers of 4 bits are packed in pairs; those of other widths take a byte each


class _CalibratedKernel(QuantizedWeight):
    """Base class of GPTQKernel and AWQKernel.

    Attributes:
        is_calibrated: whether the integers are set.
        statistics: accumulates the inputs of calls during calibration; otherwise None.
    """

    keeps_weight = True  # before calibration; instances set their own
    statistics = None

    def __init__(self, layer, config, policy, shape):
        super().__init__(layer, config, policy, shape)
        self.keeps_weight = hasattr(layer, f"_{layer.adapted}")
        self.is_calibrated = False
        self.rows, self.columns = matrix_shape(shape)
        self.bits = policy.weight_bits
        self.levels = Levels(policy.weight_bits, policy.group_size)

    def build(self):
        bytes_ = -(-self.columns // 2) if self.bits == _PACKED_BITS else self.columns
        scales = (self.columns, self.levels.groups(self.rows))
        self.add("kernel", (bytes_, self.rows), "uint8", attribute="quantized_kernel")
        self.add("kernel_scale", scales, initializer="ones")
        self.add(self.layer.zero_point_name, scales, "uint8", attribute="kernel_zero")
        self._build_factors()
        self.add("g_idx", (self.rows,), "float32")

    def _build_factors(self):
        """Create the factors of the inputs, which only AWQ has."""

    def product(self, x, training=False):
        if self.statistics is not None:
            self.statistics.add(np.asarray(x).reshape(-1, self.rows))
        weight = self.floats() if self.is_calibrated else getattr(self.layer, f"_{self.layer.adapted}")
        return self.layer._product(x, weight)

    def integers(self):
        """(columns, rows), as in Keras."""
        stored = self.layer.quantized_kernel
        return unpack_int4(stored, self.columns, axis=0, dtype="uint8") if self.bits == _PACKED_BITS else stored

    def floats(self):
        layer = self.layer
        packed = Packed(self.columns, 0, "uint8") if self.bits == _PACKED_BITS else None
        stored = layer.quantized_kernel, layer.kernel_scale, layer.kernel_zero, layer.g_idx
        return FloatWeight(self.shape, packed=packed, transposed=True)(*stored, *self._factors())

    def _factors(self):
        return ()

    def begin(self):
        """Start to accumulate statistics of the inputs."""
        raise NotImplementedError

    def calibrate(self, config):
        """Set the integers from the statistics, and remove the float kernel.

        Args:
            config: the `GPTQConfig` or `AWQConfig`.
        """
        layer = self.layer
        weights = np.asarray(getattr(layer, f"_{layer.adapted}"), np.float32).reshape(self.rows, self.columns).T
        q, *others = self._quantized(np.ascontiguousarray(weights), config)
        self.statistics = None
        layer.quantized_kernel.assign(pack_int4(q, axis=0, dtype="uint8")[0] if self.bits == _PACKED_BITS else q)
        for name, value in zip(self.assigned, others, strict=True):
            getattr(layer, name).assign(value)
        with layer._unlocked_state():
            delattr(layer, f"_{layer.adapted}")
        self.became_calibrated()

    def became_calibrated(self):
        """Switch from the float kernel to the integers."""
        self.is_calibrated, self.keeps_weight = True, False

    def _quantized(self, weights, config):
        """(q, *values of the Variables `assigned`)."""
        raise NotImplementedError


class GPTQKernel(_CalibratedKernel):
    """The kernel of a Dense or EinsumDense layer, quantized by GPTQ."""

    mode = "gptq"
    names = ("bias", "quantized_kernel", "kernel_scale", "kernel_zero", "g_idx")
    assigned = ("kernel_scale", "kernel_zero", "g_idx")

    def begin(self):
        self.statistics = Hessian(self.rows)

    def _quantized(self, weights, config):
        return gptq(weights, self.statistics, levels_of(config), config.hessian_damping, config.activation_order)


class AWQKernel(_CalibratedKernel):
    """The kernel of a Dense or EinsumDense layer, quantized by AWQ."""

    mode = "awq"
    names = ("bias", "quantized_kernel", "kernel_scale", "kernel_zero", "awq_scales", "g_idx")
    assigned = ("kernel_scale", "kernel_zero", "g_idx", "awq_scales")

    def _build_factors(self):
        self.add("awq_scales", (self.rows,), initializer="ones")

    def _factors(self):
        return (self.layer.awq_scales,)

    def begin(self):
        self.statistics = Magnitudes(self.rows)

    def _quantized(self, weights, config):
        return awq(weights, self.statistics, config.group_size, config.num_grid_points)


def matrix_shape(shape):
    """(inputs, outputs) of a kernel. As in Keras, if the first of three axes is the longest, it alone is the inputs.

    Raises:
        ValueError: the kernel does not have two or three axes.
    """
    if len(shape) == 2:
        return tuple(shape)
    if len(shape) != 3:
        raise ValueError(
            f"GPTQ and AWQ quantize kernels with two or three axes. Received a kernel of shape {tuple(shape)}; leave "
            "its layer out by `filters`."
        )
    first, second, third = shape
    return (first, second * third) if first == max(shape) else (first * second, third)
