"""A `tf.Module` of TensorFlow with functions of all forms, loaded here: results, attributes, types of errors."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from minikeras.compat import tensorflow as namespace  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*got an unexpected keyword:DeprecationWarning")  # of AutoGraph


class Part(tf.Module):
    """Holds one Variable."""

    def __init__(self):
        super().__init__()
        self.b = tf.Variable([1.0, 1.0], name="b")


class Module(tf.Module):
    """Variables in all kinds of attributes; functions with one signature, with several kinds of calls, with loops."""

    def __init__(self):
        super().__init__()
        self.w = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
        self.steps = tf.Variable(0, trainable=False)
        self.part, self.parts = Part(), [tf.Variable(2.0), tf.Variable(3.0)]
        self.by_name, self.pair = {"k": tf.Variable(5.0)}, (tf.Variable(6.0), [tf.Variable(7.0)])

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def linear(self, x):
        self.steps.assign_add(1)
        return {"y": x @ self.w + self.part.b, "n": self.steps.read_value()}

    @tf.function
    def __call__(self, x, training=False):
        return x * 2.0 if training else x @ self.w

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([None], tf.float32)])
    def loop(self, n, x):
        i = tf.constant(0)
        while i < n:
            x = tf.cond(tf.reduce_sum(x) > 10.0, lambda x=x: x - 1.0, lambda x=x: x * self.parts[0])
            i += 1
        return x, tf.switch_case(n % 3, [lambda: x + 1.0, lambda: x + 2.0, lambda: x * 3.0])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def collected(self, x):
        array = tf.TensorArray(tf.float32, 0, dynamic_size=True)
        for value in x:
            array = array.write(array.size(), value * self.by_name["k"])
        return array.stack(), tf.map_fn(tf.square, x)

    @tf.function(
        input_signature=[[tf.TensorSpec([2]), tf.TensorSpec([2])], {"k": tf.TensorSpec([]), "a": tf.TensorSpec([1])}]
    )
    def nested(self, pair, named):
        return [pair[0] * named["k"], (pair[1] + named["a"], named["k"])]

    @tf.function(input_signature=[tf.TensorSpec([2], name="second"), tf.TensorSpec([2], name="first")])
    def ordered(self, second, first):
        return second * 10.0 + first


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("saved") / "module")
    module = Module()
    module(tf.ones([3, 2]))
    module(tf.ones([3, 2]), training=True)
    module(tf.ones([4, 2]), training=True)
    signatures = {"serving_default": module.linear, "loop": module.loop, "ordered": module.ordered}
    tf.saved_model.save(module, folder, signatures=signatures)
    return tf.saved_model.load(folder), namespace.saved_model.load(folder)


def outcome(backend, loaded, call):
    try:
        result = call(backend, loaded)
    except Exception as error:
        return next(cls.__name__ for cls in type(error).__mro__ if not cls.__name__.startswith("_"))
    return tf.nest.map_structure(lambda y: np.asarray(y).tolist() if hasattr(y, "numpy") else y, result)


CALLS = {
    "signature by name": lambda b, m: m.signatures["serving_default"](x=b.ones([2, 2]))["y"],
    "signature by position": lambda b, m: m.signatures["serving_default"](b.ones([2, 2]))["y"],
    "signature of a list": lambda b, m: m.signatures["serving_default"](x=[[1.0, 2.0]])["y"],
    "signature without arguments": lambda b, m: m.signatures["serving_default"](),
    "signature with another argument": lambda b, m: m.signatures["serving_default"](x=b.ones([2, 2]), y=1),
    "signature of another dtype": lambda b, m: m.signatures["serving_default"](x=b.ones([2, 2], b.int32)),
    "signature of another shape": lambda b, m: m.signatures["serving_default"](x=b.ones([2, 3])),
    "arguments in another order": lambda b, m: m.signatures["ordered"](
        second=b.constant([1.0, 2.0]), first=b.constant([3.0, 4.0])
    ),
    "an unknown signature": lambda b, m: m.signatures["none"],
    "loop": lambda b, m: m.signatures["loop"](n=b.constant(3), x=b.ones([2])),
    "a longer loop": lambda b, m: m.loop(b.constant(7), b.constant([1.0, -2.0, 4.0])),
    "no turns": lambda b, m: m.loop(b.constant(0), b.ones([2])),
    "collected": lambda b, m: m.collected(b.constant([1.0, 2.0, 3.0])),
    "function by position": lambda b, m: m.linear(b.ones([1, 2]))["y"],
    "function by name": lambda b, m: m.linear(x=b.ones([1, 2]))["y"],
    "function of an array": lambda b, m: m.linear(np.ones([1, 2], "float32"))["y"],
    "function of a list": lambda b, m: m.linear([[1.0, 2.0]])["y"],
    "function of another shape": lambda b, m: m.linear(b.ones([1, 3])),
    "call": lambda b, m: m(b.ones([3, 2])),
    "call while training": lambda b, m: m(b.ones([3, 2]), training=True),
    "call while training, by position": lambda b, m: m(b.ones([4, 2]), True),
    "a kind of call that was not traced": lambda b, m: m(b.ones([4, 2])),
    "nested": lambda b, m: m.nested([b.ones(2), b.ones(2)], {"k": b.constant(2.0), "a": b.constant([3.0])}),
    "nested otherwise": lambda b, m: m.nested((b.ones(2), b.ones(2)), {"k": b.constant(2.0), "a": b.constant([3.0])}),
    "too many arguments": lambda b, m: m.linear(b.ones([1, 2]), 1),
    "an unknown attribute": lambda b, m: m.unknown,
    "variables": lambda b, m: [m.w, m.part.b, m.parts[0], m.parts[1], m.by_name["k"]],
    "a tuple": lambda b, m: (m.pair[0], m.pair[1][0], len(m.pair)),
    "names": lambda b, m: [(v.name, v.trainable) for v in (m.w, m.steps, m.part.b)],
    "specs": lambda b, m: sorted(map(str, m.signatures["loop"].structured_input_signature[1].items())),
    "shapes": lambda b, m: {k: str(v) for k, v in m.signatures["loop"].output_shapes.items()},
    "dtypes": lambda b, m: {k: v.name for k, v in m.signatures["loop"].output_dtypes.items()},
    "outputs": lambda b, m: {k: str(v) for k, v in m.signatures["serving_default"].structured_outputs.items()},
    "variables of a signature": lambda b, m: [v.name for v in m.signatures["serving_default"].trainable_variables],
    "kinds of calls": lambda b, m: len(m.__call__.concrete_functions),
    "a concrete function": lambda b, m: m.linear.get_concrete_function(b.TensorSpec([None, 2]))(b.ones([1, 2]))["y"],
}


@pytest.mark.parametrize("name", CALLS)
def test_call(name, pair):
    theirs, ours = pair
    assert outcome(namespace, ours, CALLS[name]) == outcome(tf, theirs, CALLS[name])


def test_variables_change(pair):
    _, ours = pair
    before = int(ours.steps)
    assert int(ours.linear(namespace.ones([1, 2]))["n"]) == before + 1 == int(ours.steps)


def test_gradients(pair):
    _, ours = pair
    theirs = Module()  # not loaded: TensorFlow cannot differentiate loops that it has loaded
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(theirs.loop(tf.constant(4), tf.constant([1.0, 2.0]))[1])
    expected = tape.gradient(loss, theirs.parts[0])
    with namespace.GradientTape() as own:
        loss = namespace.reduce_sum(ours.loop(namespace.constant(4), namespace.constant([1.0, 2.0]))[1])
    assert float(own.gradient(loss, ours.parts[0])) == pytest.approx(float(expected))


@pytest.mark.parametrize(
    "call",
    [
        lambda b, folder: b.saved_model.load(folder + "/none"),
        lambda b, folder: b.saved_model.load(folder, tags=["train"]),
        lambda b, folder: b.saved_model.LoadOptions(unknown=1),
        lambda b, folder: b.saved_model.contains_saved_model(folder),
        lambda b, folder: b.saved_model.contains_saved_model(folder + "/none"),
    ],
)
def test_loading(call, tmp_path):
    folder = str(tmp_path / "module")
    tf.saved_model.save(Part(), folder)
    assert outcome(namespace, folder, call) == outcome(tf, folder, call)


def test_asset_files(tmp_path):
    """A table from a file of words, which the SavedModel holds."""
    words = tmp_path / "words.txt"
    words.write_text("apple\nbanana\ncherry\n")
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
        ),
        -1,
    )
    module.find = tf.function(module.table.lookup, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path / "module"))
    words.unlink()
    loaded = namespace.saved_model.load(tmp_path / "module")
    assert loaded.find(namespace.constant(["cherry", "none", "apple"])).numpy().tolist() == [2, -1, 0]


def test_checkpoints(tmp_path):
    """What TensorFlow's Checkpoint wrote is restored here where names agree, and read by name."""
    module = Module()
    path = tf.train.Checkpoint(module=module).save(str(tmp_path / "ckpt"))
    own = namespace.Module()
    own.w, own.parts = namespace.Variable(np.zeros((2, 2), "f")), [namespace.Variable(0.0), namespace.Variable(0.0)]
    namespace.train.Checkpoint(module=own).restore(path).assert_existing_objects_matched()
    np.testing.assert_array_equal(own.w.numpy(), module.w.numpy())
    assert float(own.parts[1]) == 3.0
    assert namespace.train.list_variables(path) == [(key, list(shape)) for key, shape in tf.train.list_variables(path)]


class Trained(tf.Module):
    """A model of tf.keras with its optimizer, and a training step as a function."""

    def __init__(self):
        super().__init__()
        layers = keras.layers
        self.model = keras.Sequential([
            keras.Input((8, 8, 3)),
            *[layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(), layers.MaxPooling2D()],
            *[layers.Conv2DTranspose(3, 3), layers.AveragePooling2D(2), layers.Flatten(), layers.Dropout(0.3)],
            *[layers.Dense(5, activation="gelu"), layers.LayerNormalization(), layers.Dense(3, activation="softmax")],
        ])  # fmt: skip
        self.optimizer = keras.optimizers.Adam(0.01)
        self.optimizer.build(self.model.trainable_variables)
        self.held = [v.value for v in (*self.model.variables, *self.optimizer.variables)]

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3]), tf.TensorSpec([None], tf.int32)])
    def step(self, x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, self.model(x, training=True)))
        weights = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, [v.value for v in weights]), weights)
        return loss


class Recurrent(tf.Module):
    """The gradients of a recurrent model as a function."""

    def __init__(self):
        super().__init__()
        self.model = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4), keras.layers.Dense(1)])
        self.held = [v.value for v in self.model.variables]

    @tf.function(input_signature=[tf.TensorSpec([None, 5, 3])])
    def gradients(self, x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(self.model(x) ** 2)
        return tape.gradient(loss, [v.value for v in self.model.trainable_variables])


def test_training_steps(tmp_path):
    """Steps of Adam with dropout, whose random numbers are TensorFlow's."""
    keras.utils.set_random_seed(2)
    trained = Trained()
    tf.saved_model.save(trained, str(tmp_path))
    loaded = namespace.saved_model.load(tmp_path)
    random = np.random.RandomState(0)
    for _ in range(4):
        x, y = random.randn(6, 8, 8, 3).astype("f"), random.randint(0, 3, 6).astype("int32")
        expected = float(trained.step(tf.constant(x), tf.constant(y)))
        assert float(loaded.step(namespace.constant(x), namespace.constant(y))) == pytest.approx(expected, rel=1e-3)


def test_gradients_of_a_loop_in_the_graph(tmp_path):
    recurrent = Recurrent()
    tf.saved_model.save(recurrent, str(tmp_path))
    x = np.random.RandomState(0).randn(4, 5, 3).astype("f")
    found = namespace.saved_model.load(tmp_path).gradients(namespace.constant(x))
    for dw, expected in zip(found, recurrent.gradients(tf.constant(x)), strict=True):
        np.testing.assert_allclose(dw.numpy(), expected.numpy(), rtol=1e-4, atol=1e-5)


class Services(tf.Module):
    """Functions of many operations."""

    def __init__(self):
        super().__init__()
        self.table = tf.Variable(tf.zeros([4, 2]))

    @tf.function(input_signature=[tf.TensorSpec([None, 4]), tf.TensorSpec([None])])
    def best(self, boxes, scores):
        return tf.gather(boxes, tf.image.non_max_suppression(boxes, scores, 3, 0.5))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), tf.TensorSpec([None, 2])])
    def scattered(self, positions, updates):
        self.table.scatter_nd_add(positions[:, None], updates)
        self.table.scatter_update(tf.IndexedSlices(updates * 2.0, positions))
        self.table[0].assign(updates[0])
        return self.table.read_value()

    @tf.function(input_signature=[tf.TensorSpec([None, None])])
    def various(self, x):
        return (
            tf.linalg.eigh(tf.matmul(x, x, transpose_b=True))[0],
            tf.linalg.svd(x, compute_uv=False),
            *[tf.boolean_mask(x, x > 0), tf.sort(x), tf.reverse(x, [0]), tf.nn.l2_normalize(x, 1)],
            tf.math.segment_sum(x, tf.zeros(tf.shape(x)[0], tf.int32)),
            *tf.nn.moments(x, [0]),
            *[tf.debugging.assert_all_finite(x, "bad"), tf.quantization.fake_quant_with_min_max_args(x)],
            *tf.meshgrid(x[0], x[0]),
            tf.searchsorted(tf.sort(x), x),
            tf.math.bincount(tf.cast(x > 0, tf.int32)),
            tf.nn.sigmoid_cross_entropy_with_logits(x, x),
            *tf.dynamic_partition(x, tf.cast(x > 0, tf.int32), 2),
            *[tf.ragged.constant([[1, 2], [3]]).to_tensor(), tf.eye(2), tf.range(tf.shape(x)[0])],
            tf.strings.reduce_join(tf.strings.as_string(tf.cast(x > 0, tf.int32)), 1, separator="-"),
            *tf.map_fn(lambda row: (tf.reduce_sum(row), row * 2.0), x, fn_output_signature=(tf.float32, tf.float32)),
        )


def test_functions_of_many_operations(tmp_path):
    services = Services()
    tf.saved_model.save(services, str(tmp_path))
    loaded = namespace.saved_model.load(tmp_path)
    random = np.random.RandomState(0)
    calls = {
        "best": [np.sort(random.rand(6, 2, 2), 1).reshape(6, 4).astype("f"), random.rand(6).astype("f")],
        "scattered": [np.int32([2, 0]), random.rand(2, 2).astype("f")],
        "various": [random.randn(3, 4).astype("f")],
    }
    for name, arguments in calls.items():
        found = getattr(loaded, name)(*map(namespace.constant, arguments))
        expected = getattr(services, name)(*map(tf.constant, arguments))
        pairs = zip(namespace.nest.flatten(found), tf.nest.flatten(expected), strict=True)
        for y, theirs in pairs:
            if theirs.dtype == tf.string:
                assert y.numpy().tolist() == theirs.numpy().tolist()
            else:
                np.testing.assert_allclose(y.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5)


def test_constants():
    names = [name for name in dir(tf.saved_model) if name.isupper()]
    assert {n: getattr(namespace.saved_model, n) for n in names} == {n: getattr(tf.saved_model, n) for n in names}
