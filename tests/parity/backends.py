"""The same model on both backends: made by one function, with the same weights."""

import numpy as np
import tensorflow as tf

import minikeras
from minikeras import Tensor

import keras  # isort: skip


def both(make):
    """(ours, theirs): what `make(keras)` makes on each side, from the same random state."""
    made = []
    for backend in (minikeras, keras):
        backend.utils.set_random_seed(7)
        made.append(make(backend))
    return made


def copy_weights(theirs, ours):
    """Give our layer or model tf.keras's weights."""
    values = theirs.get_weights()
    assert [v.shape for v in values] == [v.shape for v in ours.get_weights()], "the weights differ in shape or order"
    ours.set_weights(values)


def random_inputs(shapes, seed=0, integers=None):
    """Float32 arrays of the given shapes (or integers below `integers`)."""
    rng = np.random.default_rng(seed)
    if integers is not None:
        return [rng.integers(0, integers, shape).astype("int32") for shape in shapes]
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def forward_and_gradients_ours(layer, inputs, projection, **call_arguments):
    """Outputs, gradients of inputs and of trainable weights of Σ outputs · projection."""
    tensors = [Tensor(x) for x in inputs]
    floats = [x for x in tensors if "float" in x.dtype]
    with minikeras.GradientTape() as tape:
        for x in floats:
            tape.watch(x)
        outputs = layer(tensors[0] if len(tensors) == 1 else tensors, **call_arguments)
        loss = minikeras.ops.sum(outputs * projection(outputs.shape))
    gradients = tape.gradient(loss, floats + layer.trainable_variables)
    return np.asarray(outputs), [None if g is None else np.asarray(g) for g in gradients]


def forward_and_gradients_theirs(layer, inputs, projection, **call_arguments):
    """The same on TensorFlow."""
    tensors = [tf.constant(x) for x in inputs]
    floats = [x for x in tensors if x.dtype.is_floating]
    with tf.GradientTape() as tape:
        for x in floats:
            tape.watch(x)
        outputs = layer(tensors[0] if len(tensors) == 1 else tensors, **call_arguments)
        loss = tf.reduce_sum(outputs * projection(outputs.shape))
    gradients = tape.gradient(loss, floats + [v.value for v in layer.trainable_variables])
    return outputs.numpy(), [None if g is None else tf.convert_to_tensor(g).numpy() for g in gradients]


def random_projection(shape):
    """Fixed random factors, by which an output of any shape becomes one number that depends on every element."""
    return np.random.default_rng(99).normal(size=tuple(shape)).astype("float32")
