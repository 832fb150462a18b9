"""`tf.config.threading`: TensorFlow's two pools of threads. minikeras's kernels have their own, and the BLAS's."""

from minikeras.compat.tensorflow.notices import warn_once

_settings = {"intra": 0, "inter": 0}


def get_intra_op_parallelism_threads():
    """The stored setting; 0: as many as there are cores."""
    return _settings["intra"]


def set_intra_op_parallelism_threads(num_threads):
    """Store the setting."""
    _keep("intra", num_threads)


def get_inter_op_parallelism_threads():
    """The stored setting; 0: as many as there are cores."""
    return _settings["inter"]


def set_inter_op_parallelism_threads(num_threads):
    """Store the setting."""
    _keep("inter", num_threads)


def _keep(name, number):
    _settings[name] = int(number)
    warn_once(
        "threads",
        "tf.config.threading: minikeras's threads are set by the environment variables NUMBA_NUM_THREADS and "
        "OPENBLAS_NUM_THREADS.",
    )
