"""`Checkpoint`: the Variables of several objects saved in one file, and restored."""

import os

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.base.errors import InvalidArgumentError, NotFoundError
from minikeras.compat.tensorflow.train.checkpoints import files
from minikeras.compat.tensorflow.train.checkpoints.tracking import (
    children,
    is_trackable,
    unbuilt_parts,
    variables_by_key,
)

COUNTER = "save_counter"


class Checkpoint:
    """Objects whose Variables are saved and restored together: `Checkpoint(model=model, optimizer=optimizer, step=v)`.

    A Variable is identified by the path of names that leads to it, so restoring requires objects in the same structure.
    Layers and optimizers that are not built yet get their values once they are.

    The files have minikeras's own format (see `files.py`), which TensorFlow cannot read. TensorFlow's checkpoints are
    restored where names agree: for Variables, Modules, lists and dicts, but not for Keras's layers and optimizers.

    Args:
        root: an object whose parts are saved as if they were attributes of the Checkpoint itself.
        kwargs: objects by name: models, layers, optimizers, metrics, Variables, Modules, lists and dicts of them.

    Raises:
        ValueError: an object in which no Variables can be found.
    """

    variable_class = Variable  # of the counter

    def __init__(self, root=None, **kwargs):
        self._root = root
        self._save_counter = None
        if root is not None and not is_trackable(root):
            raise _not_trackable("root", root)
        for name, value in sorted(kwargs.items()):
            if not is_trackable(value):
                raise _not_trackable(name, value)
            setattr(self, name, value)

    def _checkpoint_children(self):
        """{name: object} to save."""
        own = {name: value for name, value in vars(self).items() if name not in ("_root", "_save_counter")}
        if self._root is not None:
            own |= dict(children(self._root))
        if self._save_counter is not None:
            own[COUNTER] = self._save_counter
        return {name: value for name, value in own.items() if is_trackable(value)}

    @property
    def save_counter(self):
        """How often `save` was called: a Variable that is saved too."""
        if self._save_counter is None:
            self._save_counter = self.variable_class(0, trainable=False, dtype="int64", name=COUNTER)
        return self._save_counter

    # --- writing --------------------------------------------------------------------------------------------------

    def save(self, file_prefix):
        """Write to `file_prefix`-1, -2, … and record it as the directory's latest.

        Returns:
            The path to give to `restore`.
        """
        self.save_counter.assign_add(1)
        path = self.write(f"{os.fspath(file_prefix)}-{int(self.save_counter)}")
        directory = os.path.dirname(path) or "."
        files.write_state(directory, files.CheckpointState(path, [path]))
        return path

    def write(self, file_prefix):
        """Write to exactly this path, without counting or recording it. Returns the path."""
        path = os.fspath(file_prefix)
        files.write(path, {key: v.array for key, v in variables_by_key(self).items()})
        return path

    # --- reading --------------------------------------------------------------------------------------------------

    def restore(self, save_path):
        """Set the Variables from a checkpoint of `save`, now or when they are created. None restores nothing.

        Returns:
            A `CheckpointLoadStatus`, which can check what was restored.

        Raises:
            NotFoundError: there is no such checkpoint, or one of TensorFlow's lacks a Variable.
            InvalidArgumentError: a Variable has another dtype or shape than the saved value.
        """
        if save_path is None:
            return InitializationOnlyStatus()
        _ = self.save_counter  # creates it, so that it is restored too
        return self.read(save_path)

    def read(self, save_path):
        """`restore` for a checkpoint of `write`."""
        values = files.read(save_path)
        is_tensorflows = values.pop(files.OBJECT_GRAPH, None) is not None
        status = CheckpointLoadStatus(self, values)
        status.take_values()
        if is_tensorflows and (unmatched := status.unmatched()):
            raise NotFoundError(
                None,
                None,
                f"TensorFlow's checkpoint {os.fspath(save_path)!r} has no value under the name {_shown(unmatched[0])}"
                + (f" (and {len(unmatched) - 1} others)" if unmatched[1:] else "")
                + ". Variables, Modules, lists and dicts have the same names there; those of Keras's layers and "
                "optimizers differ. Save these by `model.save('model.keras')`, or read single arrays by "
                "`tf.train.load_variable`.",
            )
        return status


class CheckpointLoadStatus:
    """The status of a restored checkpoint: which values have been assigned."""

    def __init__(self, root, values):
        self._root = root
        self._values = values
        self._taken = {}  # key -> the Variable that has its value
        self._waiting = []  # pairs of a layer or optimizer that is not built, and its temporary `build`

    def take_values(self):
        """Assign the values of the Variables that exist, each once, and wait for those not created yet."""
        for key, variable in variables_by_key(self._root).items():
            if key in self._values and self._taken.get(key) is not variable:
                _assign(variable, self._values[key], key)
                self._taken[key] = variable
        waits = len(self._taken) < len(self._values)
        for part, hook in self._waiting:
            if (part.built or not waits) and vars(part).get("build") is hook:
                object.__delattr__(part, "build")
        self._waiting = [pair for pair in self._waiting if vars(pair[0]).get("build") is pair[1]]
        for part in unbuilt_parts(self._root) if waits else []:
            if all(part is not known for known, _ in self._waiting):
                self._wait_for(part)

    def _wait_for(self, part):
        """Have a layer or optimizer take its values once it has created its Variables; the latest request counts."""

        def build_and_restore(*args, **kwargs):
            type(part).build(part, *args, **kwargs)
            self.take_values()

        object.__setattr__(part, "build", build_and_restore)
        self._waiting.append((part, build_and_restore))

    def assert_consumed(self):
        """Raise unless every saved value was assigned, and every Variable got one.

        Raises:
            AssertionError: a value or a Variable has no counterpart.
        """
        missing = [key for key in self._values if key not in self._taken]
        if missing:
            raise AssertionError(
                f"Unresolved object in checkpoint: {len(missing)} saved values have no Variable (yet): "
                f"{', '.join(_shown(key) for key in missing[:5])}. Call `expect_partial()` if that is intended."
            )
        return self.assert_existing_objects_matched()

    def assert_existing_objects_matched(self):
        """Raise unless every Variable that exists got a value.

        Raises:
            AssertionError: one did not.
        """
        unmatched = self.unmatched()
        if unmatched:
            raise AssertionError(
                f"The checkpoint has no value for {len(unmatched)} objects of this program, so another version of it "
                f"wrote it: {', '.join(_shown(key) for key in unmatched[:5])}"
            )
        return self

    def unmatched(self):
        """The keys of existing Variables that got no value."""
        return [key for key, v in variables_by_key(self._root).items() if self._taken.get(key) is not v]

    def assert_nontrivial_match(self):
        """Raise unless something was restored besides the counter of checkpoints.

        Raises:
            AssertionError: nothing was.
        """
        if not [key for key in self._taken if not key.startswith(COUNTER)]:
            raise AssertionError("Nothing was restored: no Variable has a path that is in the checkpoint.")
        return self

    def expect_partial(self):
        """Declare that a partial restore is intended. minikeras does not warn about the rest anyway."""
        return self


class InitializationOnlyStatus:
    """What `restore(None)` returns: nothing was restored."""

    def assert_consumed(self):
        """Raise: there was nothing to restore from.

        Raises:
            AssertionError: always.
        """
        raise AssertionError("Nothing was restored: `save_path` is None.")

    assert_existing_objects_matched = assert_nontrivial_match = assert_consumed

    def expect_partial(self):
        """The status itself."""
        return self


def _assign(variable, value, key):
    if variable.array.dtype != value.dtype or variable.array.shape != value.shape:
        raise InvalidArgumentError(
            None,
            None,
            f"{_shown(key)}: the checkpoint has shape {value.shape} and dtype {value.dtype}, the Variable has shape "
            f"{variable.array.shape} and dtype {variable.array.dtype}.",
        )
    variable.assign(np.array(value))


def _shown(key):
    return key.removesuffix(files.SUFFIX)


def _not_trackable(name, value):
    return ValueError(
        f"`Checkpoint` was expecting {name} to be a trackable object: a Variable, layer, model, optimizer, metric, "
        f"Module, or a list or dict of them. Received: {str(value)[:80]}"
    )
