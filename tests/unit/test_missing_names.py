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
    _, *path = namespace.split(".")
    if path and path[0] not in keras.__all__:  # the whole namespace is missing, and `keras` says so
        assert path[0] in NAMES_NOT_HERE["keras"]
        return
    target = keras
    for part in path:
        target = getattr(target, part)
    with pytest.raises(AttributeError, match="Keras has"):
        getattr(target, NAMES_NOT_HERE[namespace][0])


def test_special_names_are_plainly_absent():
    assert not hasattr(keras.layers, "__wrapped__")
