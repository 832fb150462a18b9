"""model_to_dot draws the boxes, texts, arrows and frames that tf.keras's draws."""

import html
import re

import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("pydot")

from tests.parity.backends import both
from tests.parity.test_summary import (
    graph,
    identity,
    layer_with_several_outputs,
    nested,
    nested_in_sequential,
    partly_frozen,
    same_input_twice,
    sequential,
    subclassed,
    two_heads,
    unbuilt,
)


def activations(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(3, activation="relu"),
            layers.Activation("tanh"),
            layers.Dense(2),
            layers.ReLU(),
        ]
    )


def used_twice(keras):
    inputs = keras.Input((4,))
    inner = keras.Model(inputs, keras.layers.Dense(4)(inputs), name="inner")
    outer = keras.Input((4,))
    return keras.Model(outer, inner(inner(outer)))


MODELS = [
    sequential,
    activations,
    graph,
    identity,
    nested,
    nested_in_sequential,
    same_input_twice,
    two_heads,
    used_twice,
    layer_with_several_outputs,
    partly_frozen,
    subclassed,
]
OPTIONS = [
    {},
    {"expand_nested": True},
    {"show_shapes": True, "show_dtype": True, "expand_nested": True},
    {"show_trainable": True, "show_layer_activations": True, "show_dtype": True},
    {"rankdir": "LR", "dpi": 50, "splines": "curved"},
]


def words(label):
    """The text of a box, cell by cell."""
    cells = re.sub(r"</td>", "|", label.strip("<>"))
    return html.unescape(re.sub(r"<[^<>]*>", "", "<" + cells)).strip("|")


def described(graph):
    """(settings, boxes, arrows, names of frames) of a pydot graph."""
    boxes, arrows, frames = {}, [], set()

    def walk(part):
        for node in part.get_nodes():
            if node.get_name() != "node":
                boxes[node.get_name()] = words(node.get("label"))
        arrows.extend((edge.get_source(), edge.get_destination()) for edge in part.get_edges())
        for frame in part.get_subgraphs():
            frames.add(frame.get("label").strip('"'))
            walk(frame)

    walk(graph)
    settings = {name: str(value).strip('"') for name, value in graph.get_attributes().items()}
    return settings, sorted(boxes.values()), {(boxes[a], boxes[b]) for a, b in arrows}, frames


@pytest.mark.one_in(4)
@pytest.mark.filterwarnings("ignore:.*`build\\(\\)` was called:UserWarning")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_same_boxes_and_arrows(make, options):
    ours, theirs = both(lambda keras: described(keras.utils.model_to_dot(make(keras), **options)))
    assert ours == theirs
    assert theirs[1]


def test_as_part_of_another_graph():
    ours, theirs = both(lambda keras: described(keras.utils.model_to_dot(graph(keras), subgraph=True)))
    assert ours == theirs


@pytest.mark.parametrize("arguments", [{"layer_range": ["a", "b"]}, {"nonsense": 1}])
def test_same_refusals(arguments):
    def refuses(keras):
        with pytest.raises(ValueError, match=next(iter(arguments))):
            keras.utils.model_to_dot(sequential(keras), **arguments)

    both(refuses)


def test_both_refuse_models_that_are_not_built():
    def message(keras):
        with pytest.raises(ValueError, match=r"not yet been built|is not built"):
            keras.utils.model_to_dot(unbuilt(keras))

    both(message)
