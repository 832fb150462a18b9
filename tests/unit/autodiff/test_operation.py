"""Operations of one's own: their configs."""

import json

import pytest

import minikeras as keras


@keras.saving.register_keras_serializable("tests")
class Scaled(keras.Operation):
    def __init__(self, factor, offset=0.0, name=None):
        super().__init__(name=name)
        self.factor, self.offset = factor, offset

    def call(self, x):
        return x * self.factor + self.offset

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, dtype=x.dtype)


def test_a_config_holds_the_arguments_of_the_constructor(tmp_path):
    op = Scaled(3.0, offset=1.0, name="scaled")
    assert op.get_config() == {"name": "scaled", "factor": 3.0, "offset": 1.0}
    assert json.loads(json.dumps(op.get_config())) == op.get_config()
    assert Scaled.from_config(op.get_config()).get_config() == op.get_config()
    x = keras.Input((2,))
    model = keras.Model(x, op(x))
    model.save(tmp_path / "m.keras")
    read = keras.saving.load_model(tmp_path / "m.keras")
    assert read.predict(keras.ops.array([[1.0, 2.0]]), verbose=0).tolist() == [[4.0, 7.0]]


class Forgetful(keras.Operation):
    def __init__(self, factor, *others, **options):
        super().__init__(**options)


def test_arguments_need_not_be_attributes():
    assert Forgetful(2, name="f").get_config() == {"name": "f", "factor": 2}


@pytest.mark.parametrize("arguments", [(object(),), ([max],), (1, 2)])
def test_arguments_without_a_config(arguments):
    with pytest.raises(NotImplementedError, match="must define `get_config`"):
        Forgetful(*arguments).get_config()


def test_a_config_has_a_name_only_if_the_constructor_takes_one():
    class Scale(keras.Operation):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

    assert Scale(2).get_config() == {"factor": 2}
    assert Scale.from_config(Scale(2).get_config()).factor == 2


def test_an_operation_says_its_name():
    assert repr(Scaled(2.0, name="twice")) == "<Operation name=twice>"
