"""`keras.src`: the home of every public name of Keras, compared with the live Keras."""

import importlib
from types import ModuleType

import pytest

pytest.importorskip("tensorflow")

import keras

import minikeras
from minikeras import compat

UNLIKE = {
    "keras.src.optimizers": "the classes of optimizers.legacy are not names of that module here",
    "keras.src.version": "under the import hook it is the version of Keras, not of minikeras",
}


def homes():
    """{(module, name) in `keras.src`: full public names}."""
    found, seen, waiting = {}, set(), [keras]
    while waiting:
        module = waiting.pop()
        for name, value in list(vars(module).items()):
            if isinstance(value, ModuleType):
                inside = value.__name__.startswith("keras.") and not value.__name__.startswith(
                    ("keras.src", "keras._tf_keras")
                )
                if inside and value not in seen:
                    seen.add(value)
                    waiting.append(value)
            elif str(getattr(value, "__module__", "")).startswith("keras.src") and name[0] != "_":
                home = (value.__module__, value.__name__)
                found.setdefault(home, []).append(f"{module.__name__}.{name}".removeprefix("keras."))
    return found


def public(full_names):
    """The first of the names that minikeras has."""
    for full_name in full_names:
        value = minikeras
        for name in full_name.split("."):
            value = getattr(value, name, None)
        if value is not None:
            return value
    return None


def test_every_public_name_is_found_in_its_home():
    found = homes()
    compared, wrong = 0, []
    with compat.installed():
        for (module, name), full_names in found.items():
            ours = public(full_names)
            if ours is None or module in UNLIKE or name == "backend":  # which says "tensorflow" here
                continue
            compared += 1
            try:
                value = getattr(importlib.import_module(module), name)
            except (ImportError, AttributeError) as error:
                wrong.append(f"{module}.{name}: {error}")
            else:
                if value is not ours and getattr(value, "__wrapped__", None) is not ours:
                    wrong.append(f"{module}.{name} is {value}")
    assert not wrong
    assert compared > 800
