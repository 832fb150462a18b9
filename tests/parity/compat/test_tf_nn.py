"""`tf.nn` of the shim against the live one: values, dtypes, shapes, gradients."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.comparing import LAYER  # noqa: E402
from tests.parity.compat.shim_cases import RNG, Case, check  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

GROUP = "compat: tf.nn"


def floats(*shape):
    return RNG.normal(size=shape).astype("float32")


X, Y = floats(3, 5), floats(3, 5)
VECTOR = floats(5)
SERIES, IMAGES, VOLUMES = floats(2, 9, 3), floats(2, 7, 6, 4), floats(1, 4, 5, 4, 2)
CHANNELS_FIRST = np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2))
K1, K2, K3 = floats(3, 3, 2), floats(3, 2, 4, 5), floats(2, 2, 2, 2, 3)
DEPTHWISE, POINTWISE = floats(3, 3, 4, 2), floats(1, 1, 8, 3)
PROBABILITIES = RNG.dirichlet(np.ones(5), size=3).astype("float32")
LABELS = np.array([0, 4, 2], "int32")
BINARY = RNG.integers(0, 2, (3, 5)).astype("float32")
COUNTS = RNG.integers(0, 6, (3, 5)).astype("float32")
TABLE = floats(6, 3)
I = RNG.integers(-5, 5, (3, 5)).astype("int32")  # noqa: E741

ACTIVATIONS = [
    *[
        Case(f"nn.{name}", 3 * X)
        for name in [
            "relu",
            "relu6",
            "elu",
            "selu",
            "gelu",
            "silu",
            "swish",
            "softplus",
            "softsign",
            "softmax",
            "log_softmax",
            "leaky_relu",
            "sigmoid",
            "tanh",
            "crelu",
        ]
    ],
    Case("nn.leaky_relu", X, 0.3),
    Case("nn.gelu", X, approximate=True),
    Case("nn.silu", X, 1.7),
    Case("nn.softmax", X, axis=0),
    Case("nn.log_softmax", X, 0),
    Case("nn.relu", I),
    Case("nn.relu6", I),
    Case("nn.crelu", X, 0),
    Case("nn.softmax", 100 * X),
]
CONVOLUTIONS = [
    *[
        Case("nn.conv2d", IMAGES, K2, strides, padding)
        for strides in (1, 2, [1, 2, 1, 1], (2, 1))
        for padding in ("SAME", "VALID")
    ],
    Case("nn.conv2d", IMAGES, K2, 1, "VALID", dilations=2),
    Case("nn.conv2d", IMAGES, K2, 1, "SAME", dilations=[1, 2, 1, 1]),
    Case("nn.conv2d", IMAGES, K2, 1, [[0, 0], [1, 2], [3, 0], [0, 0]]),
    Case("nn.conv2d", IMAGES, floats(2, 2, 2, 6), 1, "SAME"),
    Case("nn.conv1d", SERIES, K1, 1, "SAME"),
    Case("nn.conv1d", SERIES, K1, 2, "VALID"),
    Case("nn.conv1d", SERIES, K1, 1, "VALID", dilations=2),
    Case("nn.conv3d", VOLUMES, K3, [1, 1, 1, 1, 1], "SAME"),
    Case("nn.conv3d", VOLUMES, K3, [1, 2, 1, 2, 1], "VALID"),
    Case("nn.convolution", IMAGES, K2),
    Case("nn.convolution", SERIES, K1, padding="SAME", dilations=2),
    Case("nn.atrous_conv2d", IMAGES, K2, 2, "VALID"),
    Case("nn.conv2d", IMAGES[None], K2, 1, "SAME"),
    *[
        Case("nn.depthwise_conv2d", IMAGES, DEPTHWISE, [1, s, s, 1], padding)
        for s in (1, 2)
        for padding in ("SAME", "VALID")
    ],
    Case("nn.depthwise_conv2d", IMAGES, DEPTHWISE, [1, 1, 1, 1], "VALID", dilations=[2, 2]),
    Case("nn.separable_conv2d", IMAGES, DEPTHWISE, POINTWISE, [1, 1, 1, 1], "SAME"),
    Case("nn.conv2d_transpose", IMAGES, floats(3, 3, 2, 4), [2, 14, 12, 2], 2),
    Case("nn.conv2d_transpose", IMAGES, floats(3, 3, 2, 4), [2, 15, 13, 2], 2, "VALID"),
    Case("nn.conv2d_transpose", IMAGES, floats(3, 3, 2, 4), [2, 13, 11, 2], [1, 2, 2, 1]),
    Case("nn.conv1d_transpose", SERIES, floats(3, 2, 3), [2, 18, 2], 2),
    Case("nn.conv3d_transpose", VOLUMES, floats(2, 2, 2, 3, 2), [1, 8, 10, 8, 3], 2),
    Case("nn.conv_transpose", IMAGES, floats(3, 3, 2, 4), np.array([2, 7, 6, 2], "int32"), 1),
    Case("nn.atrous_conv2d_transpose", IMAGES, floats(3, 3, 2, 4), [2, 11, 10, 2], 2, "VALID"),
]
POOLING = [
    *[
        Case(f"nn.{kind}_pool2d", IMAGES, window, strides, padding)
        for kind in ("max", "avg")
        for window, strides in ((2, 2), ([2, 3], [1, 2]), ([1, 3, 3, 1], 1))
        for padding in ("SAME", "VALID")
    ],
    *[Case(f"nn.{kind}_pool{n}d", x, 2, 2, "SAME") for kind in ("max", "avg") for n, x in ((1, SERIES), (3, VOLUMES))],
    Case("nn.max_pool", IMAGES, 2, 2, "VALID"),
    Case("nn.avg_pool", SERIES, 3, 1, "SAME"),
    Case("nn.pool", IMAGES, [2, 2], "MAX"),
    Case("nn.max_pool_with_argmax", IMAGES, 2, 2, "SAME"),
    Case("nn.max_pool_with_argmax", IMAGES, [1, 3, 2, 1], 1, "VALID", output_dtype="tf.int32", gradients=False),
    Case("nn.max_pool_with_argmax", IMAGES, 2, 2, "VALID", include_batch_in_index=True),
    Case("nn.pool", IMAGES, [2, 2], "AVG", strides=[2, 2], padding="SAME"),
]
LOSSES = [
    Case("nn.softmax_cross_entropy_with_logits", PROBABILITIES, X),
    Case("nn.softmax_cross_entropy_with_logits", labels=PROBABILITIES, logits=X, axis=0, gradients=False),
    Case("nn.sparse_softmax_cross_entropy_with_logits", LABELS, X),
    Case("nn.sparse_softmax_cross_entropy_with_logits", LABELS.astype("int64"), 100 * X),
    Case("nn.sigmoid_cross_entropy_with_logits", BINARY, 5 * X),
    Case("nn.weighted_cross_entropy_with_logits", BINARY, X, 2.5),
    Case("nn.log_poisson_loss", COUNTS, X, gradients=False),
    Case("nn.log_poisson_loss", COUNTS, X, True, gradients=False),
    Case("nn.l2_loss", X),
    Case("nn.compute_average_loss", VECTOR),
    Case("nn.compute_average_loss", VECTOR, sample_weight=[1.0, 0.0, 2.0, 1.0, 1.0], global_batch_size=10),
    Case(
        "nn.ctc_loss",
        np.array([[1, 2, 2], [3, 1, 0]], "int32"),
        floats(7, 2, 4),
        np.array([3, 2], "int32"),
        np.array([7, 5], "int32"),
        blank_index=0,
    ),
    Case(
        "nn.ctc_loss",
        np.array([[1, 2, 2], [0, 1, 0]], "int32"),
        floats(2, 7, 4),
        np.array([3, 2], "int32"),
        np.array([7, 5], "int32"),
        False,
        None,
        -1,
    ),
    Case("nn.scale_regularization_loss", X),
]
NORMALIZATION = [
    Case("nn.moments", X, [0]),
    Case("nn.moments", IMAGES, [0, 1, 2], keepdims=True),
    Case("nn.moments", X, 1),
    Case("nn.weighted_moments", X, [0], np.abs(Y)),
    Case("nn.sufficient_statistics", X, [0]),
    Case("nn.sufficient_statistics", X, [0], VECTOR, gradients=False),
    Case("nn.normalize_moments", np.array(3.0, "float32"), VECTOR, VECTOR + 9, None),
    Case("nn.batch_normalization", X, VECTOR, VECTOR**2, VECTOR, VECTOR, 1e-3),
    Case("nn.batch_normalization", X, VECTOR, VECTOR**2, None, None, 1e-3),
    Case("nn.l2_normalize", X),
    Case("nn.l2_normalize", X, -1),
    Case("nn.l2_normalize", 0 * X, 1),
    Case(
        "nn.batch_norm_with_global_normalization",
        IMAGES,
        VECTOR[:4],
        VECTOR[:4] ** 2,
        VECTOR[:4],
        VECTOR[:4],
        1e-3,
        True,
    ),
    Case("nn.local_response_normalization", IMAGES, 2, 1.0, 0.5, 0.75),
    Case("nn.lrn", IMAGES),
]
OTHERS = [
    Case("nn.bias_add", IMAGES, VECTOR[:4]),
    Case("nn.bias_add", CHANNELS_FIRST, VECTOR[:4], "NCHW"),
    Case("nn.embedding_lookup", TABLE, [[1, 5], [0, 0]]),
    Case("nn.embedding_lookup", TABLE, [1, 5], max_norm=1.0, gradients=False),
    Case("nn.depth_to_space", IMAGES, 2),
    Case("nn.space_to_depth", floats(2, 4, 6, 3), 2),
    Case("nn.collapse_repeated", np.array([[1, 1, 2, 2, 1, 3, 0], [0, 0, 0, 5, 5, 6, 6]]), np.array([5, 7])),
    *[Case("nn.experimental.stateless_dropout", np.abs(X), 0.3, [1, 2], noise_shape=shape) for shape in (None, [3, 1])],
    Case("nn.top_k", X, 2),
    Case("nn.in_top_k", LABELS, X, 3),
    Case("nn.zero_fraction", BINARY),
    Case("nn.space_to_batch", floats(2, 4, 6, 3), [2, 3], [[0, 0], [0, 0]]),
    Case("nn.dropout", X, 0.0),
]


@pytest.mark.parametrize("case", [*ACTIVATIONS, *CONVOLUTIONS, *POOLING, *LOSSES, *NORMALIZATION, *OTHERS], ids=repr)
def test_same_results(case):
    check(case, GROUP, LAYER)


@pytest.mark.parametrize("noise_shape", [None, (40, 1)])
def test_dropout_draws_the_same_numbers(noise_shape):
    kept = []
    for module in (shim, tf):
        module.random.set_seed(3)
        kept.append(np.asarray(module.nn.dropout(module.ones((40, 30)), 0.3, noise_shape, seed=5)))
    np.testing.assert_array_equal(*kept)


CHANNELS_FIRST_CASES = [
    ("conv2d", lambda tf, x: tf.nn.conv2d(x, K2, 1, "SAME", data_format="NCHW" if x.shape[1] == 4 else "NHWC")),
    (
        "conv2d strided",
        lambda tf, x: tf.nn.conv2d(
            x,
            K2,
            [1, 1, 2, 2] if x.shape[1] == 4 else [1, 2, 2, 1],
            "VALID",
            data_format="NCHW" if x.shape[1] == 4 else "NHWC",
        ),
    ),
    ("max_pool2d", lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "SAME", "NCHW" if x.shape[1] == 4 else "NHWC")),
    ("depth_to_space", lambda tf, x: tf.nn.depth_to_space(x, 2, "NCHW" if x.shape[1] == 4 else "NHWC")),
]


@pytest.mark.parametrize("name, call", CHANNELS_FIRST_CASES, ids=[name for name, _ in CHANNELS_FIRST_CASES])
def test_channels_first_is_channels_last_transposed(name, call):
    """TensorFlow on a CPU has hardly any of it, so the two formats of the shim are compared with each other."""
    first, last = (np.asarray(call(shim, shim.constant(x))) for x in (CHANNELS_FIRST, IMAGES))
    np.testing.assert_allclose(first.transpose(0, 2, 3, 1), last, rtol=0, atol=LAYER)


SPEECH = floats(6, 2, 4)
DECODERS = [
    lambda tf: tf.nn.ctc_greedy_decoder(SPEECH, [6, 3]),
    lambda tf: tf.nn.ctc_greedy_decoder(SPEECH, [6, 3], merge_repeated=False),
    lambda tf: tf.nn.ctc_greedy_decoder(SPEECH, [6, 3], blank_index=0),
    lambda tf: tf.nn.ctc_beam_search_decoder(SPEECH, [6, 3], top_paths=3),
]


@pytest.mark.parametrize("call", DECODERS)
def test_same_labels_are_decoded(call):
    (ours, our_scores), (theirs, their_scores) = call(shim), call(tf)
    np.testing.assert_allclose(np.asarray(our_scores), their_scores.numpy(), rtol=LAYER)
    for a, b in zip(ours, theirs, strict=True):
        for part in ("indices", "values", "dense_shape"):
            np.testing.assert_array_equal(np.asarray(getattr(a, part)), getattr(b, part).numpy())


@pytest.mark.parametrize("normalize", [True, False])
def test_same_edit_distance(normalize):
    def distance(tf):
        sequences = [[[1, 2, 3], [4, 0, 0], [0, 0, 0], [5, 0, 0]], [[1, 3, 0], [4, 5, 0], [0, 0, 0], [0, 0, 0]]]
        return np.asarray(tf.edit_distance(*map(tf.sparse.from_dense, sequences), normalize=normalize))

    np.testing.assert_array_equal(distance(shim), distance(tf))
