"""Crossentropies: how far predicted probabilities are from the true classes, in nats.

From logits each is one op, exact however large the logits, with the gradient

    d loss / d logits = probabilities − target.

Probabilities are clipped at `epsilon()` before the logarithm. But the output tensor of a softmax or sigmoid keeps its
logits (`attach_logits`), and then those are used, as tf.keras does in `fit`.
"""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Log
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import OpWithHiddenOutputs
from minikeras.autodiff.shapes import Reshape, Sum, normalize_axes
from minikeras.base.messages import warn
from minikeras.config import epsilon
from minikeras.kernels import crossentropy as kernels
from minikeras.kernels.loss_jobs import sigmoid_crossentropy_chunks, sigmoid_crossentropy_gradient_chunks
from minikeras.ops.core import as_float_tensor, convert_to_tensor, is_array
from minikeras.ops.encoding import OneHot
from minikeras.ops.extrema import clip
from minikeras.ops.smooth_activation import Sigmoid
from minikeras.ops.softmax import LogSoftmax, Softmax


def _softmax_of_logits(inputs):
    """The by-product of a crossentropy along the last axis (`OpFacts.by_products`): p = softmax(logits)."""
    logits = inputs[1]
    if logits.dtype not in (np.float32, np.float64):  # others are rounded elsewhere
        return []
    return [(1, Softmax(axis), 1) for axis in (-1, len(logits.shape) - 1)]


class SoftmaxCrossentropy(OpWithHiddenOutputs):
    """loss = −Σ target · ln p along `axis`, p = softmax(logits).

    dlogits = dloss · (p − target), dtarget = −dloss · ln p. The first assumes that each target sums to one, as
    TensorFlow's does. Hidden output: p.
    """

    keeps = ("inputs", "output")

    def __init__(self, axis=-1):
        self.axis = axis

    def by_products(self, inputs):
        return _softmax_of_logits(inputs) if self.axis in (-1, len(inputs[1].shape) - 1) else []

    def forward(self, target, logits):
        target, logits = promote(target, as_float(logits))
        if self.axis in (-1, logits.ndim - 1) and target.shape == logits.shape:
            return kernels.softmax_crossentropy(target, logits)
        shifted = logits - logits.max(axis=self.axis, keepdims=True, initial=-np.inf)
        exponentials = np.exp(shifted)
        total = exponentials.sum(axis=self.axis, keepdims=True)
        loss = np.sum(target * (np.log(total) - shifted), axis=self.axis)
        return loss, exponentials / total

    def backward(self, call, dloss, dp):
        target, logits = call.inputs
        p = call.outputs[1]
        dtarget, dlogits = None, _softmax_gradient(p, dp, self.axis)
        if dloss is not None:
            dloss = _with_class_axis(dloss, call.input_shapes[1], self.axis)
            dtarget = -dloss * LogSoftmax(self.axis).of(logits) if call.needs_gradient[0] else None
            through_loss = dloss * (p - target)
            dlogits = through_loss if dp is None else through_loss + dlogits
        return dtarget, dlogits

    def elementary_operations(self, shapes, output_shape):
        return 8 * math.prod(shapes[1])  # those of softmax, then target · (ln Σ − logit), summed

    def output_shape(self, target_shape, logits_shape):
        axis = self.axis % len(logits_shape)
        return logits_shape[:axis] + logits_shape[axis + 1 :]

    def output_dtype(self, target, logits):
        return logits.dtype


class SparseSoftmaxCrossentropy(OpWithHiddenOutputs):
    """loss = −ln p[label] along the last axis, p = softmax(logits);   dlogits = dloss · (p − one_hot(label)).

    Hidden output: p.

    Raises:
        ValueError: a label is not in 0 … classes − 1.
    """

    keeps = ("inputs", "output")
    kept_inputs = (0,)
    kept_outputs = (1,)
    class_inputs = (0,)

    def by_products(self, inputs):
        return _softmax_of_logits(inputs)

    def forward(self, labels, logits):
        logits = as_float(logits)
        return kernels.sparse_softmax_crossentropy(logits, labels, lambda: check_labels(labels, logits.shape))

    def backward(self, call, dloss, dp):
        labels, p = call.inputs[0], call.outputs[1]
        if dloss is None:
            return None, _softmax_gradient(p, dp, -1)
        if is_array(p):
            dlogits = kernels.sparse_softmax_crossentropy_gradient(dloss, p, labels)
        else:
            target = OneHot(p.shape[-1], dtype=p.dtype).of(labels)
            dlogits = _with_class_axis(dloss, call.input_shapes[1], -1) * (p - target)
        return None, dlogits + _softmax_gradient(p, dp, -1) if dp is not None else dlogits

    def elementary_operations(self, shapes, output_shape):
        return 5 * math.prod(shapes[1]) + 2 * math.prod(output_shape)  # those of softmax, then ln Σ − logit

    def output_shape(self, labels_shape, logits_shape):
        return logits_shape[:-1]

    def output_dtype(self, labels, logits):
        return logits.dtype


def _with_class_axis(dloss, shape, axis):
    """The gradient of a loss per sample with an axis of length 1 where the classes were."""
    axis %= len(shape)
    return Reshape((*shape[:axis], 1, *shape[axis + 1 :])).of(dloss)


def _softmax_gradient(p, dp, axis):
    """The part of the logits' gradient that comes through the hidden p: 0 unless a second derivative is taken."""
    return 0.0 if dp is None else p * (dp - Sum(axis, keepdims=True).of(dp * p))


class SigmoidCrossentropy(Elementwise):
    """loss = −target · ln p − (1 − target) · ln(1 − p), p = sigmoid(logits);   dlogits = dloss · (p − target).

    Written max(x, 0) − x · target + ln(1 + exp(−|x|)), where nothing overflows or cancels.
    """

    operations_per_element = 8

    keeps = ("inputs",)

    def forward(self, target, logits):
        target, x = promote(target, as_float(logits))
        if sigmoid_crossentropy_chunks.fits(target, x):
            return sigmoid_crossentropy_chunks(target, x)
        return np.maximum(x, 0) - x * target + np.log1p(np.exp(-np.abs(x)))

    def backward(self, call, dloss):
        target, logits = call.inputs
        dtarget = -dloss * logits if call.needs_gradient[0] else None
        if not call.needs_gradient[1]:
            return dtarget, None
        if sigmoid_crossentropy_gradient_chunks.fits(dloss, target, logits):
            return dtarget, sigmoid_crossentropy_gradient_chunks(dloss, target, logits)
        return dtarget, dloss * (Sigmoid().of(logits) - target)


def _equal_symbolic_shapes(target, output, *settings, **named):
    """Refuse symbolic tensors whose shapes differ, even if only one of them has an unknown length."""
    shapes = [tuple(x.shape) for x in (target, output) if hasattr(x, "shape")]
    if len(set(shapes)) > 1:
        raise ValueError(
            f"The `target` and the `output` must have the same shape, received: {shapes[0]} and {shapes[1]}"
        )


def _equal_symbolic_samples(target, output, from_logits=False, axis=-1):
    """The same for class indices, which lack the last axis or have one of length 1."""
    shapes = [tuple(x.shape) for x in (target, output) if hasattr(x, "shape")]
    if len(shapes) == 2 and shapes[0] and axis in (-1, len(shapes[1]) - 1):
        labels = shapes[0][:-1] if len(shapes[0]) == len(shapes[1]) and shapes[0][-1] == 1 else shapes[0]
        if len(labels) == len(shapes[1]) - 1 and labels != shapes[1][:-1]:
            raise ValueError(
                "The `target` and the `output` must have the same shape up to the last dimension. "
                f"Received: target.shape={shapes[0]}, output.shape={shapes[1]}"
            )


@composed(inputs=2, check_symbolic=_equal_symbolic_shapes)
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """−Σ target · ln output along `axis`: crossentropy with one probability (or 0 and a single 1) per class as target.

    Args:
        target: the true distribution, of the shape of `output`.
        output: predicted probabilities, scaled here to sum to one, or logits.
        from_logits: whether `output` holds logits.
        axis: where the classes are.

    Returns:
        The loss of each sample: the shape of `output` without `axis`.

    Raises:
        ValueError: the shapes differ.
    """
    target, output = convert_to_tensor(target), as_float_tensor(output)
    check_same_shape(target.shape, output.shape, "categorical_crossentropy")
    if not output.shape:
        raise ValueError("`target` and `output` must have a class axis. Received tensors without axes.")
    output, from_logits = logits_behind(output, from_logits, "softmax", "categorical_crossentropy")
    if from_logits:
        return SoftmaxCrossentropy(axis)(target, output)
    output = clip(output / Sum(axis, keepdims=True)(output), epsilon(), 1 - epsilon())
    return -Sum(axis)(target * Log()(output))


@composed(inputs=2, check_symbolic=_equal_symbolic_samples)
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """−ln output[label]: crossentropy with the number of the true class as target.

    Args:
        target: labels 0 … classes − 1, of the shape of `output` without its last axis (or with that of length 1).
        output: predicted probabilities, or logits.
        from_logits: whether `output` holds logits.
        axis: where the classes are: only the last axis, as in Keras on TensorFlow.

    Returns:
        The loss of each sample: the shape of `output` without its last axis.

    Raises:
        ValueError: the shapes do not fit, or a label is not in 0 … classes − 1.
    """
    labels, output = convert_to_tensor(target), as_float_tensor(output)
    labels_shape, output_shape = labels.shape, output.shape
    symbolic = isinstance(labels, KerasTensor) or isinstance(output, KerasTensor)
    if symbolic and axis not in (-1, len(output_shape) - 1):  # Keras knows the shape, TensorFlow cannot compute it
        axis = normalize_axes(axis, len(output_shape))[0]
        check_sparse_shapes(labels_shape, (*output_shape[:axis], *output_shape[axis + 1 :], output_shape[axis]))
        return KerasTensor(labels_shape, output.dtype)
    if axis not in (-1, len(output_shape) - 1):
        raise ValueError(
            f"Only axis=-1 is currently supported. Received: axis={axis}, output.shape={output_shape}. Move the "
            "classes to the last axis."
        )
    output, from_logits = logits_behind(output, from_logits, "softmax", "sparse_categorical_crossentropy")
    if len(labels_shape) == len(output_shape) and labels_shape[-1] == 1:
        labels_shape = labels_shape[:-1]
        labels = Reshape([-1 if n is None else n for n in labels_shape])(labels)
    check_sparse_shapes(labels_shape, output_shape)
    if not from_logits:
        output = Log()(clip(output, epsilon(), 1 - epsilon()))
    return SparseSoftmaxCrossentropy()(convert_to_tensor(labels, "int64"), output)


@composed(inputs=2, check_symbolic=_equal_symbolic_shapes)
def binary_crossentropy(target, output, from_logits=False):
    """−target · ln output − (1 − target) · ln(1 − output), elementwise: each output is a binary classification.

    Args:
        target: 0 or 1, or a probability, of the shape of `output`.
        output: predicted probabilities of 1, or logits.
        from_logits: whether `output` holds logits.

    Raises:
        ValueError: the shapes differ.
    """
    target, output = convert_to_tensor(target), as_float_tensor(output)
    check_same_shape(target.shape, output.shape, "binary_crossentropy")
    output, from_logits = logits_behind(output, from_logits, "sigmoid", "binary_crossentropy")
    if from_logits:
        return SigmoidCrossentropy()(target, output)
    output = clip(output, epsilon(), 1 - epsilon())
    return -(target * Log()(output) + (1 - target) * Log()(1 - output))


def logits_behind(output, from_logits, activation, function):
    """(the logits that `output` was made from, True) if it has them, else (output, from_logits)."""
    logits = getattr(output, "_keras_logits", None)
    if logits is None:
        return output, from_logits
    if from_logits:
        warn(
            f"`{function}` got from_logits=True, but `output` comes out of a {activation}, so it holds probabilities. "
            f"The loss is computed from the inputs of the {activation}. Drop from_logits=True, or give "
            "the last layer no activation."
        )
    return logits, True


def check_same_shape(target_shape, output_shape, function):
    """Refuse a target whose shape is not the output's."""
    if len(target_shape) == len(output_shape) and all(
        n == m or n is None or m is None for n, m in zip(target_shape, output_shape, strict=True)
    ):
        return
    fix = "Reshape one of them, for example target[..., None]."
    if function == "categorical_crossentropy":
        fix = "For class indices as target use sparse_categorical_crossentropy, or make them one-hot."
    raise ValueError(
        "`target` and `output` of a loss must have the same shape. "
        f"Received: target.shape={tuple(target_shape)}, output.shape={tuple(output_shape)}. {fix}"
    )


def check_sparse_shapes(labels_shape, output_shape):
    """Raise an error unless there is one label per sample of the output, with the likely cause."""
    if labels_shape == output_shape[:-1]:
        return
    if len(labels_shape) == len(output_shape) - 1 and all(
        n == m or n is None or m is None for n, m in zip(labels_shape, output_shape[:-1], strict=True)
    ):
        return
    received = f"Received: target.shape={tuple(labels_shape)}, output.shape={tuple(output_shape)}."
    if len(labels_shape) == len(output_shape) and labels_shape[-1] in (output_shape[-1], None):
        raise ValueError(
            f"The target looks one-hot, but sparse_categorical_crossentropy needs class indices. {received} "
            "Use categorical_crossentropy, or ops.argmax(target, axis=-1) as target."
        )
    if len(output_shape) > len(labels_shape) + 1:
        raise ValueError(
            "The output must have one axis more than the target, the classes. "
            f"{received} Is a Flatten or GlobalAveragePooling layer missing before the last Dense layer?"
        )
    raise ValueError(
        f"The `target` and the `output` must have the same shape up to the last dimension. {received} "
        "Give one class index for each row of the output."
    )


def check_labels(labels, output_shape):
    """Raise an error for labels (int64) outside 0 … classes − 1, naming the first."""
    classes = output_shape[-1]
    # A negative label is large as an unsigned integer, so that one pass finds both errors. NumPy's letter for an
    # unsigned dtype is the capital.
    if not labels.size or np.maximum.reduce(labels.view(labels.dtype.char.upper()), axis=None) < classes:
        return
    wrong = (labels < 0) | (labels >= classes)
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    if classes == 1:
        fix = "For two classes and one unit use a sigmoid with binary_crossentropy, or give the last layer 2 units."
    elif labels[where] < 0:
        fix = "Leave such samples out, or name that number in the loss's `ignore_class`."
    else:
        fix = f"Does the numbering start at 1, or does the last layer need {labels.max() + 1} units?"
    raise ValueError(
        f"Label {labels[where]} is out of range: {classes} classes are numbered 0 to {classes - 1}. "
        f"Received it at position {where} of a target of shape {labels.shape} with output.shape={tuple(output_shape)}, "
        f"one of {np.count_nonzero(wrong)} such labels. {fix}"
    )
