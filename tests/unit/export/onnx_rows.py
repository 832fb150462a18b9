"""Layers as models of their own, exported to ONNX and run by ONNX Runtime: the table of `docs/onnx.md`."""

from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import onnxruntime

import minikeras as keras
from minikeras import layers, ops
from minikeras.exporting.onnx.onnx_model import onnx_model
from tests.parity.layer_rows import ROWS

ORACLES = Path(__file__).parents[1] / "layers" / "oracles"

NOT_EXPORTED = {
    **dict.fromkeys(("Layer", "Wrapper", "InputLayer", "InputSpec"), "nothing to compute"),
    **dict.fromkeys(("Hashing", "HashedCrossing"), "FarmHash or SipHash of text, which ONNX does not have"),
    "TFSMLayer": "what its own SavedModel computes is exported, as far as it can be",
    **dict.fromkeys(("JaxLayer", "FlaxLayer", "TorchModuleWrapper"), "functions of other libraries"),
}
"""name: why the layer cannot be exported, or has nothing to export."""


def deviation(model, arrays):
    """The largest difference of ONNX Runtime's outputs, relative to the largest output."""
    session = onnxruntime.InferenceSession(onnx_model(model).SerializeToString())
    names = [entry.name for entry in session.get_inputs()]
    found = session.run(None, dict(zip(names, arrays, strict=True)))
    inputs = keras.tree.pack_sequence_as(model.input, arrays)
    expected = [np.asarray(y) for y in keras.tree.flatten(model(inputs, training=False))]
    assert [(y.shape, y.dtype) for y in found] == [(y.shape, y.dtype) for y in expected]
    return max(_difference(*pair) for pair in zip(found, expected, strict=True))


def _difference(y, expected):
    y, expected = y.astype(float), expected.astype(float)
    assert np.array_equal(np.isfinite(y), np.isfinite(expected))
    most = np.max(np.abs(expected), initial=0)
    return float(np.max(np.abs(y - expected), initial=0) / most) if most else float(np.max(np.abs(y), initial=0))


def sequence():
    """(4, 7, 5) with steps of zeros, which `Masking` masks: at the end, in the middle, at the beginning."""
    x = np.random.default_rng(0).uniform(0.1, 0.9, (4, 7, 5)).astype("float32")
    x[0, 4:] = x[1, 2] = x[2, :2] = 0
    return x


def of_shape(*shape):
    return np.random.default_rng(1).uniform(0.1, 0.9, shape).astype("float32")


def functional(build, *arrays, unknown=()):
    """A function that makes (model, arrays): `build` of symbolic inputs, whose axes `unknown` have no length."""

    def make():
        inputs = [
            keras.Input(
                [None if axis in unknown else n for axis, n in enumerate(x.shape)][1:],
                dtype="string" if x.dtype == object else str(x.dtype),
            )
            for x in arrays
        ]
        model = keras.Model(inputs if len(inputs) > 1 else inputs[0], build(*inputs))
        spread(model)
        return model, list(arrays)

    return make


def spread(model):
    """Give the weights values at which no activation is saturated and no output is 0."""
    rng = np.random.default_rng(2)
    for weight in model.weights:
        if "seed" not in weight.path and "float" in weight.dtype:
            weight.assign(rng.uniform(0.3, 0.9, weight.shape) * rng.choice([-1, 1], weight.shape))
            if "variance" in weight.path:
                weight.assign(np.abs(weight.numpy()))


def _of_oracles():
    for path in sorted(ORACLES.glob("*.py")):
        if path.stem != "case":
            for case in import_module(f"tests.unit.layers.oracles.{path.stem}").CASES:
                if case.call_by is None:  # these masks have a fixed batch
                    yield case.layer, lambda case=case: _of_case(case)


def _of_case(case):
    layer, arrays = case.make("float32"), [_narrow(x) for x in case.draw_inputs()]
    inputs = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in arrays]
    call = {word: value for word, value in case.call.items() if word != "training"}
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], case.called(layer, inputs, **call)), arrays


def _narrow(x):
    return x.astype({"f": "float32", "i": "int32"}.get(x.dtype.kind, x.dtype))


def _of_families():
    for row in ROWS:
        call = {word: value for word, value in row.call.items() if word != "training"}

        def build(*inputs, row=row, call=call):
            return row.make(keras)(list(inputs) if len(inputs) > 1 else inputs[0], **call)

        yield row.layer, functional(build, *row.inputs())


RECURRENT = [
    {},
    {"return_sequences": True},
    {"return_sequences": True, "go_backwards": True},
    {"return_state": True},
    {"activation": "relu"},
    {"activation": "linear"},
    {"use_bias": False},
]
CONVOLUTIONS = {
    "Conv1D": ((9, 4), [{"padding": "causal", "dilation_rate": 2}, {"groups": 2, "strides": 2}, {"padding": "same"}]),
    "Conv2D": (
        (9, 8, 4),
        [
            {"groups": 2, "dilation_rate": 2, "padding": "same"},
            {"strides": 2, "padding": "same"},
            {"data_format": "channels_first"},
        ],
    ),
    "Conv3D": ((5, 6, 7, 4), [{"strides": 2}, {"padding": "same"}]),
    "DepthwiseConv1D": ((9, 4), [{"depth_multiplier": 2}]),
    "DepthwiseConv2D": ((9, 8, 4), [{"depth_multiplier": 2, "padding": "same", "strides": 2}]),
    "SeparableConv1D": ((9, 4), [{}]),
    "SeparableConv2D": ((9, 8, 4), [{"padding": "same"}]),
    "Conv1DTranspose": (
        (9, 4),
        [{"strides": 3, "padding": "same"}, {"strides": 2, "output_padding": 1}, {"dilation_rate": 2}],
    ),
    "Conv2DTranspose": ((9, 8, 4), [{"strides": 2, "padding": "same"}, {"strides": 3}]),
    "Conv3DTranspose": ((4, 5, 6, 4), [{"strides": 2}]),
}


def _more():
    """Masks, states, unknown lengths; layers without mathematics of their own."""
    for name in ("LSTM", "GRU", "SimpleRNN"):
        settings = [*RECURRENT, *([{"recurrent_activation": "hard_sigmoid"}] if name != "SimpleRNN" else [])]
        for arguments in [*settings, *([{"reset_after": False}] if name == "GRU" else [])]:
            layer = getattr(layers, name)
            yield name, functional(lambda x, c=layer, a=arguments: c(3, **a)(x), sequence(), unknown=(1,))
            masked = functional(
                lambda x, c=layer, a=arguments: c(3, **a)(layers.Masking()(x)), sequence(), unknown=(1,)
            )
            yield name, masked
    for name, (shape, settings) in CONVOLUTIONS.items():
        for arguments in settings:
            sizes = (3,) if name.startswith("Depthwise") else (4 if name.startswith("Separable") else 6, 3)
            axes = range(1, len(shape)) if "data_format" not in arguments else range(2, len(shape) + 1)
            build = lambda x, n=name, s=sizes, a=arguments: getattr(layers, n)(*s, **a)(x)  # noqa: E731
            yield name, functional(build, of_shape(2, *shape), unknown=tuple(axes))
    x = of_shape(2, 6, 5)
    yield (
        "LSTM",
        functional(
            lambda x, h, c: layers.LSTM(3)(x, initial_state=[h, c]), of_shape(4, 7, 5), of_shape(4, 3), of_shape(4, 3)
        ),
    )
    yield "RNN", functional(lambda x: layers.RNN([layers.LSTMCell(3), layers.GRUCell(4)], return_sequences=True)(x), x)
    for cell in ("LSTMCell", "GRUCell", "SimpleRNNCell"):
        yield cell, functional(lambda x, cell=cell: layers.RNN(getattr(layers, cell)(3))(x), x)
    yield "StackedRNNCells", functional(lambda x: layers.RNN(layers.StackedRNNCells([layers.GRUCell(3)]))(x), x)
    yield (
        "Bidirectional",
        functional(
            lambda x: layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="ave")(layers.Masking()(x)),
            sequence(),
            unknown=(1,),
        ),
    )
    yield "TimeDistributed", functional(lambda x: layers.TimeDistributed(layers.Dense(4))(x), sequence(), unknown=(1,))
    for rank in (1, 2, 3):
        convolution = getattr(layers, f"ConvLSTM{rank}D")
        yield f"ConvLSTM{rank}D", functional(lambda x, c=convolution: c(2, 2)(x), of_shape(2, 3, *[4] * rank, 2))
    yield "Masking", functional(lambda x: layers.Masking()(x), sequence(), unknown=(1,))
    tokens = np.random.default_rng(3).integers(0, 9, (3, 6)).astype("int32")
    for name in ("Embedding", "ReversibleEmbedding"):
        yield name, functional(lambda x, name=name: getattr(layers, name)(9, 4)(x), tokens, unknown=(1,))
    yield (
        "Embedding",
        functional(lambda x: layers.LSTM(3)(layers.Embedding(9, 4, mask_zero=True)(x)), tokens, unknown=(1,)),
    )
    for arguments in ({}, {"use_causal_mask": True}):
        for layer in (lambda: layers.MultiHeadAttention(2, 4), lambda: layers.GroupQueryAttention(4, 4, 2)):
            build = lambda x, c=layer, a=arguments: c()(layers.Masking()(x), x, **a)  # noqa: E731
            yield type(layer()).__name__, functional(build, sequence(), unknown=(1,))
    yield "GroupQueryAttention", functional(lambda x: layers.GroupQueryAttention(4, 4, 2)(x, x), sequence())
    yield "Lambda", functional(lambda x: layers.Lambda(lambda x: ops.sin(x) * 2)(x), x)
    yield (
        "Pipeline",
        functional(
            lambda x: layers.Pipeline([layers.Rescaling(2.0), layers.CenterCrop(3, 2)])(x), of_shape(2, 5, 4, 3)
        ),
    )
    yield "AugMix", functional(lambda x: layers.AugMix(value_range=(0, 1))(x), of_shape(2, 5, 4, 3))
    positions = np.array([[0.0, 1.5, 7.0]], "float32")
    yield "Discretization", functional(lambda x: layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])(x), positions)
    for mode in ("one_hot", "multi_hot", "count"):
        encode = layers.CategoryEncoding(num_tokens=9, output_mode=mode)
        yield "CategoryEncoding", functional(lambda x, encode=encode: encode(x), tokens)
    texts = np.array([["a", "ü", "none"], ["", "b", "a"]], object)
    for name, x, known, padding in (("IntegerLookup", tokens, [5, 2, 7], 0), ("StringLookup", texts, ["a", "ü"], "")):
        for arguments in ({}, {"mask_token": padding}, {"output_mode": "multi_hot"}, {"output_mode": "count"}):
            build = lambda x, n=name, v=known, a=arguments: getattr(layers, n)(vocabulary=v, **a)(x)  # noqa: E731
            yield name, functional(build, x, unknown=(1,) if arguments.get("output_mode") != "count" else ())
    for arguments in ({"num_oov_indices": 3}, {"invert": True}, {"output_mode": "tf_idf", "idf_weights": [1.0, 0.5]}):
        lookup = layers.IntegerLookup(vocabulary=[5, 2], **arguments)
        yield "IntegerLookup", functional(lambda x, lookup=lookup: lookup(x), tokens)
    for name, x, known in (("IntegerLookup", tokens, range(9)), ("StringLookup", texts, [*"aübc", "none", ""])):
        for mode in ("int", "multi_hot"):
            lookup = getattr(layers, name)(vocabulary=list(known), num_oov_indices=0, output_mode=mode)
            yield name, functional(lambda x, lookup=lookup: lookup(x), x)
    texts = np.array([["a  A,\tB-b ü!"], [""], ["don't\n\x0b\r\x0cÜ \\ \u00a0 [B] ''"], ["b " * 9]], object)
    for arguments in (
        *({"standardize": how} for how in (None, "lower", "strip_punctuation", "lower_and_strip_punctuation")),
        {"output_sequence_length": 3},
        {"output_sequence_length": 20},
        *({"output_mode": mode} for mode in ("multi_hot", "count")),
        {"output_mode": "tf_idf", "idf_weights": [1.0, 0.5, 2.0, 3.0]},
        {"standardize": None, "split": None},
    ):
        vectorize = layers.TextVectorization(vocabulary=["a", "b", "ü", "dont"], **arguments)
        yield "TextVectorization", functional(lambda x, vectorize=vectorize: vectorize(x), texts)
    for arguments in ({}, {"clip_limit": 0, "tile_grid_size": (2, 3)}, {"data_format": "channels_first"}):
        layer = layers.ContrastLimitedAdaptiveHistogramEqualization(**arguments)
        images = of_shape(2, 11, 14, 3) * 255
        yield type(layer).__name__, functional(lambda x, layer=layer: layer(x), images)
    for number, unknown in ((2, ()), (6, ()), (6, (1,))):
        layer = layers.MaxNumBoundingBoxes(number, bounding_box_format="xyxy")

        def build(boxes, labels, layer=layer):
            return layer({"images": boxes[:, :, :, None], "bounding_boxes": {"boxes": boxes, "labels": labels}})

        yield type(layer).__name__, functional(build, of_shape(2, 4, 4), of_shape(2, 4), unknown=unknown)


@cache
def rows():
    """{name of a layer: functions that make (model, arrays)}."""
    found = defaultdict(list)
    for table in (_of_oracles(), _of_families(), _more()):
        for name, make in table:
            found[name].append(make)
    return {name: found[name] for name in sorted(found) if name not in NOT_EXPORTED}
