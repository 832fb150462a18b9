"""One script, two backends: `import tensorflow` and `import keras` find minikeras, in scripts that know nothing of it.

    import minikeras.compat

    minikeras.compat.install()
    import tensorflow as tf  # minikeras; TensorFlow itself is never imported

In a notebook, `%load_ext minikeras` does the same, and `with minikeras.compat.installed():` does it for a while. Whole
scripts run with `python -m minikeras run script.py`. How a name is found: `import_hook.py`, then `faces.py`.
"""

from contextlib import contextmanager

from minikeras.compat import import_hook, worker_processes

__all__ = ["install", "installed", "is_installed", "uninstall"]


def install():
    """Make `tensorflow`, `keras` and `tf_keras`, and all below them, mean minikeras. Does nothing when they do already.

    Modules that were imported under these names before are put aside until `uninstall`; names bound to them still work.
    """
    if is_installed():
        return
    from minikeras.compat.tensorflow import tensor_attributes  # the whole face: not for who only asks `is_installed()`
    from minikeras.compat.tensorflow.random import training

    tensor_attributes.install_tensor_attributes()
    training.install_step_frames()
    import_hook.activate()
    worker_processes.activate()


def uninstall():
    """Undo `install`: imports find again what they found before. Does nothing when nothing is installed."""
    if not is_installed():
        return
    from minikeras.compat.tensorflow import tensor_attributes  # see above
    from minikeras.compat.tensorflow.random import training

    worker_processes.deactivate()
    import_hook.deactivate()
    training.uninstall_step_frames()
    tensor_attributes.uninstall_tensor_attributes()


def is_installed():
    """Whether `import tensorflow` finds minikeras."""
    return import_hook.is_active()


@contextmanager
def installed():
    """`with installed():` imports of `tensorflow` and `keras` find minikeras; afterwards all is as before."""
    was_installed = is_installed()
    install()
    try:
        yield
    finally:
        if not was_installed:
            uninstall()
