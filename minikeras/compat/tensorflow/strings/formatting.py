"""`tf.strings.format`: tensors inserted in a text, formatted as by `tf.print`."""

from minikeras.autodiff.tensor import string_tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.operand_conversion import is_array
from minikeras.compat.tensorflow.printing import to_text
from minikeras.tensors.ragged import RaggedTensor

__all__ = ["format"]


def format(template, inputs, placeholder="{}", summarize=3, name=None):
    """`template` with each placeholder replaced by a tensor as `tf.print` shows it: a string without axes."""
    is_list = isinstance(inputs, (list, tuple)) or (is_array(inputs) and inputs.ndim)  # of an array, its rows
    inputs = list(inputs) if is_list else [inputs]
    parts = template.split(placeholder)
    if len(parts) - 1 != len(inputs):
        raise ValueError(
            f"The template expects {len(parts) - 1} tensors, but the inputs only has {len(inputs)}. "
            "Please ensure the template contains the same number of placeholders as inputs."
        )
    shown = [to_text(x if isinstance(x, RaggedTensor) else tensor(x), summarize) for x in inputs]
    return string_tensor(parts[0] + "".join(a + b for a, b in zip(shown, parts[1:], strict=True)))
