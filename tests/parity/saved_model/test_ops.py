"""Ops in functional models as SavedModels, with an axis of known or of unknown length: TensorFlow computes the same."""

import pytest

tf = pytest.importorskip("tensorflow")
pytest.importorskip("onnxruntime")  # the helpers are those of ONNX

import minikeras as keras  # noqa: E402
from minikeras import layers, ops  # noqa: E402
from tests.parity.saved_model.served import deviation  # noqa: E402
from tests.unit.export.onnx_rows import functional, of_shape  # noqa: E402
from tests.unit.export.test_onnx_models import USES, gram  # noqa: E402

FLOAT32 = 3e-6


def colours(x):
    return ops.stack([x, x * 0.5, x * 0.3], axis=-1)


MORE = {  # which ONNX does not have, or with another tanh, from which x − tanh(x) differs by 3e-6
    "tanh_shrink": lambda x: [ops.tanh_shrink(x - 0.5)],
    "bits": lambda x: [ops.left_shift(ops.cast(x * 9, "int32"), 1), ops.erfinv(x), ops.cumprod(x, axis=1)],
    "blocks": lambda x: [ops.slice_update(x, [0, 0, 5], ops.ones((1, 1, 2)))],
    "segments": lambda x: [
        f(ops.transpose(x, (2, 0, 1)), [0, 0, 2, 1, 2, 2], num_segments=3) for f in (ops.segment_sum, ops.segment_max)
    ],
    "colours": lambda x: [
        *(ops.image.rgb_to_grayscale(colours(x)), ops.image.rgb_to_hsv(colours(x)), ops.image.hsv_to_rgb(colours(x))),
    ],
    "equations": lambda x: [
        *(ops.inv(gram(x)), ops.cholesky(gram(x)), ops.solve(gram(x), gram(x) * 2)),
        *(*ops.slogdet(gram(x)), ops.solve(gram(x), gram(x)[..., 0])),
        ops.solve_triangular(gram(x), gram(x), lower=True),
    ],
}


@pytest.mark.parametrize("unknown", [(), (1,)], ids=["known", "unknown"])
@pytest.mark.parametrize("name", [*USES, *MORE])
def test_ops_in_functional_models(name, unknown, tmp_path):
    build = (USES | MORE)[name]
    assert deviation(tf, *functional(build, of_shape(3, 5, 6), unknown=unknown)(), tmp_path) < FLOAT32


def test_images_of_any_size(tmp_path):
    def build(x):
        y = layers.Conv2D(4, 3, padding="same")(layers.MaxPooling2D(4)(x))
        return layers.Concatenate()([x, layers.UpSampling2D(4, interpolation="bilinear")(y)])

    assert deviation(tf, *functional(build, of_shape(1, 8, 12, 3), unknown=(1, 2))(), tmp_path) < FLOAT32


@pytest.mark.full
@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetV2B0", "ConvNeXtTiny"])
def test_networks_of_applications(name, tmp_path):
    network = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=3)
    assert deviation(tf, network, [of_shape(2, 32, 32, 3) * 255], tmp_path) < FLOAT32


def test_hashed_features(tmp_path):
    """Hashes of texts and numbers; ONNX has none of them."""
    words = keras.Input((2,), dtype="string")
    numbers = keras.Input((2,), dtype="int64")
    outputs = [
        layers.Hashing(7)(words),
        layers.Hashing(7, salt=3)(words),
        layers.Hashing(7, mask_value="a")(words),
        layers.Hashing(5)(numbers),
        layers.StringLookup(vocabulary=["a"], num_oov_indices=4)(words),
    ]
    model = keras.Model([words, numbers], outputs)
    model.export(tmp_path, verbose=False)
    texts, given = [["a", "béta"], ["", "x"]], [[1, 20], [-3, 4]]
    loaded = tf.saved_model.load(str(tmp_path))
    for y, expected in zip(
        loaded.serve([tf.constant(texts), tf.constant(given, tf.int64)]),
        model([keras.ops.convert_to_tensor(texts), keras.ops.array(given, "int64")]),
        strict=True,
    ):
        assert y.numpy().tolist() == expected.numpy().tolist()


def test_a_session_fills_the_tables(tmp_path):
    words = keras.Input((2,), dtype="string", name="words")
    model = keras.Model(words, layers.StringLookup(vocabulary=["a", "b"])(words))
    model.export(tmp_path, verbose=False)
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        served = tf.compat.v1.saved_model.load(session, ["serve"], str(tmp_path)).signature_def["serving_default"]
        found = session.run(served.outputs["output_0"].name, {served.inputs["words"].name: [["b", "?"]]})
    assert found.tolist() == [[2, 0]]
