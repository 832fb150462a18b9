"""`.h5` files of Keras 2, which Keras 3 can still write and read: a whole model, or weights, in one HDF5 file.

    attributes          model_config and training_config (JSON), keras_version, backend
    model_weights       groups by layer, in them arrays under the paths of the weights; files of weights alone have the
                        same groups at the top
    optimizer_weights   arrays under the paths of the optimizer's variables

Layers are matched by their order in the model, or optionally by name.
"""

import json
import os

import numpy as np

from minikeras import losses, metrics, optimizers
from minikeras.base.limits import parse_json, reading
from minikeras.base.messages import warn
from minikeras.formats.budget import check_json_size, variables_limit
from minikeras.formats.hdf5 import hdf5_image, open_hdf5
from minikeras.formats.hdf5.writing import write_array
from minikeras.formats.replacing import replacing
from minikeras.formats.stored_array import check_fits, read_as
from minikeras.formats.unreadable import few, unreadable
from minikeras.saving.keras_archive import KERAS_VERSION
from minikeras.saving.legacy_config import legacy_model_config, legacy_training_config, modern, modern_model_config
from minikeras.serialization import CustomObjectScope, SafeMode, deserialize_keras_object
from minikeras.trainers.compile_metrics import CHOSEN_BY_SHAPES
from minikeras.utils.restoring import assign_all

ATTRIBUTE_LIMIT = 64512  # bytes that an HDF5 attribute can hold
WANTED = "an `.h5` file of Keras"


# --- writing ----------------------------------------------------------------------------------------------------------


def write_model(model, filepath, include_optimizer=True):
    """Write a whole model, atomically, creating missing folders."""
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' is not built, so it has no weights yet. Call it on data, or `build(input_shape)`."
        )
    os.makedirs(os.path.dirname(filepath) or ".", exist_ok=True)
    with replacing(filepath) as unfinished:
        unfinished.write_bytes(hdf5_image(lambda file: _write(model, file, include_optimizer)))


def _write(model, file, include_optimizer):
    file.attrs["keras_version"] = KERAS_VERSION
    file.attrs["backend"] = "tensorflow"  # the weights are in the order of this backend
    file.attrs["model_config"] = json.dumps(legacy_model_config(model)).encode()
    if include_optimizer and model.compiled and model.optimizer is not None:
        file.attrs["training_config"] = json.dumps(legacy_training_config(model)).encode()
    _write_layers(file.create_group("model_weights"), model)
    optimizer = getattr(model, "optimizer", None)
    if include_optimizer and optimizer is not None and optimizer.variables:
        _write_arrays(file.create_group("optimizer_weights"), optimizer.variables)


def _write_layers(group, model):
    _write_texts(group, "layer_names", [layer.name for layer in model.layers])
    group.attrs["backend"] = "tensorflow"
    group.attrs["keras_version"] = KERAS_VERSION
    for layer in model.layers:
        _write_arrays(group.require_group(layer.name), _weights_of(layer))
    _write_arrays(group.create_group("top_level_model_weights"), _own_weights(model))


def _write_arrays(group, variables):
    _write_texts(group, "weight_names", [variable.path for variable in variables])
    for variable in variables:
        write_array(group, variable.path, variable.array)


def _write_texts(group, name, values):
    values = [value.encode() for value in values]
    parts = 1
    while any(np.asarray(part).nbytes > ATTRIBUTE_LIMIT for part in np.array_split(np.asarray(values), parts)):
        parts += 1
    if parts == 1:
        group.attrs[name] = values
        return
    for i, part in enumerate(np.array_split(np.asarray(values), parts)):
        group.attrs[f"{name}{i}"] = part


def _weights_of(layer):
    """The weights in the order of these files: trainable ones of all inner layers first."""
    return layer.trainable_weights + layer.non_trainable_weights


def _own_weights(model):
    """The weights that the model itself created, without those of its layers."""
    return model._known_variables()


# --- reading ----------------------------------------------------------------------------------------------------------


def read_model(filepath, custom_objects=None, compile=True, safe_mode=None):
    """The model of a file, with its weights, and its optimizer's state if it was compiled.

    Raises:
        UnreadableFileError: the file is damaged or of another kind.
        ValueError: it holds only weights, a lambda in safe mode, or something that Keras 3 cannot express.
    """
    with open_hdf5(filepath, WANTED) as file:
        if "model_config" not in file.attributes:
            hint = (
                "It holds weights only: create the model as before and call `model.load_weights` on the file."
                if _names_layers(file) or "layers" in file or "vars" in file
                else ""
            )
            raise ValueError(f"'{filepath}' holds no model, only weights or other data. {hint}".rstrip())
        with CustomObjectScope(custom_objects), SafeMode(safe_mode):
            return _read_model(file, filepath, compile)


def _read_model(file, filepath, compile):
    config = _json_attribute(file, "model_config", filepath)
    with reading(config, memory_limit=variables_limit(os.path.getsize(filepath))):
        model = deserialize_keras_object(modern_model_config(config))
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' of class {type(model).__name__} has no weights yet, and '{filepath}' does not "
            "say for which inputs it was built. Create the model in code, call it on data, and set its weights with "
            "`load_weights`; or save it as a `.keras` file, which has the input shapes."
        )
    _Weights(model, file.group("model_weights"), filepath).read()
    if compile:
        _compile(model, file, filepath)
    return model


def is_legacy(filepath):
    """Whether a file has this layout, rather than that of `state.py`. Its ending does not decide that."""
    with open_hdf5(filepath, WANTED) as file:
        return "model_weights" in file or _names_layers(file)


def read_weights(model, filepath, skip_mismatch=False, by_name=False):
    """Set the weights of a model from a file of weights or of a whole model.

    Args:
        skip_mismatch: whether to skip, with a warning, weights of another shape or number.
        by_name: whether to match layers by name instead of order, and skip those that only one side has.

    Raises:
        UnreadableFileError: the file is damaged, of another kind, or holds something unsafe.
        ValueError: weights do not match. Then nothing is changed.
    """
    with open_hdf5(filepath, WANTED) as file:
        whole = not _names_layers(file) and "model_weights" in file
        weights = _Weights(model, file.group("model_weights") if whole else file, filepath, skip_mismatch)
        if by_name:
            weights.read_by_name()
        else:
            weights.read()


class _Weights:
    """The weights in a group of a file, to be set in a model: all of them, or none if one does not match."""

    def __init__(self, model, group, filepath, skip_mismatch=False):
        if group is None or not _names_layers(group):
            raise unreadable(filepath, WANTED, "it names no layers")
        self.model, self.group, self.filepath = model, group, filepath
        self.skip_mismatch = skip_mismatch
        self.fitting = []  # (variable, StoredArray)

    def read(self):
        """Match layers that have weights by their order."""
        stored = [(name, self._arrays(name)) for name in _names(self.group, "layer_names")]
        stored = [(name, arrays) for name, arrays in stored if arrays]
        layers = [layer for layer in self.model.layers if layer.weights]
        if len(stored) != len(layers):
            raise ValueError(
                f"'{self.filepath}' is not of this model: '{self.model.name}' has "
                f"{len(layers)} layers with weights ({few([layer.name for layer in layers])}), the file {len(stored)} "
                f"({few([name for name, _ in stored])}). `load_weights` with `by_name=True` sets layers of equal names."
            )
        for layer, (name, arrays) in zip(layers, stored, strict=True):
            called = f"layer '{layer.name}'" + ("" if layer.name == name else f" (in the file '{name}')")
            self._match(called, _weights_of(layer), arrays)
        self._match_own_and_assign()

    def read_by_name(self):
        """Match layers by name."""
        layers = {layer.name: layer for layer in self.model.layers}
        for name in _names(self.group, "layer_names"):
            if name in layers:
                self._match(f"layer '{name}'", _weights_of(layers[name]), self._arrays(name))
        self._match_own_and_assign()

    def _match_own_and_assign(self):
        if self.group.group("top_level_model_weights") is not None:
            own = f"model '{self.model.name}' itself"
            self._match(own, _own_weights(self.model), self._arrays("top_level_model_weights"))
        values = [read_as(array, variable.array.dtype) for variable, array in self.fitting]
        assign_all([variable for variable, _ in self.fitting], values)

    def _arrays(self, name):
        """The `StoredArray`s of a layer, in their order."""
        return _arrays_of(self.group.group(name), name, self.filepath)

    def _match(self, called, variables, arrays):
        if len(variables) != len(arrays):
            self._complain(
                f"Weight count mismatch for {called}: it has {len(variables)} weights, '{self.filepath}' has "
                f"{len(arrays)}."
            )
            return
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                self._complain(
                    f"Shape mismatch in {called} for weight '{variable.path}': it has the shape {variable.shape}, in "
                    f"'{self.filepath}' {array.shape}."
                )
                continue
            try:
                check_fits(array, variable.shape, variable.array.dtype)
            except ValueError as error:
                self._complain(f"Dtype mismatch in {called} for weight '{variable.path}': {error}.")
            else:
                self.fitting.append((variable, array))

    def _complain(self, message):
        if not self.skip_mismatch:
            raise ValueError(f"{message} Nothing was changed. Pass `skip_mismatch=True` to set only what fits.")
        warn(f"{message} It keeps its values.")


def _names_layers(group):
    return "layer_names" in group.attributes or "layer_names0" in group.attributes


def _names(group, attribute):
    """A list of strings among a group's attributes; empty if there is none.

    An attribute holds at most 64 kB, so long lists are spread over `name0`, `name1`, …
    """
    found, part = group.attributes.texts(attribute), 0
    if found is not None:
        return found
    found = []
    while (more := group.attributes.texts(f"{attribute}{part}")) is not None:
        found += more
        part += 1
    return found


def _arrays_of(group, name, filepath):
    if group is None:
        raise unreadable(filepath, WANTED, f"the group '{name}' is missing")
    found = {path: group.array(path) for path in _names(group, "weight_names")}
    missing = [path for path, array in found.items() if array is None]
    if missing:
        raise unreadable(filepath, WANTED, f"'{name}' lacks the array '{missing[0]}'")
    return list(found.values())


def _compile(model, file, filepath):
    """Compile the model by the file's config, and set its optimizer's variables."""
    if "training_config" not in file.attributes:
        warn(f"'{filepath}' has no optimizer, loss and metrics: call `compile` on the loaded model to train it.")
        return
    config = _json_attribute(file, "training_config", filepath)
    try:
        with reading(config, memory_limit=variables_limit(os.path.getsize(filepath))):
            config = modern(config)
            model.compile(
                optimizer=optimizers.deserialize(config["optimizer_config"]),
                loss=_objects(losses.get, config.get("loss")),
                metrics=_objects(_metric, config.get("metrics")),
                weighted_metrics=_objects(_metric, config.get("weighted_metrics")),
                loss_weights=config.get("loss_weights"),
            )
    except (ValueError, TypeError, KeyError) as error:
        warn(
            f"The model in '{filepath}' was *not* compiled, for its training configuration cannot be read: {error} "
            "Compile it manually."
        )
        return
    model.optimizer.build(model.trainable_variables)
    if (group := file.group("optimizer_weights")) is not None:
        _set_optimizer(model.optimizer, _arrays_of(group, "optimizer_weights", filepath), filepath)


def _set_optimizer(optimizer, arrays, filepath):
    variables = optimizer.variables
    if len(arrays) != len(variables):
        optimizer.load_own_variables(dict.fromkeys(map(str, range(len(arrays)))))  # warns of the wrong number
        return
    try:
        for variable, array in zip(variables, arrays, strict=True):
            check_fits(array, variable.shape, variable.array.dtype)
    except ValueError as error:
        warn(
            f"The optimizer's variables in '{filepath}' have other shapes than those of '{optimizer.name}', which "
            f"therefore starts over: {error}."
        )
        return
    values = [read_as(array, variable.array.dtype) for variable, array in zip(variables, arrays, strict=True)]
    assign_all(variables, values)


def _objects(get, config):
    """Configs and names within lists and dicts as objects."""
    if isinstance(config, (list, tuple)):
        return [_objects(get, item) for item in config]
    if isinstance(config, dict) and "class_name" not in config:
        return {key: _objects(get, value) for key, value in config.items()}
    return get(config)


def _metric(config):
    """A metric from its config. Names whose meaning depends on the shapes of the data stay names."""
    return config if config in CHOSEN_BY_SHAPES else metrics.get(config)


def _json_attribute(file, name, filepath):
    content = file.attributes.text(name)
    if content is None:
        raise unreadable(filepath, WANTED, f"its {name} is not text")
    check_json_size(filepath, name, len(content))
    try:
        return parse_json(content, object_hook=_without_tuples)
    except ValueError as error:
        raise unreadable(filepath, WANTED, f"its {name} is not JSON: {error}") from error


def _without_tuples(value):
    """A tuple, written as a dict since JSON has no tuples, as a list."""
    return value["items"] if value.get("class_name") == "__tuple__" and "items" in value else value
