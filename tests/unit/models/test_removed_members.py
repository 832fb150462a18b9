"""Members that Keras 3 removed, on models and optimizers."""

import pytest

import minikeras as keras
from minikeras.models.removed_members import REMOVED


@pytest.mark.parametrize("name", sorted(REMOVED))
def test_the_error_says_what_to_write(name):
    model = keras.Sequential([keras.layers.Dense(1)])
    with pytest.raises(AttributeError, match="Keras 3 removed it") as error:
        getattr(model, name)
    assert REMOVED[name] in str(error.value)
    assert not hasattr(model, name)


def test_a_user_may_use_these_names():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.updates = 3
    assert model.updates == 3


def test_an_error_inside_a_property_is_the_one_that_is_seen():
    class Broken(keras.Model):
        @property
        def size(self):
            return self.not_there

    with pytest.raises(AttributeError, match="not_there"):
        Broken().size  # noqa: B018


def test_the_learning_rate_of_an_optimizer_is_no_longer_called_lr():
    with pytest.raises(AttributeError, match="Use `learning_rate`"):
        keras.optimizers.Adam().lr  # noqa: B018
