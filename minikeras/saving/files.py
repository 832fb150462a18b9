"""`save_model`, `load_model`, `save_weights`, `load_weights`: the ending of a name selects the format of a file.

.keras           a whole model; with `zipped=False` a folder instead
.h5, .hdf5       a whole model in the format of Keras 2, for older programs
.weights.h5      weights and optimizer state
.weights.json    the same in several files of limited size, with this one as their index
.npz             weights as plain NumPy arrays (not in Keras)
"""

import os
from contextlib import contextmanager
from pathlib import Path

from minikeras.base.limits import LimitExceededError, parse_json
from minikeras.base.messages import warn
from minikeras.base.tracebacks import raised_by_own_code
from minikeras.collectives.strategy import current_strategy
from minikeras.collectives.writing import on_first_rank
from minikeras.formats.exchanging import restore_earlier
from minikeras.formats.replacing import may_replace
from minikeras.formats.unreadable import UnreadableConfigError, UnreadableFileError, folder_kind, missing, unreadable
from minikeras.saving import keras_archive, legacy_h5, npz_weights, sharded_weights, weights_h5
from minikeras.utils.orbax import is_orbax_checkpoint, read_checkpoint

LEGACY = (".h5", ".hdf5")


@on_first_rank
def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Write a whole model to a file: architecture, weights, `compile` arguments, and the optimizer's state.

    Training can continue from the file as if it had not been interrupted. An existing file of that name is replaced
    only when the new one is complete.

    Args:
        model: Model to save.
        filepath: path that ends in ".keras", or in ".h5" for the older format.
        overwrite: whether to replace a file without asking.
        zipped: False writes a folder with the same content; its name must not end in ".keras".
        include_optimizer: False omits the optimizer (".h5" only).
        save_format: an argument of Keras 2; now the ending of the name determines the format.

    Raises:
        ValueError: no format has this ending, or an argument is unknown.
    """
    path = _local_path(filepath)
    include_optimizer = kwargs.pop("include_optimizer", True)
    save_format = kwargs.pop("save_format", None)
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported by `save`: {list(kwargs)}")
    if save_format:
        _warn_of_save_format(save_format, path)
    if not may_replace(path, overwrite):
        return
    if zipped is False:
        if path.endswith(".keras"):
            raise ValueError(
                f"With `zipped=False` the name is that of a folder and should not end in `.keras`. "
                f"Received: filepath={path}"
            )
        keras_archive.write_folder(model, path)
    elif path.endswith(".keras"):
        if not include_optimizer:
            warn(
                "`include_optimizer=False` has no effect on `.keras` files, as in Keras. To load the model without its "
                "optimizer, write `load_model(path, compile=False)`."
            )
        keras_archive.write_archive(model, path)
    elif path.endswith(LEGACY):
        _warn_of_legacy_format()
        legacy_h5.write_model(model, path, include_optimizer)
    else:
        raise ValueError(
            "Invalid filepath extension for saving. Add `.keras` for Keras's own format (recommended), or `.h5` for "
            f"the older one. Received: filepath={path}. Write: model.save({path.rstrip('/') + '.keras'!r})"
        )


def load_model(filepath, custom_objects=None, compile=True, safe_mode=None):
    """The model that `save_model` wrote, here or in Keras.

    No code in the file is run, except for lambdas if `safe_mode` is False. Its config may refer to Keras's own classes
    and to those that you have registered or passed; `keras.config.set_loading_limits` limits its size and the memory
    that it may need.

    Args:
        filepath: path of a ".keras" or ".h5" file, of a folder written with `zipped=False`, or of a folder of Orbax
            checkpoints.
        custom_objects: {name: class or function} of custom ones that are not registered.
        compile: whether to compile the model as before, with its optimizer's state.
        safe_mode: whether to refuse lambdas, whose code could do anything. Use False only for files that you trust.
            None means True, unless `keras.config.enable_unsafe_deserialization` was called or another model is being
            loaded with False.

    Raises:
        ValueError: there is no such file; it is damaged, of another format, or asks for too much memory (see
            `keras.config.set_loading_limits`); it holds a lambda in safe mode; or it describes an object that cannot
            be created, such as one of a custom class that is neither registered nor in `custom_objects` (this error is
            a TypeError too, as in Keras).
        OSError: the system could not read the file.
    """
    path = _local_path(filepath)
    with _documented_errors(path):
        return _load_model(path, custom_objects=custom_objects, compile=compile, safe_mode=safe_mode)


def _load_model(path, **how):
    if is_orbax_checkpoint(path):
        return _from_orbax(path, **how)
    restore_earlier(Path(path))
    if os.path.isdir(path):
        if not os.path.exists(os.path.join(path, keras_archive.CONFIG)):
            raise ValueError(f"File format not supported: filepath={path}: {folder_kind(path)}")
        return keras_archive.read_model(path, **how)
    if path.endswith(".keras"):
        if not os.path.exists(path):
            raise ValueError(f"File not found: filepath={path}. {missing(path, 'a model')}")
        return keras_archive.read_model(path, **how)
    if path.endswith(LEGACY):
        return legacy_h5.read_model(path, **how)
    if os.path.exists(path):
        raise unreadable(path, "a file that `load_model` knows by its ending, `.keras` or `.h5`")
    raise ValueError(
        f"File format not supported: filepath={path}. Models are read from `.keras` files, from older `.h5` files, and "
        "from folders written with `zipped=False`."
    )


@contextmanager
def _documented_errors(path):
    """Context in which every error about a file is a ValueError, or an OSError of the system.

    A config may hold anything for any argument of any class, so it can cause any kind of error. Errors in the user's
    own classes are not converted.
    """
    try:
        yield
    except LimitExceededError as error:
        raise UnreadableFileError(f"'{path}' is not read, for it may not be what it seems. {error}") from error
    except (ValueError, OSError, Warning):
        raise
    except TypeError as error:
        raise UnreadableConfigError(f"The model in '{path}' cannot be made: {error}") from error
    except Exception as error:
        if raised_by_own_code(error):
            error.add_note(f"The model in '{path}' was being made.")
            raise
        reason = f"its model cannot be made: {type(error).__name__}: {str(error)[:500]}"
        raise unreadable(path, "a file with a model", reason) from error


@on_first_rank
def save_weights(model, filepath, overwrite=True, max_shard_size=None, **kwargs):
    """Write the weights of a model, and the state of its optimizer, to a file.

    Args:
        model: Model, built.
        filepath: path that ends in ".weights.h5", or in ".npz" (not in Keras; without the optimizer).
        overwrite: whether to replace a file without asking.
        max_shard_size: maximum size of each file, in GiB; `filepath` then ends in ".weights.json".
        objects_to_skip: list of layers to omit.

    Raises:
        ValueError: the name has another ending, the model is not built, or an array is larger than `max_shard_size`.
    """
    path = _local_path(filepath)
    objects_to_skip = kwargs.pop("objects_to_skip", None)
    if kwargs:
        raise TypeError(f"Arguments not recognized by `save_weights`: {sorted(kwargs)}")
    endings = (".weights.h5", ".npz") if max_shard_size is None else ("weights.json", "weights.h5")
    if not path.endswith(endings):
        raise ValueError(
            "Files of weights end in '.weights.h5', with `max_shard_size` in '.weights.json'. Received: "
            f"filepath={path}, max_shard_size={max_shard_size}. For the whole model, write `model.save('model.keras')`."
        )
    _require_built(model, "saving its weights")
    if not may_replace(path, overwrite):
        return
    if max_shard_size is not None:
        sharded_weights.write_weights(model, path, max_shard_size, objects_to_skip)
    elif path.endswith(".npz"):
        _refuse(path, ".weights.h5", objects_to_skip=objects_to_skip)
        npz_weights.write_weights(model, path)
    else:
        weights_h5.write_weights(model, path, objects_to_skip)


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    """Set the weights of a model from a file: all of them, or none if one does not match.

    Args:
        model: Model, built.
        filepath: path of a ".weights.h5", ".weights.json", ".keras", ".h5" or ".npz" file, or of a folder of Orbax
            checkpoints.
        skip_mismatch: whether to leave layers unchanged, with a warning, whose weights are missing or of another shape.
        by_name: whether to match layers by name (".h5" files of Keras 2 only).
        objects_to_skip: list of layers to leave unchanged (".weights.h5" only).

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: it is damaged, of another format, asks for too much memory (see
            `keras.config.set_loading_limits`), or does not match the model; the message names the layers. Then nothing
            is changed: weights, the optimizer's state, seeds and the state of custom layers are as before.
    """
    path = _local_path(filepath)
    by_name, objects_to_skip = kwargs.pop("by_name", None), kwargs.pop("objects_to_skip", None)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {kwargs}")
    _require_built(model, "loading weights into it")
    with current_strategy().whole(model):
        _read_weights(model, path, skip_mismatch, by_name, objects_to_skip)


def _read_weights(model, path, skip_mismatch, by_name, objects_to_skip):
    if path.endswith(".weights.h5"):
        _refuse(path, ".h5", by_name=by_name)
    if path.endswith(LEGACY):
        if legacy_h5.is_legacy(
            path
        ):  # of whichever ending: programs of all times have called their files as they liked
            _refuse(path, ".weights.h5", objects_to_skip=objects_to_skip)
            legacy_h5.read_weights(model, path, skip_mismatch, bool(by_name))
        else:
            _refuse(path, ".h5", by_name=by_name)
            weights_h5.read_weights(model, path, skip_mismatch, objects_to_skip)
    elif path.endswith(".keras"):
        _refuse(path, ".weights.h5", objects_to_skip=objects_to_skip)
        _refuse(path, ".h5", by_name=by_name)
        keras_archive.read_weights(model, path, skip_mismatch)
    elif path.endswith(".weights.json"):
        _refuse(path, ".h5", by_name=by_name)
        sharded_weights.read_weights(model, path, skip_mismatch, objects_to_skip)
    elif path.endswith(".npz"):
        _refuse(path, ".weights.h5", objects_to_skip=objects_to_skip)
        _refuse(path, ".h5", by_name=by_name)
        npz_weights.read_weights(model, path, skip_mismatch)
    elif is_orbax_checkpoint(path):
        model.set_state_tree(read_checkpoint(path))
    else:
        raise _unknown_weights(path)


def _local_path(filepath):
    if not isinstance(filepath, (str, os.PathLike)):
        raise ValueError(
            f"`filepath` must be a path whose ending says the format, such as 'model.keras'. Received: {filepath!r} "
            f"(of type {type(filepath).__name__})"
        )
    path = os.fspath(filepath)
    if "://" in path:
        raise ValueError(
            f"minikeras reads and writes files of this computer only. Received: filepath={path}. Copy it with a tool "
            "of that place."
        )
    return path


def _from_orbax(path, custom_objects, compile, safe_mode):
    model = keras_archive.model_from(
        parse_json(read_checkpoint(path, part="model_config")), custom_objects, compile, safe_mode
    )
    model.set_state_tree(read_checkpoint(path))
    return model


def _unknown_weights(path):
    if os.path.isdir(path):
        return ValueError(f"File format not supported: filepath={path}: {folder_kind(path)}")
    if os.path.exists(f"{path}.index"):
        return ValueError(
            f"File format not supported: filepath={path} is a TensorFlow checkpoint, which Keras 3 does not read "
            "either. Where it was made, write `model.save_weights('model.weights.h5')` instead, and load that file."
        )
    return ValueError(
        f"File format not supported: filepath={path}. Weights are read from files that end in `.weights.h5`, `.keras`, "
        "`.h5` or `.npz`."
    )


def _require_built(model, purpose):
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' is not built, so it has no weights yet. Before {purpose}, call it on data, or "
            "`build(input_shape)`."
        )


def _refuse(path, ending, **given):
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"`{name}` only supports loading '{ending}' files. Received: filepath={path}")


def _warn_of_save_format(save_format, path):
    if not path.endswith((".keras", *LEGACY)):
        raise ValueError(
            "The `save_format` argument is deprecated in Keras 3. Leave it out, and let the name end in `.keras` or "
            f"`.h5`. Received: save_format={save_format}, filepath={path}"
        )
    warn(
        f"The `save_format` argument is deprecated in Keras 3: the ending of the name decides. Received: "
        f"save_format={save_format}"
    )


def _warn_of_legacy_format():
    warn("HDF5 is an old format of models, which keeps less than Keras's own. Prefer `model.save('model.keras')`.")
