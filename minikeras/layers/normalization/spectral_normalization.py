"""`SpectralNormalization`: a layer whose kernel is scaled to a largest singular value of 1."""

from minikeras import initializers
from minikeras.autodiff.arithmetic import Cast, Where
from minikeras.autodiff.comparison import NotEqual
from minikeras.autodiff.shapes import Reshape
from minikeras.layers.core.wrapper import Wrapper
from minikeras.layers.input_spec import InputSpec
from minikeras.ops.normalization import normalize
from minikeras.ops.products import matmul
from minikeras.ops.reduction import any as any_over
from minikeras.ops.shaping import transpose


class SpectralNormalization(Wrapper):
    """y = layer(x); in training, the layer's kernel is first divided by σ, its largest singular value.

    σ is found by power iteration on the kernel as a matrix w (…, last axis), from the previous step's vector u:

        v = u wᵀ / ‖u wᵀ‖      u = v w / ‖v w‖      σ = v w uᵀ

    Input and output: as for the layer.

    Args:
        layer: a layer with a `kernel` or `embeddings`.
        power_iterations: iterations per step, a positive integer.

    Raises:
        ValueError: `power_iterations` is not positive, or the layer has neither.

    Source: Miyato et al., "Spectral normalization for generative adversarial networks" (2018).
    """

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        if power_iterations <= 0:
            raise ValueError(
                f"`power_iterations` should be greater than zero, in layer {self.name}. "
                f"Received: power_iterations={power_iterations}"
            )
        self.power_iterations = power_iterations

    def build(self, input_shape):
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        names = [name for name in ("kernel", "embeddings") if hasattr(self.layer, name)]
        if not names:
            raise ValueError(
                f"SpectralNormalization '{self.name}' has no weight to divide: the wrapped {type(self.layer).__name__} "
                f"object has no attribute 'kernel' nor 'embeddings'."
            )
        self.kernel = getattr(self.layer, names[0])
        self.vector_u = self.add_weight(
            name="vector_u",
            shape=(1, self.kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            dtype=self.kernel.dtype,
        )

    def call(self, inputs, training=False):
        if training:
            vector_u, kernel = self.normalized_weights()
            nonzero = any_over(NotEqual()(self.kernel, 0))  # σ of zeros is 0
            self.vector_u.assign(Where()(nonzero, vector_u, self.vector_u))
            self.kernel.assign(Where()(nonzero, kernel, self.kernel))
        return Cast(inputs.dtype)(self.layer(inputs))

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def normalized_weights(self):
        """The values (u, kernel / σ) that the next training step assigns."""
        w, u = Reshape((-1, self.kernel.shape[-1]))(self.kernel), self.vector_u.read()
        for _ in range(self.power_iterations):
            v = normalize(matmul(u, transpose(w)), axis=None)
            u = normalize(matmul(v, w), axis=None)
        sigma = Reshape(())(matmul(matmul(v, w), transpose(u)))
        return Cast(self.vector_u.dtype)(u), Cast(self.kernel.dtype)(self.kernel / sigma)

    def get_config(self):
        return {**super().get_config(), "power_iterations": self.power_iterations}
