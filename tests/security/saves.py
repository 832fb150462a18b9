"""The ways of saving a model, each with a way to identify whose values a file holds."""

import shutil

import numpy as np

import minikeras as keras
from minikeras.callbacks import BackupAndRestore
from minikeras.saving import KerasFileEditor
from minikeras.utils.training_state import load_state
from tests.security.subjects import CUSTOM_OBJECTS, Words


def model_with(value, units=8):
    """A model whose variables, table and vocabulary all hold one number."""
    keras.utils.clear_session(free_memory=False)
    layers = [keras.layers.Dense(units), Words(name="w"), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((3,)), *layers], name="m")
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    for variable in [*model.variables, *model.optimizer.variables]:
        variable.assign(np.full(variable.shape, value))
    model.layers[1].table, model.layers[1].words = np.full(3, float(value)), [str(value)]
    return model


def value_of(model):
    """The one number that a model holds.

    Raises:
        AssertionError: it holds several.
    """
    values = {float(x) for variable in model.weights for x in variable.numpy().ravel()}
    assert len(values) == 1, values
    return values.pop()


def save_editor(model, path):
    source = path.with_name("source.weights.h5")
    if not source.exists():
        model.save_weights(source)
    editor = KerasFileEditor(source)
    for arrays in (editor.weights_dict["layers"]["dense"], editor.weights_dict["layers"]["dense_1"]):
        for name, array in arrays.items():
            arrays[name] = np.full_like(array, value_of(model))
    editor.save(path)


def save_backup(model, path):
    callback = BackupAndRestore(path, double_checkpoint=False)
    callback.set_model(model)
    callback._save(1, 0)


def load_weights(path):
    model = model_with(0)
    model.load_weights(path)
    return model


def load_backup(path):
    model = model_with(0)
    load_state(model, path / "latest.npz")
    return model


def load_model(path):
    model = keras.models.load_model(path, custom_objects=CUSTOM_OBJECTS)
    assert model.layers[1].words == [str(int(value_of(model)))]
    assert set(model.layers[1].table) == {value_of(model)}
    return model


SAVES = {  # name of the file: (save, load)
    "m.keras": (lambda model, path: model.save(path), load_model),
    "m.weights.h5": (lambda model, path: model.save_weights(path), load_weights),
    "m.h5": (lambda model, path: model.save(path), load_weights),
    "m.npz": (lambda model, path: model.save_weights(path), load_weights),
    "folder": (lambda model, path: model.save(path, zipped=False), load_model),
    "backup": (save_backup, load_backup),
    "edited.weights.h5": (save_editor, load_weights),
}


def content_of(folder):
    """{path: bytes} of all files in a folder."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def forget(path):
    """Remove a file or a folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
