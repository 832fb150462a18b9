"""Names that a namespace lacks: errors say whether Keras has them, and which names resemble them."""

import pytest

import minikeras as keras
from minikeras.names_not_here import NAMES_NOT_HERE


def test_a_misspelt_name_gets_a_suggestion():
    with pytest.raises(AttributeError, match=r"'minikeras\.layers' has no attribute 'Desne'\. Did you mean 'Dense'"):
        keras.layers.Desne  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Desne'"):
        from minikeras.layers import Desne  # noqa: F401


@pytest.mark.parametrize("namespace", NAMES_NOT_HERE)
def test_a_name_of_keras_is_known_as_such(namespace):
    parent, _, last = namespace.rpartition(".")
    if last in NAMES_NOT_HERE.get(parent, ()):  # the whole namespace is missing, and the one above says so
        return
    target = keras
    for part in namespace.split(".")[1:]:
        target = getattr(target, part)
    with pytest.raises(AttributeError, match="Keras has"):
        getattr(target, NAMES_NOT_HERE[namespace][0])


def test_special_names_are_plainly_absent():
    assert not hasattr(keras.layers, "__wrapped__")
