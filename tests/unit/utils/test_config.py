"""`utils.Config`: settings by attribute and by key, frozen and not; the same as Keras's."""

import copy
import pickle
import sys

import pytest

import minikeras

SIDES = [minikeras]
if sys.modules.get("keras", "") is not None:  # unless the run blocks it
    try:
        import keras

        SIDES.append(keras)
    except ModuleNotFoundError:
        pass


@pytest.fixture(params=SIDES, ids=lambda side: side.__name__)
def make(request):
    return request.param.utils.Config


def test_settings_are_attributes_and_keys(make):
    config = make(units=32, layers=[1, 2])
    config.rate = 0.5
    config["seed"] = 7
    assert (config.units, config["rate"], config.seed, len(config), "seed" in config) == (32, 0.5, 7, 4, True)
    assert list(config.keys()) == ["units", "layers", "rate", "seed"]
    assert list(config) == ["layers", "rate", "seed", "units"]
    assert list(config.values()) == [32, [1, 2], 0.5, 7]
    assert {**config} == dict(config.items()) == config.as_dict()
    assert repr(config) == f"<Config {config.as_dict()}>"
    assert config.to_json() == '{"units": 32, "layers": [1, 2], "rate": 0.5, "seed": 7}'
    assert (config.get("units"), config.get("none"), config.get("none", 1)) == (32, None, 1)
    assert (config.pop("seed"), config.pop("seed", 3)) == (7, 3)
    assert config.update({"a": 1}, b=2) is None
    del config["a"]
    del config["b"]
    assert list(config.keys()) == ["units", "layers", "rate"]


def test_what_is_not_there(make):
    config = make(rate=0.5)
    with pytest.raises(AttributeError):
        config.rat  # noqa: B018
    with pytest.raises(KeyError):
        config["rat"]
    with pytest.raises(KeyError):
        config.pop("rat")


def test_a_frozen_config_refuses_changes(make):
    config = make(rate=0.5)
    config.freeze()
    assert config.frozen
    for change in (
        lambda: setattr(config, "rate", 1),
        lambda: setattr(config, "other", 1),
        lambda: config.__setitem__("rate", 1),
        lambda: config.__delitem__("rate"),
        lambda: config.pop("rate"),
        lambda: config.update(rate=1),
    ):
        with pytest.raises(ValueError, match="frozen"):
            change()
    config.unfreeze()
    config.rate = 1
    assert config.as_dict() == {"rate": 1}


def test_copies_are_independent(make):
    config = make(layers=[1])
    for twin in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        twin.layers.append(2)
        assert config.layers == [1]


def test_a_setting_can_be_deleted_as_an_attribute():
    config = minikeras.utils.Config(rate=1)
    assert "rate" in dir(config)
    del config.rate
    assert len(config) == 0
    assert "rate" not in dir(config)


def test_a_near_name_is_suggested():
    with pytest.raises(AttributeError, match="Did you mean 'rate'"):
        minikeras.utils.Config(rate=1).rat  # noqa: B018
