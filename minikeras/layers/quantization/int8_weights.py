"""Weights of one byte:  w ≈ q / scale, with a scale for each output."""

from minikeras import ops
from minikeras.layers.quantization.float_weights import FloatRows, FloatWeight
from minikeras.layers.quantization.integer_product import IntegerKernel, IntegerTable
from minikeras.quantizers import AbsMaxQuantizer


class Int8Kernel(IntegerKernel):
    """The kernel of a Dense or EinsumDense layer; the scale has the axes of the output."""

    mode = "int8"
    names = ("kernel", "bias", "kernel_scale")

    def __init__(self, layer, config, policy, shape):
        super().__init__(layer, config, policy, shape)
        self.use_quantizers(AbsMaxQuantizer(), AbsMaxQuantizer())

    def build(self):
        self.add("kernel", self.shape, "int8")
        self.add("kernel_scale", self.layer._kernel_axes().scale_shape, initializer="ones")

    def quantized(self, weight, quantizer):
        axes = self.layer._kernel_axes()
        q, scale = quantizer(weight, axis=axes.summed, to_numpy=True)
        return {"kernel": q, "kernel_scale": ops.reshape(scale, axes.scale_shape)}

    def integers(self):
        return self.layer._kernel

    def floats(self):
        shape = self.layer._kernel_axes().shape_beside_kernel
        return FloatWeight(self.shape, shape)(self.layer._kernel, self.layer.kernel_scale)

    def matrix(self, rows, columns):
        return ops.reshape(self.layer._kernel, (rows, columns)), ops.reshape(self.layer.kernel_scale, (columns,))


class Int8Table(IntegerTable):
    """The table of an Embedding, with a scale for each row."""

    mode = "int8"
    names = ("embeddings", "embeddings_scale")

    def __init__(self, layer, config, policy, shape):
        super().__init__(layer, config, policy, shape)
        self.use_quantizers(AbsMaxQuantizer(), AbsMaxQuantizer())

    def build(self):
        self.add("embeddings", self.shape, "int8")
        self.add("embeddings_scale", self.shape[:1], initializer="ones")

    def quantized(self, weight, quantizer):
        q, scale = quantizer(weight, axis=-1, to_numpy=True)
        return {"embeddings": q, "embeddings_scale": ops.reshape(scale, self.shape[:1])}

    def integers(self):
        return self.layer._embeddings

    def floats(self):
        return FloatWeight(self.shape, (self.shape[0], 1))(self.layer._embeddings, self.layer.embeddings_scale)

    def rows(self, tokens):
        """The rows of the table for these tokens, as floats."""
        return FloatRows()(self.layer._embeddings, tokens, self.layer.embeddings_scale)
