"""Attention layers against tf.keras's: outputs, scores, gradients, masks, training, files."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from minikeras import Tensor
from tests.parity.backends import both, random_projection
from tests.parity.comparing import LAYER, STEPS, assert_close, assert_same_nested

import keras  # isort: skip
import tensorflow as tf  # isort: skip

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

HALF = 5e-3  # float16 rounds to 5e-4, sums of some terms among them
TARGETS, SOURCES, GRID = (3, 4, 6), (3, 5, 6), (2, 3, 4, 6)
MASK = np.tri(4, 5, 2, dtype=bool)[None].repeat(3, axis=0)
SQUARE = np.random.default_rng(0).random((3, 4, 4)) > 0.4
MHA, GQA = "MultiHeadAttention", "GroupQueryAttention"
HEADS = {"num_heads": 2, "key_dim": 3}
GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}

# (layer, arguments, shapes of query, value and perhaps key, arguments of the call)
CASES = [
    (MHA, HEADS, [TARGETS, SOURCES], {}),
    (MHA, HEADS, [TARGETS, SOURCES], {"return_attention_scores": True}),
    (MHA, {**HEADS, "value_dim": 5, "output_shape": 7, "use_bias": False}, [TARGETS, SOURCES, (3, 5, 2)], {}),
    (MHA, {**HEADS, "output_shape": (2, 5)}, [TARGETS, SOURCES], {"attention_mask": MASK}),
    (MHA, HEADS, [TARGETS, TARGETS], {"use_causal_mask": True}),
    (MHA, HEADS, [TARGETS, TARGETS], {"use_causal_mask": True, "attention_mask": SQUARE}),
    (MHA, HEADS, [TARGETS, TARGETS], {"use_causal_mask": True, "return_attention_scores": True}),
    (MHA, {**HEADS, "attention_axes": 2}, [GRID, GRID], {}),
    (MHA, {**HEADS, "attention_axes": (1, -2)}, [GRID, GRID], {"return_attention_scores": True}),
    (MHA, {**HEADS, "dropout": 0.4, "seed": 3}, [TARGETS, SOURCES], {"training": True}),
    (MHA, {**HEADS, "dropout": 0.4}, [TARGETS, TARGETS], {"use_causal_mask": True}),
    (MHA, {**HEADS, "sliding_window": 2, "kernel_regularizer": "l2"}, [TARGETS, SOURCES], {}),
    (MHA, {**HEADS, "use_gate": True, "kernel_initializer": "he_normal"}, [TARGETS, SOURCES], {}),
    (GQA, GROUPS, [TARGETS, SOURCES], {}),
    (GQA, {**GROUPS, "use_gate": True}, [TARGETS, TARGETS], {"use_causal_mask": True}),
    (GQA, {**GROUPS, "sliding_window": 2}, [TARGETS, SOURCES, SOURCES], {"attention_mask": MASK}),
    (GQA, {**GROUPS, "dropout": 0.4, "seed": 3}, [TARGETS, SOURCES], {"training": True}),
    (GQA, {**GROUPS, "use_bias": False}, [TARGETS, SOURCES], {"return_attention_scores": True}),
    ("Attention", {}, [TARGETS, SOURCES], {}),
    ("Attention", {"use_scale": True}, [TARGETS, SOURCES, SOURCES], {"return_attention_scores": True}),
    ("Attention", {"use_scale": True, "score_mode": "concat"}, [TARGETS, SOURCES], {}),
    ("Attention", {"score_mode": "concat"}, [TARGETS, TARGETS], {"use_causal_mask": True}),
    ("Attention", {"dropout": 0.4, "seed": 3}, [TARGETS, SOURCES], {"training": True}),
    ("AdditiveAttention", {}, [TARGETS, SOURCES], {}),
    ("AdditiveAttention", {"use_scale": False}, [TARGETS, TARGETS], {"use_causal_mask": True}),
]


def case_id(case):
    given = {**case[1], **{name: "…" if isinstance(value, np.ndarray) else value for name, value in case[3].items()}}
    return "-".join([case[0], str(case[2]), *[f"{name}={value}" for name, value in given.items()]])


def arrays(shapes):
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def called(layer, tensors, **call):
    """Query, value and key are arguments, or one list."""
    return (
        layer(list(tensors), **call)
        if type(layer).__name__.removeprefix("Additive") == "Attention"
        else layer(*tensors, **call)
    )


def everything(keras_, tensor, tape, case):
    """(layer, outputs as a list, gradients of the inputs and weights)"""
    name, arguments, shapes, call = case
    layer = getattr(keras_.layers, name)(**arguments)
    tensors = [tensor(x) for x in arrays(shapes)]
    called(layer, tensors, **{k: v for k, v in call.items() if k != "training"})
    with tape() as watching:
        for x in tensors:
            watching.watch(x)
        outputs = called(layer, tensors, **call)
        outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
        total = sum(keras_.ops.sum(y * random_projection(y.shape)) for y in outputs)
    variables = layer.trainable_variables
    gradients = watching.gradient(total, tensors + [v if keras_ is minikeras else v.value for v in variables])
    return layer, [np.asarray(y) for y in outputs], [None if g is None else np.asarray(g) for g in gradients]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_outputs_and_gradients(case):
    sides = {minikeras: (Tensor, minikeras.GradientTape), keras: (tf.constant, tf.GradientTape)}
    ours, theirs = both(lambda keras_: everything(keras_, *sides[keras_], case))
    assert [v.path for v in ours[0].weights] == [v.path for v in theirs[0].weights]
    assert _plain(ours[0].get_config()) == _plain(theirs[0].get_config())
    assert_same_nested("attention: first weights", ours[0].get_weights(), theirs[0].get_weights(), 0, "weights")
    assert_same_nested("attention: outputs", ours[1], theirs[1], LAYER, "outputs")
    names = [str(i) for i in range(len(case[2]))] + [v.path for v in ours[0].trainable_variables]
    largest = max(np.abs(g).max() for g in theirs[2] if g is not None)
    for name, g_ours, g_theirs in zip(names, ours[2], theirs[2], strict=True):
        if name.endswith("key/bias"):  # 0, as the softmax is: what is left is rounding
            assert max(np.abs(g_ours).max(), np.abs(g_theirs).max()) < LAYER * largest
        else:
            assert_same_nested("attention: gradients", g_ours, g_theirs, LAYER, f"gradient of {name}")


@pytest.mark.parametrize("case", [case for case in CASES if "training" not in case[3]], ids=case_id)
def test_mixed_precision(case):
    name, arguments, shapes, call = case

    def outputs(keras_):
        y = called(getattr(keras_.layers, name)(**arguments, dtype="mixed_float16"), arrays(shapes), **call)
        return [np.asarray(part) for part in (y if isinstance(y, tuple) else [y])]

    ours, theirs = both(outputs)
    assert [y.dtype for y in ours] == [y.dtype for y in theirs]
    assert_same_nested("attention: float16", ours, theirs, HALF, name)


TOKENS = np.array([[1, 2, 0, 0], [3, 4, 5, 0], [2, 1, 3, 4]], "int32")


def encoder(keras_):
    """Masks from the embeddings, each kind of attention, causal attention, residual connections, a mean over steps."""
    layers = keras_.layers
    tokens = keras_.Input((None,), dtype="int32")
    x = layers.Embedding(6, 8, mask_zero=True)(tokens)
    others = layers.Embedding(6, 8, mask_zero=True)(tokens)
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)]))
    x = x + layers.MultiHeadAttention(2, 4, dropout=0.2, seed=5)(x, others, use_causal_mask=True)
    x = x + layers.GroupQueryAttention(4, 4, 2)(x, others)
    x = x + layers.Attention()([x, others]) + layers.AdditiveAttention()([others, x])
    x, _ = layers.MultiHeadAttention(2, 3, name="last")(x, x, return_attention_scores=True)
    model = keras_.Model(tokens, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))
    model.compile("sgd", "mse")
    return model


@pytest.mark.filterwarnings("ignore:Layer .* (was passed an input with a|does not pass the) mask:UserWarning")
def test_a_model_in_training_and_in_files(tmp_path):
    y = np.random.default_rng(2).normal(size=(3, 2)).astype("float32")

    def train(keras_):
        model = encoder(keras_)
        return model, np.float32([model.train_on_batch(TOKENS, y) for _ in range(4)])

    (ours, losses_ours), (theirs, losses_theirs) = both(train)
    assert_close("attention: losses", losses_ours, losses_theirs, STEPS, "losses")
    assert_same_nested("attention: trained", ours.get_weights(), theirs.get_weights(), STEPS, "weights")
    expected = theirs.predict_on_batch(TOKENS)
    theirs.save(tmp_path / "theirs.keras")
    ours.save(tmp_path / "ours.keras")
    read = minikeras.models.load_model(tmp_path / "theirs.keras")
    assert _plain(read.get_config()) == _plain(theirs.get_config())
    assert_close("attention: files", read.predict_on_batch(TOKENS), expected, STEPS, "read")
    read = keras.models.load_model(tmp_path / "ours.keras")
    assert_close("attention: files", read.predict_on_batch(TOKENS), expected, STEPS, "written")


@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention", "Add", "Multiply", "Maximum"])
def test_masks_of_the_outputs(name):
    """They are those of the query; where inputs are merged, of all, which broadcast."""

    def run(keras_):
        embedding = keras_.layers.Embedding(6, 4, mask_zero=True)
        inputs = [embedding(TOKENS), embedding(TOKENS[:, 2:3] if name in ("Add", "Maximum") else TOKENS)]
        layer = getattr(keras_.layers, name)()
        return layer.supports_masking, np.asarray(layer(inputs)._keras_mask).tolist()

    ours, theirs = both(run)
    assert ours == theirs


def _plain(config):
    if isinstance(config, dict):
        return {key: _plain(value) for key, value in config.items()}
    return [_plain(value) for value in config] if isinstance(config, (list, tuple)) else config
