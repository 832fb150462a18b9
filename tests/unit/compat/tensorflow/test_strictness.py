"""What TensorFlow refuses is refused, with a sentence that names the dtypes and the fix; Keras's own rules stay."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.namespaces import namespace_shim
from minikeras.compat.tensorflow.operand_table import RULES
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed

tf = namespace_shim("tensorflow")


@pytest.fixture(autouse=True)
def installed():
    with tensor_attributes_installed():
        yield


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda: tf.constant(1) + 1.5, InvalidArgumentError, r"1\.5.*int32.*tf\.cast"),
        (lambda: 1.5 + tf.constant(1), TypeError, r"1\.5.*int32.*tf\.cast"),
        (lambda: tf.ones(2) * tf.ones(2, tf.float64), InvalidArgumentError, r"x is float32, y is float64.*tf\.cast"),
        (lambda: -tf.constant(True), InvalidArgumentError, "no `-` for bool"),
        (lambda: tf.sqrt(4), InvalidArgumentError, r"`tf\.math\.sqrt` takes no int32.*tf\.cast\(x, tf\.float32\)"),
        (
            lambda: tf.matmul(tf.ones((1, 1)), [[1]]) and tf.matmul([[1]], tf.ones((1, 1))),
            InvalidArgumentError,
            "int32",
        ),
        (lambda: tf.one_hot([0.5], 3), InvalidArgumentError, "takes no float32 for `indices`"),
        (lambda: tf.concat([tf.ones(1), tf.constant([1])], 0), InvalidArgumentError, r"`values\[1\]` is int32"),
        (lambda: tf.Variable([1, 2]).assign([1.5, 2.5]), TypeError, "would lose its fraction"),
        (lambda: tf.range(3)[1.0], TypeError, "An index is an integer"),
        (lambda: tf.range(3)[5], InvalidArgumentError, "out of bounds"),
        (lambda: {tf.constant(1): 2}, TypeError, r"tensor\.ref\(\)"),
        (lambda: tf.ones(2) + tf.ones(3), InvalidArgumentError, "broadcast"),
        (lambda: tf.cast("1", tf.int32), tf.errors.UnimplementedError, "to_number"),
    ],
)
def test_mistakes(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()


def test_what_tensorflow_converts_is_converted():
    assert (tf.constant([1, 2]) + np.array([1.5, 2.5])).numpy().tolist() == [2, 4]  # an array is cast
    assert (tf.constant(1.0) + 1).dtype == "float32"
    assert tf.add([1.0], 1).dtype == "float32"
    assert tf.zeros(np.array([2, 3], "uint8")).shape == (2, 3)


def test_dtypes_has_the_functions_that_convert():
    assert tf.dtypes.cast([1.7], tf.int32).numpy() == [1]
    assert tf.dtypes.saturate_cast([300], tf.uint8).numpy() == [255]
    with pytest.raises(TypeError, match="takes no int32"):
        tf.dtypes.complex(1, 2)


def test_keras_promotes_tensors_of_tf():
    assert keras.ops.add(tf.constant(1), tf.constant(1.5)).dtype == "float32"
    assert keras.ops.sqrt(tf.constant(4)).dtype == "float32"
    assert (keras.Variable([1, 2]) + 1.5).dtype == "float32"


def test_every_rule_names_a_function_and_its_parameters():
    for name in RULES:
        function = tf
        for part in name.split("."):
            function = getattr(function, part)  # a rule that does not fit raises ValueError here
        assert callable(function)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float64", "bool", "bfloat16"])
def test_a_variable_takes_tensors_of_its_own_dtype(dtype):
    variable = tf.Variable(tf.cast([1, 0], dtype))
    variable.assign(tf.cast([0, 1], dtype))
    assert tf.cast(variable, tf.int32).numpy().tolist() == [0, 1]


def test_a_saved_model_of_a_model_serves_its_inference(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    tf.saved_model.save(model, tmp_path / "model")
    loaded = tf.saved_model.load(tmp_path / "model")
    x = tf.ones((2, 3))
    np.testing.assert_allclose(loaded.signatures["serving_default"](inputs=x)["output_0"], model(x), rtol=1e-6)
    assert tf.saved_model.contains_saved_model(tmp_path / "model")


def test_a_name_of_tensorflow_is_known_as_such():
    with pytest.raises(AttributeError, match="TensorFlow has it"):
        tf.image.generate_bounding_box_proposals  # noqa: B018


def test_sampled_losses_draw_new_classes():
    weights, biases = tf.random.normal((50, 4)), tf.zeros(50)
    losses = [tf.nn.nce_loss(weights, biases, [[1], [2]], tf.ones((2, 4)), 5, 50).numpy() for _ in range(2)]
    assert losses[0].shape == (2,)
    assert not np.array_equal(*losses)
