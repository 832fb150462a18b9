"""Names and configs of optimizers, and `get`."""

import re

import pytest

from minikeras import optimizers
from tests.unit.optimizers.making import ALL


@pytest.mark.parametrize("name", ALL)
def test_configs_round_trip(name):
    optimizer = getattr(optimizers, name)(learning_rate=0.25, clipnorm=1.5, use_ema=True, name="mine")
    for again in (
        type(optimizer).from_config(optimizer.get_config()),
        optimizers.deserialize(optimizers.serialize(optimizer)),
        optimizers.get(optimizers.serialize(optimizer)),
    ):
        assert type(again) is type(optimizer)
        assert again.get_config() == optimizer.get_config()


def test_a_schedule_is_part_of_the_config():
    optimizer = optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 100, alpha=0.2))
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert float(again.learning_rate) == float(optimizer.learning_rate)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("spell", [str, str.lower, str.upper], ids=["as it is", "lower", "upper"])
def test_names_in_any_capitals(name, spell):
    assert type(optimizers.get(spell(name))) is getattr(optimizers, name)


def test_get_passes_optimizers_and_none_through():
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    assert optimizers.get(None) is None


@pytest.mark.parametrize(
    "identifier, message",
    [
        ("adm", "Unknown optimizer: 'adm'. Did you mean 'adam'"),
        ("xyz", "Unknown optimizer: 'xyz'."),
        (3, "Could not interpret optimizer identifier: 3"),
        (optimizers.Adam, "Could not interpret optimizer identifier"),
        ("lossscaleoptimizer", "needs arguments"),
    ],
)
def test_get_says_what_is_wrong(identifier, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        optimizers.get(identifier)


def test_legacy_names_say_that_they_are_gone():
    with pytest.raises(ImportError, match="Keras 3 has no optimizers in"):
        optimizers.legacy.Adam()
