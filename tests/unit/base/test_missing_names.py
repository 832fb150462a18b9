"""Names that a namespace lacks: errors say which names resemble them."""

import pytest

import minikeras as keras


def test_a_misspelt_name_gets_a_suggestion():
    with pytest.raises(AttributeError, match=r"'minikeras\.layers' has no attribute 'Desne'\. Did you mean 'Dense'"):
        keras.layers.Desne  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Desne'"):
        from minikeras.layers import Desne  # noqa: F401


def test_special_names_are_plainly_absent():
    assert not hasattr(keras.layers, "__wrapped__")
