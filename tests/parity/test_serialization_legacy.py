"""`keras.utils.legacy`: dicts are those of tf.keras, and are read back; names are looked up nowhere else."""

import pytest

import minikeras

keras = pytest.importorskip("keras")

OBJECTS = {
    "layer": lambda k: k.layers.Dense(3, activation="relu", name="d"),
    "optimizer": lambda k: k.optimizers.SGD(0.1, name="s"),
    "loss": lambda k: k.losses.Huber(),
    "function": lambda k: k.losses.mean_squared_error,
    "none": lambda k: None,
}


@pytest.mark.parametrize("name", OBJECTS)
def test_dicts_are_those_of_keras(name):
    ours, theirs = (k.utils.legacy.serialize_keras_object(OBJECTS[name](k)) for k in (minikeras, keras))
    assert ours == theirs


def test_layers_there_and_back():
    for k in (minikeras, keras):
        tools = k.legacy.saving
        inner = tools.serialize_keras_object(k.layers.Dense(3, name="d"))
        again = tools.deserialize_keras_object(inner, module_objects=vars(k.layers))
        assert again.get_config() == k.layers.Dense(3, name="d").get_config()
        assert tools.deserialize_keras_object("mine", custom_objects={"mine": 3}) == 3
    found = minikeras.legacy.saving.deserialize_keras_object("Flatten", vars(minikeras.layers))  # fails in Keras 3.15
    assert isinstance(found, minikeras.layers.Flatten)


class Holder:
    def __init__(self, layer, how):
        self.layer, self.how = layer, how

    def get_config(self):
        return {"layer": self.layer, "how": self.how}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def test_objects_within_a_config():
    for k in (minikeras, keras):
        config = k.utils.legacy.serialize_keras_object(Holder(k.layers.Flatten(name="f"), len))
        assert config["config"]["layer"]["__passive_serialization__"] is True
        assert config["config"]["how"] == "len"
        names = {"Holder": Holder, "Flatten": k.layers.Flatten, "len": len}
        again = k.utils.legacy.deserialize_keras_object(config, custom_objects=names)
        assert again.layer.name == "f"


@pytest.mark.parametrize(
    "identifier",
    ["os", "Dense", {"class_name": "Dense"}, {"class_name": "Dense", "config": {}}, 3,
     {"class_name": "system", "config": {"command": "true"}, "module": "os"}],
    ids=str,
)  # fmt: skip
def test_what_is_not_passed_is_unknown(identifier):
    for k in (minikeras, keras):
        with pytest.raises((ValueError, AttributeError)):
            k.utils.legacy.deserialize_keras_object(identifier)
    with pytest.raises(ValueError, match=r"Unknown object|must be a dict"):
        minikeras.utils.legacy.deserialize_keras_object(identifier)
