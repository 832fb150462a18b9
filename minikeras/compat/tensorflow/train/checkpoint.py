"""`tf.train.Checkpoint`, `CheckpointManager`: TensorFlow's arguments over `checkpoints/`."""

from minikeras.compat.tensorflow.train.checkpoints import checkpoint, manager
from minikeras.compat.tensorflow.variables import Variable


class CheckpointOptions:
    """How TensorFlow writes checkpoints on several machines; stored, without effect."""

    def __init__(
        self,
        experimental_io_device=None,
        experimental_enable_async_checkpoint=False,
        experimental_write_callbacks=None,
        enable_async=False,
        experimental_skip_slot_variables=False,
        experimental_sharding_callback=None,
    ):
        self.experimental_io_device = experimental_io_device
        self.experimental_enable_async_checkpoint = experimental_enable_async_checkpoint
        self.experimental_write_callbacks = experimental_write_callbacks
        self.enable_async = enable_async
        self.experimental_skip_slot_variables = experimental_skip_slot_variables
        self.experimental_sharding_callback = experimental_sharding_callback


class _Synchronous:
    """Mixin: methods about writing in the background, which does not happen here."""

    def sync(self):
        """Has no effect: files are written synchronously."""


class Checkpoint(_Synchronous, checkpoint.Checkpoint):
    __doc__ = checkpoint.Checkpoint.__doc__

    variable_class = Variable

    def save(self, file_prefix, options=None):
        """Write to `file_prefix`-1, -2, … and record it as the directory's latest. Returns the path."""
        return super().save(file_prefix)

    def write(self, file_prefix, options=None):
        """Write to exactly this path, without counting or recording it. Returns the path."""
        return super().write(file_prefix)

    def restore(self, save_path, options=None):
        """Restore the Variables from a `save`, now or when they are created. None restores nothing."""
        return _with_graph_methods(super().restore(save_path))

    def read(self, save_path, options=None):
        """The same for a `write`."""
        return _with_graph_methods(super().read(save_path))


def _with_graph_methods(status):
    """A status with TensorFlow's methods for graphs: values are already set, so they do nothing."""
    status.initialize_or_restore = status.run_restore_ops = lambda session=None: None
    return status


class CheckpointManager(_Synchronous, manager.CheckpointManager):
    __doc__ = manager.CheckpointManager.__doc__

    def save(self, checkpoint_number=None, check_interval=True, options=None):
        """Save, and delete the oldest beyond `max_to_keep`. Returns the path; None before the interval has passed."""
        return super().save(checkpoint_number, check_interval)
