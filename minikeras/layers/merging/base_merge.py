"""What the layers that combine several inputs of one shape share."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.shapes import broadcast_shapes
from minikeras.layers.layer import Layer
from minikeras.ops.joining import stack
from minikeras.ops.reduction import any as any_over
from minikeras.ops.shaping import expand_dims


class BaseMerge(Layer):
    """y = x₁ ∘ x₂ ∘ …, elementwise; subclasses say what ∘ is in `_merge_function`.

    Call arguments:
        inputs: list of two or more tensors whose shapes can be broadcast together. Tensors with fewer axes get axes of
            length 1 after the batch axis.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs):
        raise NotImplementedError

    def build(self, input_shape):
        check_several(self, input_shape)
        self.compute_output_shape(input_shape)

    def call(self, inputs):
        check_several(self, inputs)
        ndim = max(len(x.shape) for x in inputs)
        return self._merge_function([_with_axes(x, ndim) for x in inputs])

    def compute_output_shape(self, input_shape):
        ndim = max(len(shape) for shape in input_shape)
        aligned = [(*shape[:1], *[1] * (ndim - len(shape)), *shape[1:]) for shape in input_shape]
        try:
            return broadcast_shapes(*aligned)
        except ValueError:
            raise ValueError(
                f"Inputs have incompatible shapes for layer '{self.name}' ({type(self).__name__}). "
                f"Received shapes {' and '.join(str(tuple(shape)) for shape in input_shape)}"
            ) from None

    def compute_output_spec(self, inputs):
        check_several(self, inputs)
        return KerasTensor(self.compute_output_shape([x.shape for x in inputs]), dtype=self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        """Where any input counts (those without a mask count everywhere, and make the result None)."""
        if mask is None or any(m is None for m in mask):
            return None
        return any_over(stack(mask, axis=0), axis=0)


def check_several(layer, inputs):
    """Raise unless `inputs` is a list of at least two."""
    if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
        count = len(inputs) if isinstance(inputs, (list, tuple)) else 1
        raise ValueError(
            f"A merge layer such as '{layer.name}' should be called on a list of at least 2 inputs. Received: {count} "
            f"input{'s' * (count != 1)}. Write `{type(layer).__name__}()([x1, x2])`."
        )


def _with_axes(x, ndim):
    for _ in range(ndim - len(x.shape)):
        x = expand_dims(x, 1)
    return x
