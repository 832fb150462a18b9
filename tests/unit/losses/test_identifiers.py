"""Losses by name, class and config, and back."""

import json

import numpy as np
import pytest

from minikeras import losses
from minikeras.losses.loss import LossFunctionWrapper
from minikeras.saving import custom_object_scope

CLASSES = [name for name in losses.__all__ if name[0].isupper() and name != "Loss"]
FUNCTIONS = [name for name in losses.__all__ if name[0].islower() and name not in ("get", "serialize", "deserialize")]


def test_every_class_has_its_function_and_the_other_way_round():
    assert len(CLASSES) == len(FUNCTIONS)


@pytest.mark.parametrize("name", CLASSES)
def test_class_names_give_instances(name):
    loss = losses.get(name)
    assert type(loss) is getattr(losses, name)
    assert type(losses.get(getattr(losses, name))) is type(loss)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_names_give_functions(name):
    assert losses.get(name) is getattr(losses, name)
    assert losses.deserialize(losses.serialize(losses.get(name))) is getattr(losses, name)


@pytest.mark.parametrize("name", ["bce", "kld", "mae", "mape", "mse", "msle"])
def test_short_names(name):
    assert losses.get(name) is losses.get(name.upper())


@pytest.mark.parametrize("name", CLASSES)
def test_round_trip_through_json(name):
    loss = getattr(losses, name)(reduction="sum", name="given")
    written = json.loads(json.dumps(losses.serialize(loss)))
    assert written["module"] == "keras.losses"
    assert written["class_name"] == name
    again = losses.deserialize(written)
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()
    assert (again.reduction, again.name) == ("sum", "given")


ARGUMENTS = [
    ("Huber", {"delta": 2.5}),
    ("CosineSimilarity", {"axis": 1}),
    ("SparseCategoricalCrossentropy", {"ignore_class": 3, "from_logits": True}),
    ("Tversky", {"alpha": 0.2, "beta": 0.9, "axis": (1, 2)}),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.9], "gamma": 1.0}),
    ("Circle", {"gamma": 3.0, "margin": 0.1, "remove_diagonal": False}),
]


@pytest.mark.parametrize("name, arguments", ARGUMENTS)
def test_arguments_survive(name, arguments):
    loss = getattr(losses, name)(**arguments)
    config = losses.get({"class_name": name, "config": loss.get_config()}).get_config()
    assert {key: config[key] for key in arguments} == arguments


def test_what_is_no_name_comes_back_itself():
    def own(y_true, y_pred):
        return y_pred

    loss = losses.Huber()
    assert losses.get(None) is None
    assert losses.get(own) is own
    assert losses.get(loss) is loss


@pytest.mark.parametrize(
    "identifier, hint",
    [("msee", "'mse'"), ("mean_square_error", "'mean_squared_error'"), ("Categoricalcrossentropy", "CategoricalCross")],
)
def test_typos(identifier, hint):
    with pytest.raises(ValueError, match=f"Could not interpret loss identifier.*Did you mean.*{hint}"):
        losses.get(identifier)


def test_what_cannot_be_a_loss():
    with pytest.raises(ValueError, match="Expected a name, a Loss or a function"):
        losses.get(3)


def double_error(y_true, y_pred, factor=2.0):
    return factor * (y_pred - y_true)


def test_wrapped_functions_of_the_users_own():
    loss = LossFunctionWrapper(double_error, name="own", factor=3.0)
    written = json.loads(json.dumps(losses.serialize(loss)))
    with custom_object_scope({"double_error": double_error}):
        again = losses.deserialize(written)
    assert float(again(np.zeros(2), np.ones(2))) == 3.0


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_every_export_has_a_name(name):
    assert losses.deserialize(name) is not None
