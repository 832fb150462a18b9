"""The devices there are: one CPU. What needs several processes raises, as in Keras on TensorFlow."""

CPU = "cpu:0"


def list_devices(device_type=None):
    """The names of the devices of a kind ("cpu", "gpu", "tpu"), or of all: ["cpu:0"] or []."""
    return [CPU] if device_type is None or device_type.lower() == "cpu" else []


def get_device_count(device_type=None):
    """Always raises AttributeError: Keras has it for JAX only. Use `len(list_devices(device_type))`."""
    raise AttributeError(
        "`get_device_count` exists for Keras on JAX only. Use `len(keras.distribution.list_devices())`."
    )


def initialize(job_addresses=None, num_processes=None, process_id=None):
    """Always raises AttributeError: there is one process, and Keras on TensorFlow has it as little."""
    raise AttributeError(
        "There is one process and one device, so there are no jobs to connect. Leave out "
        "`keras.distribution.initialize` (Keras has it for JAX only)."
    )


def distribute_tensor(tensor, layout):
    """Always raises AttributeError: Keras has it for JAX only. On one device a tensor is where it is."""
    raise AttributeError(
        "`distribute_tensor` exists for Keras on JAX only. On one device leave it out and use the tensor itself."
    )
