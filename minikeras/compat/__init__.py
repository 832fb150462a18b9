"""One script, two backends: `import tensorflow` and `import keras` find minikeras, in unmodified scripts.

    import minikeras.compat

    minikeras.compat.install()
    import tensorflow as tf  # minikeras; TensorFlow itself is never imported

In a notebook, `%load_ext minikeras` does the same, and `with minikeras.compat.installed():` does it for a while. Whole
scripts run with `python -m minikeras run script.py`. How a name is found: `import_hook.py`, then `namespaces.py`.

The rule of this package: what exists only for TensorFlow's or Keras 2's names is here, its mathematics included, beside
the function that uses it. What Keras has too is in the packages below (`ops`, `random`, `data`, `formats`, …), which
work without this one. `tests/architecture/test_compat.py` keeps the rule, and lists the modules whose texts name `tf`.

TensorFlow's own objects, which have no use outside its namespace:

| objects | why they are here |
| --- | --- |
| `tf.Variable`, `tf.Module`, `tf.GradientTape` | the engine's, with TensorFlow's constructors and methods |
| `tf.function`, `random/training.py` | when TensorFlow would trace; what runs is a plan of `minikeras/plans/` |
| `tf.DType`, `TensorShape`, `TensorSpec`, `TensorArray`, `IndexedSlices` | values whose attributes scripts read |
| `tf.while_loop`, `tf.print`, `tf.debugging` | Python's own loops, text and comparisons |
| `tf.distribute`, `tf.config`, `tf.profiler`, `tf.summary` | one device; event files by `minikeras/utils/` |
"""

from contextlib import contextmanager

from minikeras.compat import import_hook, worker_processes

__all__ = ["install", "installed", "is_installed", "uninstall"]


def install():
    """Make imports of `tensorflow`, `keras`, `tf_keras` and their submodules find minikeras. Idempotent.

    Modules that were imported under these names before are saved until `uninstall`; names bound to them still work.
    """
    if is_installed():
        return
    tensor_attributes, training = _parts_of_tensorflow()
    tensor_attributes.install_tensor_attributes()
    training.install_step_frames()
    import_hook.activate()
    worker_processes.activate()


def uninstall():
    """Undo `install`: imports work as before. Has no effect if nothing is installed."""
    if not is_installed():
        return
    tensor_attributes, training = _parts_of_tensorflow()
    worker_processes.deactivate()
    import_hook.deactivate()
    training.uninstall_step_frames()
    tensor_attributes.uninstall_tensor_attributes()


def _parts_of_tensorflow():
    from minikeras.compat.tensorflow import tensor_attributes  # the whole namespace: `is_installed()` does not need it
    from minikeras.compat.tensorflow.random import training  # as above

    return tensor_attributes, training


def is_installed():
    """Whether `import tensorflow` finds minikeras."""
    return import_hook.is_active()


@contextmanager
def installed():
    """Context in which imports of `tensorflow` and `keras` find minikeras; afterwards they work as before."""
    was_installed = is_installed()
    install()
    try:
        yield
    finally:
        if not was_installed:
            uninstall()
