"""`model.summary()` prints the same text, letter for letter, as tf.keras's."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from tests.parity.backends import both

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


def unbuilt(keras):
    return keras.Sequential([keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.Dense(3)])


def empty(keras):
    return keras.Sequential()


def only_an_input(keras):
    return keras.Sequential([keras.Input((2,))])


def sequential(keras):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, name="a_name_that_is_much_too_long_for_its_column"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1000, name="with[brackets]"),
            keras.layers.Dense(10, dtype="float64"),
        ]
    )


def called_on_data(keras):
    model = keras.Sequential([keras.layers.Embedding(10, 3), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    model.evaluate(np.ones((2, 5), "int32"), np.ones((2, 2)), verbose=0)
    return model


def trained(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.BatchNormalization()])
    model.compile("adam", "mse")
    model.fit(np.ones((2, 3)), np.ones((2, 4)), verbose=0)
    return model


def compiled_only(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    model.compile("adam", "mse")
    return model


def partly_frozen(keras):
    model = sequential(keras)
    model.layers[0].trainable = False
    return model


def chain(keras):
    inputs = keras.Input((4,))
    x = keras.layers.Dense(3)(inputs)
    return keras.Model(inputs, keras.ops.relu(x) * 2.0)


def identity(keras):
    inputs = keras.Input((4,))
    return keras.Model(inputs, inputs)


def graph(keras):
    a, b = keras.Input((4,), name="first"), keras.Input((4,))
    left, right = keras.layers.Dense(4, name="left")(a), keras.layers.Dense(4, name="right")(b)
    joined = keras.layers.Add()([left, right])
    shared = keras.layers.Dense(4, name="shared")
    twice = keras.ops.relu(shared(shared(joined)))
    return keras.Model([a, b], [twice * 2.0 + joined, left], name="branches")


def two_heads(keras):
    inputs = keras.Input((4,))
    return keras.Model(inputs, {"x": keras.layers.Dense(2)(inputs), "y": keras.layers.Dense(3)(inputs)})


def unused_input(keras):
    a, b = keras.Input((2,)), keras.Input((3,))
    return keras.Model([a, b], keras.layers.Dense(2)(a))


def shared_with_other_shapes(keras):
    a, b = keras.Input((4,)), keras.Input((3, 5))
    flatten = keras.layers.Flatten()
    return keras.Model([a, b], [flatten(a), flatten(b)])


def same_input_twice(keras):
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Add()([inputs, inputs]))


def nested(keras):
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dense(4)], name="inner")
    inputs = keras.Input((4,))
    middle = keras.Model(inputs, keras.layers.Dense(4)(keras.ops.relu(inner(inputs))), name="middle")
    outer = keras.Input((4,))
    return keras.Model(outer, keras.layers.Concatenate()([middle(outer), inner(outer)]))


def nested_in_sequential(keras):
    inner = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)])
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), inner])


def nested_unbuilt(keras):
    return keras.Sequential([keras.Sequential([keras.layers.Dense(3)]), keras.layers.Dense(3)])


def scalar_and_vector_outputs(keras):
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.ops.sum(keras.ops.sum(inputs, axis=1)))


def subclassed(keras, called=True):
    class MicroBatches(keras.layers.Layer):
        def call(self, x):
            return x, {"b": x[:, :2], "a": [x, x]}

    class Described(keras.layers.Layer):
        def call(self, x):
            return {"b": x, "a": [x, x]}

        def compute_output_shape(self, input_shape):
            return {"b": input_shape, "a": [input_shape, input_shape]}

    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.own = self.add_weight(shape=(3,), name="own")
            self.blocks = [keras.layers.Dense(3), keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])]
            self.parts = {"pieces": MicroBatches(), "described": Described()}
            self.never_called = keras.layers.Dense(7)
            self.dropout = keras.layers.Dropout(0.1)
            self.bits = Bits()

        def call(self, x):
            x = self.blocks[0](x)
            self.parts["pieces"](x)
            self.parts["described"](x)
            return self.blocks[1](self.bits(self.dropout(x)))

    class Bits(keras.layers.Layer):
        def build(self, input_shape):
            self.bits = self.add_weight(shape=(3,), dtype="bool", initializer="zeros", trainable=False)
            self.bytes = self.add_weight(shape=(5,), dtype="int8", initializer="zeros", trainable=False)

        def call(self, x):
            return x

    model = Outer()
    if called:
        model(np.ones((2, 4), "float32"))
    return model


def subclassed_unbuilt(keras):
    return subclassed(keras, called=False)


def layer_with_several_outputs(keras):
    class MicroBatches(keras.layers.Layer):
        def call(self, x):
            return x, {"b": x[:, :2], "a": (x, x)}

    inputs = keras.Input((4,))
    return keras.Model(inputs, MicroBatches()(inputs)[0])


MODELS = [
    unbuilt,
    empty,
    only_an_input,
    sequential,
    called_on_data,
    trained,
    compiled_only,
    partly_frozen,
    chain,
    identity,
    graph,
    two_heads,
    unused_input,
    shared_with_other_shapes,
    same_input_twice,
    nested,
    nested_in_sequential,
    nested_unbuilt,
    scalar_and_vector_outputs,
    subclassed,
    subclassed_unbuilt,
    layer_with_several_outputs,
]
COLUMN_WIDTHS = [
    {"line_length": 60},
    {"line_length": 79},
    {"line_length": 120},
    {"line_length": 37, "show_trainable": True},
    {"positions": [0.5, 0.7, 0.9, 1.0]},
    {"positions": [0.33, 0.55, 0.67, 0.8], "show_trainable": True, "line_length": 100},
]


def text(model, **arguments):
    printed = []
    model.summary(print_fn=printed.append, **arguments)
    assert len(printed) == 1
    return printed[0]


@pytest.mark.one_in(3)
@pytest.mark.filterwarnings("ignore:.*`build\\(\\)` was called:UserWarning")
@pytest.mark.parametrize("options", [{}, {"expand_nested": True, "show_trainable": True}], ids=["plain", "all"])
@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_same_text(make, options):
    ours, theirs = both(make)
    assert text(ours, **options) == text(theirs, **options)


@pytest.mark.parametrize("options", COLUMN_WIDTHS, ids=str)
@pytest.mark.parametrize("make", [sequential, graph], ids=lambda make: make.__name__)
def test_same_column_widths(make, options, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    ours, theirs = both(make)
    assert text(ours, **options) == text(theirs, **options)


@pytest.mark.parametrize("columns", [20, 40, 91, 112, 300])
@pytest.mark.parametrize("make", [sequential, graph], ids=lambda make: make.__name__)
def test_same_text_in_terminals_of_other_widths(make, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    ours, theirs = both(make)
    if make is graph and columns == 20:
        for model in (ours, theirs):
            with pytest.raises(ValueError, match=r"Insufficient console width|its columns are too narrow"):
                text(model)
    else:
        assert text(ours) == text(theirs)


@pytest.mark.parametrize("options", [{}, {"show_trainable": True}], ids=["plain", "trainable"])
@pytest.mark.parametrize("make", [partly_frozen, graph, unbuilt], ids=lambda make: make.__name__)
def test_same_colours_on_a_terminal(make, options, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    ours, theirs = both(make)
    theirs.summary(**options)
    expected = capsys.readouterr().out
    ours.summary(**options)
    assert capsys.readouterr().out == expected
    assert "\x1b[38;5;34m" in expected


@pytest.mark.parametrize(
    "layer_range",
    [("a", "b"), ("b", "a"), ("a2", "b1"), ("b2", "a1"), ("c", "b"), (".*1", ".*1"), ("", "c"), ("a1", "a1")],
)
def test_same_range_of_layers(layer_range):
    def make(keras):
        names = ["a1", "b1", "a2", "b2", "c"]
        return keras.Sequential([keras.Input((2,)), *[keras.layers.Dense(1, name=name) for name in names]])

    ours, theirs = both(make)
    assert text(ours, layer_range=layer_range) == text(theirs, layer_range=layer_range)


@pytest.mark.parametrize("layer_range", [("nope", "dense"), ("dense",)])
def test_both_refuse_ranges_without_layers(layer_range):
    for model in both(trained):
        with pytest.raises(
            ValueError,
            match=r"layer_names do not match|list or tuple of length 2|the model lacks|be two names",
        ):
            text(model, layer_range=layer_range)
