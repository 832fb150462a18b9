"""Whole models as ONNX files: several inputs, nested models, unknown lengths, ops, what cannot be expressed."""

import resource
import sys

import numpy as np
import onnx
import onnxruntime
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.base.errors import InvalidArgumentError
from minikeras.exporting.onnx import writing
from minikeras.exporting.onnx.onnx_model import onnx_model
from minikeras.tensors import strings
from tests.unit.export.onnx_rows import deviation, functional, of_shape, spread
from tests.unit.export.test_onnx_layers import FLOAT32
from tests.unit.export.test_saved_models import StringOps


def run(path, *arrays):
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {entry.name: x for entry, x in zip(session.get_inputs(), arrays, strict=True)})


def small_network():
    model = keras.Sequential(
        [
            keras.Input((None, None, 3), name="image"),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", name="classes"),
        ],
        name="small",
    )
    spread(model)
    return model


@pytest.mark.parametrize("opset", [13, None, 21])
def test_a_file_for_each_version_of_the_operators(opset, tmp_path, capsys):
    model, x = small_network(), of_shape(3, 9, 8, 3)
    model.export(tmp_path / "model.onnx", format="onnx", opset_version=opset)
    assert "model.onnx" in capsys.readouterr().out
    proto = onnx.load(tmp_path / "model.onnx")
    assert proto.opset_import[0].version == (opset or 18)
    (y,) = run(tmp_path / "model.onnx", x)
    np.testing.assert_allclose(y, model(x, training=False), rtol=FLOAT32)
    (entry,) = proto.graph.input
    assert entry.name == "image"
    assert [d.dim_param or d.dim_value for d in entry.type.tensor_type.shape.dim] == ["batch", "dim_0_1", "dim_0_2", 3]


def test_weights_are_stored_once_under_their_paths():
    model = small_network()
    names = {tensor.name for tensor in onnx_model(model).graph.initializer}
    assert "small/classes/kernel" in names


def test_dicts_of_inputs_and_outputs_shared_and_nested_models():
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    shared = keras.Sequential([keras.Input((5,)), layers.Dense(4, "relu"), layers.Dense(3)])
    outputs = {
        "sum": layers.Add()([shared(left), shared(right)]),
        "twice": layers.Lambda(lambda x: x * 2)(shared(left)),
    }
    model = keras.Model({"left": left, "right": right}, outputs)
    spread(model)
    assert deviation(model, [of_shape(2, 5), of_shape(2, 5)]) < FLOAT32
    assert [entry.name for entry in onnx_model(model).graph.output] == ["sum", "twice"]


class Positions(keras.Model):
    """Adds learned and counted positions of a sequence of any length; never told its shape but by a call."""

    def __init__(self):
        super().__init__()
        self.project = layers.Dense(6)
        self.table = self.add_weight(shape=(50, 6), initializer="normal")

    def call(self, x, training=False):
        length = ops.shape(x)[1]
        counted = ops.cast(ops.arange(length), "float32")[None, :, None]
        return self.project(x) + self.table[:length] + counted


def test_a_subclass_needs_a_call_or_a_signature(tmp_path):
    model = Positions()
    with pytest.raises(ValueError, match="never been called"):
        model.export(tmp_path / "model.onnx", format="onnx")
    model(of_shape(2, 4, 5))
    model.export(tmp_path / "m.onnx", "onnx", False, [keras.InputSpec(shape=(None, None, 5), dtype="float32")])
    x = of_shape(3, 11, 5)
    np.testing.assert_allclose(run(tmp_path / "m.onnx", x)[0], model(x), rtol=FLOAT32)


class Loop(keras.Model):
    """Runs a cell of which there is no fused loop."""

    def __init__(self):
        super().__init__()
        self.rnn = layers.RNN(layers.GRUCell(2))

    def call(self, x):
        return self.rnn(x)


USES = {
    "cut": lambda x: [
        *(x[:, ::-1, 1:4], x[:, -1], x[..., None, 2], x[:, None, ..., -2]),
        *(ops.take(x, [1, 0], axis=-1), ops.diff(x, axis=-1)),
    ],
    "order": lambda x: [ops.sort(x, axis=-1), ops.roll(x, 2, axis=1), ops.flip(x, 1), ops.top_k(x, 3)[0]],
    "sums": lambda x: [ops.max(x, axis=(1, 2)), ops.std(x, axis=1), ops.logsumexp(x, axis=-1), ops.cumsum(x, axis=1)],
    "functions": lambda x: [
        ops.log1p(x),
        ops.expm1(x),
        ops.arctan2(x, x - 0.5),
        ops.floor(x * 7) // 2,
        ops.mod(x * 9, 2.0),
    ],
    "products": lambda x: [ops.einsum("btf,bsf->bts", x, x), ops.tril(ops.matmul(x, ops.swapaxes(x, 1, 2)))],
    "shapes": lambda x: [ops.pad(x, [[0, 0], [1, 2], [0, 0]]), ops.tile(x, (1, 2, 1)), ops.expand_dims(x, 2)],
    "classes": lambda x: [ops.argmax(x, axis=1), ops.one_hot(ops.cast(x * 6, "int32"), 6), ops.where(x > 0.5, x, 0.0)],
    "fourier": lambda x: list(ops.fft((x, x))) + list(ops.rfft(x)),
    "functions of one": lambda x: [
        *(f(x) for f in (ops.erf, ops.cbrt, ops.log2, ops.exp2, ops.rsqrt, ops.reciprocal)),
        *(ops.round(x, 1), ops.trunc(x * 3), ops.sign(x - 0.5), ops.hypot(x, x)),
    ],
    "tests": lambda x: [
        *(f(x) for f in (ops.isnan, ops.isinf, ops.isposinf, ops.isneginf, ops.isfinite, ops.nan_to_num)),
        *(ops.logical_xor(x > 0.5, x < 0.2), ops.any(x > 0.5, axis=1), ops.all(x > 0.1, axis=-1)),
        *(ops.count_nonzero(x > 0.5, axis=-1), ops.isin(ops.cast(x * 9, "int32"), [1, 3, 5])),
        ops.isin(ops.cast(x * 9, "int32"), [2, 4], invert=True),
    ],
    "statistics": lambda x: [
        *(ops.prod(x, axis=-1), ops.var(x, axis=1), ops.median(x, axis=-1), ops.quantile(x, 0.3, axis=-1)),
        *(ops.average(x, axis=1), ops.argsort(x, axis=1), ops.argmin(x, axis=-1, keepdims=True), ops.argmax(x[:, 0])),
    ],
    "activations": lambda x: [
        f(x - 0.5)
        for f in (
            *(ops.softmax, ops.log_softmax, ops.sparsemax, ops.sparse_plus, ops.sparse_sigmoid, ops.hard_swish),
            *(ops.celu, ops.elu, ops.selu, ops.glu, ops.squareplus, ops.soft_shrink, ops.hard_shrink),
            *(ops.log_sigmoid, ops.relu6, ops.silu, ops.hard_tanh, ops.softplus, ops.softsign, ops.leaky_relu),
        )
    ],
    "softmax over another axis": lambda x: [
        *(ops.softmax(x, axis=1), ops.sparsemax(x, axis=1), ops.softmax(x, axis=(1, 2))),
    ],
    "vectors": lambda x: [
        *(ops.norm(x, axis=-1), ops.dot(x, ops.ones((6, 2))), ops.outer(x[0, 0], x[0, 1])),
        *(ops.cross(x[..., :3], x[..., 3:]), ops.einsum("btf,bsf,bs->bt", x, x, x[..., 0])),
    ],
    "parts": lambda x: [
        *(*ops.split(x, 3, axis=-1), *ops.unstack(x, axis=-1)[:2], ops.stack([x, x], axis=1)),
        *(ops.repeat(x, 2, axis=1), ops.moveaxis(x, 1, 2), ops.scatter_update(x, [[0, 0, 1]], [5.0])),
        *(ops.take_along_axis(x, ops.cast(x[..., :2] * 5, "int32"), axis=-1), ops.take(x, [-1, 0], axis=1)),
        *(ops.roll(x, (1, -2), axis=(1, 2)), ops.concatenate([x, ops.cast(x * 9, "int32")], axis=-1)),
    ],
    "small integers": lambda x: [
        *(ops.cast(x * 9, "int8") + ops.cast(x * 5, "int8"), ops.cast(x * 9, "uint8") // 2, ops.cast(x * 3, "bool")),
        *(ops.maximum(ops.cast(x * 9, "int16"), 3), ops.bitwise_and(ops.cast(x * 9, "int32"), 3)),
        *(ops.add(x > 0.5, x > 0.2), ops.maximum(x > 0.5, x > 0.8), ops.bitwise_and(x > 0.2, x < 0.6)),
    ],
    "limits": lambda x: [
        *(ops.clip(x, 0.2, 0.7), ops.maximum(x, 0.5), ops.minimum(x, 0.5), ops.power(x, 3), ops.floor_divide(x * 9, 2)),
        *(ops.floor_divide(ops.cast(x * 9, "int32") - 5, 2), ops.mod(ops.cast(x * 9, "int32") - 5, 3)),
    ],
    "classes of indices": lambda x: [
        *(ops.multi_hot(ops.cast(x[0] * 5, "int32"), 6), ops.one_hot(ops.cast(x * 5, "int32"), 6, axis=1)),
        *(ops.searchsorted(ops.array([0.1, 0.5, 0.8]), x[0, 0]), ops.digitize(x, ops.array([0.1, 0.5, 0.8]))),
    ],
    "windows": lambda x: [
        *(ops.conv(x, ops.ones((2, 6, 3)), padding="same"), ops.max_pool(x, 2, padding="same")),
        ops.average_pool(x, 2, padding="same"),
    ],
    "diagonals": lambda x: [
        *(ops.diagonal(gram(x), axis1=1, axis2=2), ops.trace(gram(x), axis1=1, axis2=2), ops.det(gram(x))),
        *(ops.triu(gram(x), 1), ops.tril(gram(x), -1)),
    ],
}


def gram(x):
    """Positive definite matrices."""
    return ops.matmul(ops.transpose(x, (0, 2, 1)), x) + ops.eye(6) * 3


@pytest.mark.parametrize("name", USES)
def test_ops_in_functional_models(name):
    assert deviation(*functional(USES[name], of_shape(3, 5, 6), unknown=(1,))()) < FLOAT32


def test_a_network_of_halves_finds_lengths_that_it_accepts():
    def build(x):
        y = layers.Conv2D(4, 3, padding="same")(layers.MaxPooling2D(4)(x))
        return layers.Concatenate()([x, layers.UpSampling2D(4, interpolation="bilinear")(y)])

    assert deviation(*functional(build, of_shape(1, 8, 12, 3), unknown=(1, 2))()) < FLOAT32


@pytest.mark.full
@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetV2B0", "ConvNeXtTiny"])
def test_networks_of_applications(name):
    network = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=3)
    assert deviation(network, [of_shape(2, 32, 32, 3) * 255]) < FLOAT32


def test_an_input_that_is_an_output_has_two_names(tmp_path):
    entry = keras.Input((3,), name="entry")
    model = keras.Model(entry, [entry, entry * 2])
    assert deviation(model, [of_shape(2, 3)]) == 0
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)  # which checks it


def test_errors_name_the_layer_and_the_op():
    model = functional(lambda x: layers.Lambda(ops.erfinv, name="inverse")(x), of_shape(2, 3))()[0]
    with pytest.raises(ValueError, match=r"op Erfinv of the layer '.*inverse'"):
        onnx_model(model)


def test_a_python_loop_over_an_axis_needs_its_length():
    loop = Loop()
    loop(of_shape(2, 3, 4))
    with pytest.raises(ValueError, match="fixed lengths"):
        onnx_model(loop, [keras.InputSpec(shape=(None, None, 4))])


def test_wrong_versions_and_specifications():
    model = small_network()
    with pytest.raises(ValueError, match="opset_version"):
        onnx_model(model, opset_version=7)
    with pytest.raises(ValueError, match="must have a shape"):
        onnx_model(model, [object()])


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match="pip install onnx"):
        small_network().export(tmp_path / "model.onnx", format="onnx")


def test_large_weights_go_to_a_file_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MESSAGE_LIMIT", 1000)
    model = functional(lambda x: layers.Dense(20)(x), of_shape(2, 30))()[0]
    for _ in range(2):  # the second time over the first
        model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    assert (tmp_path / "model.onnx.data").stat().st_size < 2 * 30 * 20 * 4
    assert (tmp_path / "model.onnx").stat().st_size < 1000
    np.testing.assert_allclose(run(tmp_path / "model.onnx", of_shape(2, 30))[0], model(of_shape(2, 30)), rtol=FLOAT32)


@pytest.mark.parametrize("limit", [writing.MESSAGE_LIMIT, 1000], ids=["one file", "weights beside it"])
def test_a_failed_export_leaves_the_earlier_files(limit, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MESSAGE_LIMIT", limit)
    model = functional(lambda x: layers.Dense(200)(x), of_shape(2, 30))()[0]
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    spread(model)
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, whole[1]))  # as a full disk
    try:
        with pytest.raises(OSError, match="too large"):
            model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, whole)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


class Deciding(keras.Model):
    """Its Python decides by something."""

    def __init__(self, decide):
        super().__init__(name="deciding")
        self.decide = decide

    def call(self, x):
        return self.decide(x)


BRANCHES = {
    "short inputs": (lambda x: x * 2 if x.shape[1] > 9 else x, "shape \\(1, 3, 4\\)"),
    "long inputs": (lambda x: x[:, :512] if x.shape[1] > 512 else x, "shape \\(4, 600, 4\\)"),
    "one sample": (lambda x: x[:1] * 2 if x.shape[0] == 1 else x * 2, "shape \\(1, 3, 4\\)"),
    "a setting": (lambda x: ops.sum(x, axis=1 if x.shape[1] > 4 else 2), "shape \\(1, 3, 4\\)"),
    "a number": (lambda x: x * min(x.shape[1], 9), "shape \\(1, 3, 4\\)"),
    "an output": (lambda x: (x * 2, x * 3)[int(x.shape[1] > 9)], "shape \\(1, 3, 4\\)"),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_python_that_decides_by_a_length_warns(name):
    decide, shape = BRANCHES[name]
    with pytest.warns(UserWarning, match=f"'deciding' does something else for inputs of the {shape}"):
        onnx_model(Deciding(decide), [keras.InputSpec(shape=(None, None, 4))])


@pytest.mark.parametrize("read", [lambda x: ops.mean(x) > 0, lambda x: float(ops.max(x)) > 2, lambda x: np.any(x)])
def test_python_that_decides_by_values_is_an_error(read):
    with pytest.raises(ValueError, match="reads the values of a tensor"):
        onnx_model(Deciding(lambda x: x * 2 if read(x) else x), [keras.InputSpec(shape=(None, 4))])


@pytest.mark.parametrize("format", ["litert", "openvino", "torch"])
def test_other_formats_say_how_to_get_there(format, tmp_path):
    with pytest.raises(NotImplementedError, match=r"model\.save\('model\.keras'\)"):
        small_network().export(tmp_path / "model", format=format)


def test_an_unknown_format(tmp_path):
    with pytest.raises(ValueError, match=r"Unrecognized format=onx. Did you mean 'onnx'"):
        small_network().export(tmp_path / "model", format="onx")


def test_a_vocabulary_of_text_in_front_of_a_network_and_behind_it():
    words = ["rain", "sun", "ü"]
    inputs = keras.Input((None,), dtype="string")
    indices = layers.StringLookup(vocabulary=words)(inputs)
    scores = layers.Dense(4)(layers.GlobalAveragePooling1D()(layers.Embedding(4, 3)(indices)))
    best = layers.StringLookup(vocabulary=words, invert=True)(ops.argmax(scores, axis=-1))
    model = keras.Model(inputs, [scores, best])
    spread(model)
    x = np.array([["rain", "none", "ü"], ["sun", "", "sun"]], object)
    found, names = run(onnx_model(model).SerializeToString(), x)
    expected, tokens = model(ops.convert_to_tensor(x))
    np.testing.assert_allclose(found, expected, rtol=FLOAT32)
    assert names.tolist() == [token.decode() for token in tokens.numpy()]


def assert_same_for_batches(model, *batches, equal=np.testing.assert_array_equal):
    session = onnxruntime.InferenceSession(onnx_model(model).SerializeToString())
    names = [entry.name for entry in session.get_inputs()]
    for batch in batches:
        found = session.run(None, dict(zip(names, keras.tree.flatten(batch), strict=True)))
        expected = keras.tree.flatten(model(keras.tree.map_structure(ops.convert_to_tensor, batch), training=False))
        for y, other in zip(found, expected, strict=True):
            equal(y, np.asarray(other))


@pytest.mark.parametrize("grid", [(8, 8), (2, 3)])
@pytest.mark.parametrize("clip_limit", [4.0, 0])
@pytest.mark.parametrize("size", [(13, 17), (3, 4)])
def test_tiles_equalized_with_limited_contrast(grid, clip_limit, size):
    inputs = keras.Input((*size, 2))
    layer = layers.ContrastLimitedAdaptiveHistogramEqualization((0, 1), clip_limit, grid)
    model = keras.Model(inputs, layer(inputs))
    assert_same_for_batches(model, of_shape(1, *size, 2), of_shape(3, *size, 2) ** 3, of_shape(0, *size, 2))


def test_tiles_of_images_of_unknown_size():
    inputs = keras.Input((None, 16, 1))
    model = keras.Model(inputs, layers.ContrastLimitedAdaptiveHistogramEqualization(name="tiles")(inputs))
    with pytest.raises(ValueError, match=r"'.*/tiles'.* needs images of known height and width \(`input_signature`\)"):
        onnx_model(model)
    onnx_model(model, [keras.InputSpec(shape=(None, 8, 16, 1))])
    with pytest.raises(ValueError, match="`opset_version=16` or newer"):
        onnx_model(model, [keras.InputSpec(shape=(None, 8, 16, 1))], opset_version=15)


@pytest.mark.parametrize("number", [2, 100])
def test_any_number_of_boxes_becomes_the_same(number):
    boxes = {"boxes": keras.Input((None, 4)), "labels": keras.Input((None,), dtype="int32")}
    data = {"images": keras.Input((4, 5, 3)), "bounding_boxes": boxes}
    model = keras.Model(data, layers.MaxNumBoundingBoxes(number, bounding_box_format="xyxy")(data))

    def batch(size, count):
        boxes = {"boxes": of_shape(size, count, 4), "labels": np.ones((size, count), "int32")}
        return {"images": of_shape(size, 4, 5, 3), "bounding_boxes": boxes}

    assert_same_for_batches(model, batch(1, 3), batch(3, 1), batch(2, 0), batch(2, 150))


@pytest.mark.parametrize("mode", ["int", "multi_hot", "count"])
@pytest.mark.parametrize("masks", [False, True])
def test_lookups_without_unknown_tokens_refuse_them(mode, masks):
    for cls, dtype, known, mask, unknown in [
        (layers.StringLookup, "string", ["a", "ü"], "", "none"),
        (layers.IntegerLookup, "int64", [3, 7], 0, 5),
    ]:
        inputs = keras.Input((2,), dtype=dtype)
        settings = {"mask_token": mask} if masks else {}
        model = keras.Model(inputs, cls(vocabulary=known, num_oov_indices=0, output_mode=mode, **settings)(inputs))
        rows = [known, [known[1], mask if masks else known[1]], known[::-1]]
        rows = np.array(rows, object if dtype == "string" else dtype)
        assert_same_for_batches(model, rows, rows[1:2])
        with pytest.raises(Exception, match="out of data bounds"):
            run(onnx_model(model).SerializeToString(), np.array([[known[0], unknown]], rows.dtype))
        with pytest.raises(InvalidArgumentError):
            model(ops.convert_to_tensor(np.array([[known[0], unknown]], rows.dtype)))


@pytest.mark.parametrize("how", [None, "lower", "strip_punctuation", "lower_and_strip_punctuation"])
@pytest.mark.parametrize("arguments", [{}, {"output_sequence_length": 4}, {"output_mode": "count"}])
def test_texts_cut_into_words(how, arguments):
    texts = [
        "a b",
        "A,  b\ta!",
        "",
        "don't ÄÖ b\n\nu's c",
        "!!!  ,",
        "a-b a\u00a0b \rb\x0bc\x0cd",
        "a " * 9,
        '[b] {a} \\ "c"',
    ]
    inputs = keras.Input((1,), dtype="string")
    words = layers.TextVectorization(vocabulary=["a", "b", "c", "dont", "äö", "Äö"], standardize=how, **arguments)
    model = keras.Model(inputs, words(inputs))
    batches = [np.array(part, object)[:, None] for part in (texts, texts[3:4], texts[2:3], texts[5:])]
    assert_same_for_batches(model, *batches)
    assert onnx_model(model).opset_import[0].version == 20
    with pytest.raises(ValueError, match="`opset_version=20` or newer"):
        onnx_model(model, opset_version=18)


def test_words_in_front_of_a_network():
    inputs = keras.Input((1,), dtype="string")
    tokens = layers.TextVectorization(vocabulary=["sun", "rain"])(inputs)
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling1D()(layers.Embedding(4, 3)(tokens))))
    spread(model)
    batches = [np.array(texts, object)[:, None] for texts in (["Rain, rain; sun!", "fog"], ["sun"])]
    assert_same_for_batches(model, *batches, equal=lambda y, other: np.testing.assert_allclose(y, other, rtol=FLOAT32))


def test_numbers_of_words_of_two_texts_may_differ():
    inputs = keras.Input((2,), dtype="string")

    def model(**arguments):
        parts = inputs[:, 0], inputs[:, 1:]
        return keras.Model(inputs, [layers.TextVectorization(vocabulary=["a"], **arguments)(part) for part in parts])

    with pytest.raises(ValueError, match="`output_sequence_length`"):
        onnx_model(model())
    for arguments in ({"output_sequence_length": 2}, {"output_mode": "count"}):
        assert_same_for_batches(model(**arguments), np.array([["a b a", ""], ["", "a"]], object))


def test_text_that_onnx_cannot_split_or_hash_names_the_layer():
    inputs = keras.Input((2,), dtype="string")
    words = {"vocabulary": ["a"], "name": "words"}
    for layer, reason in [
        (layers.StringLookup(vocabulary=["a"], num_oov_indices=2, name="spread"), "/spread'.* unknown tokens by their"),
        (layers.Hashing(5, name="hashing"), "/hashing'.* FarmHash"),
        (layers.TextVectorization(ngrams=2, **words), "/words'.* n-grams"),
        (layers.TextVectorization(split="character", standardize=None, **words), "/words' calls `unicode_split`"),
        (layers.TextVectorization(split=None, **words), "/words' calls `translate`"),
        (layers.TextVectorization(ragged=True, standardize=None, **words), "/words' calls `split`"),
        (layers.TextVectorization(output_mode="count", sparse=True, **words), "SparseTensor"),
    ]:
        with pytest.raises(ValueError, match=f"ONNX.*{reason}"):
            onnx_model(keras.Model(inputs, layer(inputs[:, :1])))
    crossed = layers.HashedCrossing(5, name="crossing")([inputs[:, :1], inputs[:, 1:]])
    with pytest.raises(ValueError, match=r"/crossing'.* FarmHash"):
        onnx_model(keras.Model(inputs, crossed))


def test_functions_of_text_are_no_constants():
    inputs = keras.Input((2,), dtype="string")
    for function in (strings.length, lambda x: strings.regex_full_match(x, "a.*")):
        model = keras.Model(inputs, layers.Lambda(function, output_shape=(2,), name="facts")(inputs))
        with pytest.raises(ValueError, match="/facts' calls `"):
            onnx_model(model)


class Counting(keras.layers.Layer):
    """Returns how often it has been called, by a Variable."""

    def __init__(self):
        super().__init__()
        self.count = self.add_weight((), initializer="zeros", trainable=False)

    def call(self, x):
        self.count.assign_add(1.0)
        return x + self.count


def test_recording_leaves_variables_as_they_were_and_each_run_begins_with_their_values(tmp_path):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, {"counted": Counting()(inputs)})
    x = of_shape(3, 2)
    model(x)
    with pytest.warns(match="assigns to Variables"):
        model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    assert [output.name for output in onnx.load(tmp_path / "model.onnx").graph.output] == ["counted"]
    assert model.variables[0].numpy() == 1.0
    for _ in range(2):
        (y,) = run(tmp_path / "model.onnx", x)
        np.testing.assert_allclose(y, x + 2.0)


def test_a_metric_that_a_layer_updates_is_no_part_of_the_file(tmp_path):
    class Measured(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.mean = keras.metrics.Mean()

        def call(self, x):
            self.mean.update_state(x)
            return x * 2.0

    inputs = keras.Input((2,))
    model = keras.Model(inputs, Measured()(inputs))
    x = of_shape(3, 2)
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    np.testing.assert_allclose(run(tmp_path / "model.onnx", x)[0], x * 2.0)


def test_strings_are_joined_and_compared():
    x = keras.Input((2,), dtype="string")
    session = onnxruntime.InferenceSession(onnx_model(keras.Model(x, StringOps()(x))).SerializeToString())
    doubled, joined, equal = session.run(None, {session.get_inputs()[0].name: np.array([["a", "b"]], object)})
    assert [doubled.tolist(), joined.tolist(), equal.tolist()] == [
        [["aa", "bb"]],
        [["a", "b", "a", "b"]],
        [[True, False]],
    ]
