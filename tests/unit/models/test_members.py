"""Members of models that concern several devices, quantization and export: what one device makes of them."""

import enum

import numpy as np
import pytest

import minikeras as keras


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


def test_one_device_runs_everything_itself(model):
    strategy = model.distribute_strategy
    with strategy.scope() as inside:
        assert inside is strategy
    assert strategy.num_replicas_in_sync == 1
    assert strategy.run(lambda a, b=1: a + b, args=(1,), kwargs={"b": 3}) == 4
    assert strategy.experimental_local_results(3) == (3,)
    assert strategy.experimental_distribute_dataset([1, 2]) == [1, 2]
    with pytest.raises(NotImplementedError, match="options=1"):
        strategy.run(lambda: 1, options=1)


class Enum(enum.Enum):
    SUM = "SUM"
    MEAN = "MEAN"


@pytest.mark.parametrize(
    "reduce_op, axis, result",
    [("sum", None, [1, 2]), ("SUM", 0, 3), (Enum.MEAN, 0, 1.5), ("mean", (0,), 1.5), (Enum.SUM, 0, 3)],
)
def test_reducing(model, reduce_op, axis, result):
    values = keras.ops.convert_to_tensor([1.0, 2.0])
    np.testing.assert_array_equal(model.distribute_strategy.reduce(reduce_op, values, axis=axis), result)
    np.testing.assert_array_equal(model.distribute_strategy.gather(values, axis=0), values)
    with pytest.raises(ValueError, match="reduce_op='max'"):
        model.distribute_strategy.reduce("max", values, axis=0)


def test_the_reduction_method_is_kept(model):
    assert model.distribute_reduction_method == "auto"
    model.distribute_reduction_method = "sum"
    assert model.distribute_reduction_method == "sum"


def test_what_is_not_quantized_says_so(model):
    assert model.get_quantization_layer_structure("gptq") is None
    with pytest.raises(NotImplementedError, match="quantize"):
        keras.layers.Flatten().quantize("int8")
    with pytest.raises(NotImplementedError, match="not quantized"):
        keras.layers.Flatten().quantized_call(np.ones((1, 3)))


def test_the_layers_of_a_model_cannot_be_set(model):
    x = keras.Input((3,))
    for other in (keras.Model(x, keras.layers.Dense(2)(x)), keras.Model()):
        with pytest.raises(AttributeError, match=r"`Model\.layers` attribute is reserved"):
            other.layers = []
    with pytest.raises(AttributeError, match=r"Use `add\(\)` and `pop\(\)`"):
        model.layers = []
    assert len(model.layers) == 1


@pytest.mark.parametrize("name", ["shape", "dtype", "sparse", "ragged", "ragged_rank", "row_splits_dtype"])
def test_a_symbolic_tensor_is_immutable(name):
    x = keras.KerasTensor((2, 3))
    with pytest.raises(AttributeError, match=f"`{name}` attribute of KerasTensor is immutable"):
        setattr(x, name, None)
    x.name = "x"
    assert (x.shape, x.dtype, x.name) == ((2, 3), "float32", "x")


def test_functions_of_no_module_are_metrics_activations_and_initializers():
    functions = {"ops": keras.ops}  # without `__name__`, as a template or a notebook's tool may run code
    exec(
        "def error(y_true, y_pred): return ops.mean(ops.abs(y_true - y_pred), axis=-1)\n"
        "def relu(x): return x * 2\n"
        "def ones(shape, dtype=None): return ops.ones(shape, dtype)\n",
        functions,
    )
    dense = keras.layers.Dense(2, activation=functions["relu"], kernel_initializer=functions["ones"])
    model = keras.Sequential([keras.Input((3,)), dense])
    model.compile(loss=functions["error"], metrics=[functions["error"]])
    values = model.evaluate(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    np.testing.assert_allclose(values, [5.0, 5.0])
    assert dense.get_config()["units"] == 2
