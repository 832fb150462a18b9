"""Functions that TensorFlow 2 has renamed."""

from minikeras import ops
from minikeras.compat.tensorflow import random
from minikeras.compat.tensorflow.conversion import tensor


def set_random_seed(seed):
    """`tf.random.set_seed`."""
    random.set_seed(seed)


random_normal = random.normal
random_uniform = random.uniform
random_shuffle = random.shuffle
truncated_normal = random.truncated_normal


def to_float(x, name="ToFloat"):
    """`tf.cast(x, tf.float32)`."""
    return ops.cast(tensor(x), "float32")


def to_double(x, name="ToDouble"):
    """`tf.cast(x, tf.float64)`."""
    return ops.cast(tensor(x), "float64")


def to_int32(x, name="ToInt32"):
    """`tf.cast(x, tf.int32)`."""
    return ops.cast(tensor(x), "int32")


def to_int64(x, name="ToInt64"):
    """`tf.cast(x, tf.int64)`."""
    return ops.cast(tensor(x), "int64")


def assign(ref, value, validate_shape=None, use_locking=None, name=None):
    """`ref.assign(value)`; the other arguments are without effect."""
    return ref.assign(value)


def assign_add(ref, value, use_locking=None, name=None):
    """`ref.assign_add(value)`."""
    return ref.assign_add(value)


def assign_sub(ref, value, use_locking=None, name=None):
    """`ref.assign_sub(value)`."""
    return ref.assign_sub(value)


def global_variables_initializer():
    """None: Variables have their values from the start."""


initialize_all_variables = local_variables_initializer = tables_initializer = global_variables_initializer
