"""minikeras.tree and minikeras.base.naming give what Keras's give, down to the type of the error."""

import time
from collections import OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras import tree  # noqa: E402
from minikeras.base import naming  # noqa: E402

keras_tree = tf.keras.tree

Point = namedtuple("Point", "x y")
OtherPoint = namedtuple("Point", "x y")


class PointSubclass(Point):
    pass


class ListSubclass(list):
    pass


class TupleSubclass(tuple):
    pass


class DictSubclass(dict):
    pass


STRUCTURES = [
    *(1, None, "abc", 2.5, {1, 2}, range(3), ListSubclass([1, 2]), TupleSubclass((1, 2)), DictSubclass(a=1)),
    *([], (), {}, [[], ()], [None, [None]], [1, (2, [3]), {"a": 4}], (1,), [[1]]),
    *({"b": 1, "a": 2}, OrderedDict(b=1, a=[2]), defaultdict(int, b=1, a=2), {"a": 3, 1: 2}, {None: 1, "a": 2}),
    *({(1, 2): 3, (0,): 1}, {1.5: 1, 1: 2}, {"x": {"z": [1], "y": (2, 3)}}),
    *(deque([1, [2]], maxlen=5), Point(1, [2]), PointSubclass(1, 2), time.gmtime(0)),
    *([(1, 2), (None, 4)], {"a": (1, 2), "b": [(3,), (None, 4)]}, (1, 2.0), (True, 1)),
]

PAIRS = [
    *(([1], [2]), ([1], (1,)), ([1], [[1]]), ([[1]], [1]), ([1, 2], [1]), ([], ()), ({}, []), ([], 1), (1, [1])),
    *((1, 2), (None, 1), (None, [1]), ([1, None], [None, 2]), ([1, None], [1, None]), ([1, None], [1, 2])),
    *(
        ({"a": 1}, {"a": [1]}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({"a": 1, "b": [2]}, {"b": [3], "a": 4}),
    ),
    *(
        (OrderedDict(b=1, a=2), {"a": 3, "b": 4}),
        ({"a": 3, "b": 4}, OrderedDict(b=1, a=2)),
        (defaultdict(int, a=1), {"a": 2}),
    ),
    *((Point(1, 2), Point(3, 4)), (Point(1, 2), OtherPoint(1, 2)), (Point(1, 2), (1, 2)), ((1, 2), Point(1, 2))),
    *((deque([1]), deque([2], maxlen=4)), (deque([1]), [1])),
]

ON_ONE = {
    "flatten": lambda t, s: t.flatten(s),
    "flatten_with_path": lambda t, s: t.flatten_with_path(s),
    "is_nested": lambda t, s: t.is_nested(s),
    "map_structure": lambda t, s: t.map_structure(lambda v: (v,), s),
    "map_structure, None kept": lambda t, s: t.map_structure(lambda v: (v,), s, none_is_leaf=False),
    "pack_sequence_as": lambda t, s: t.pack_sequence_as(s, list(range(len(t.flatten(s))))),
    "pack_sequence_as, one too many": lambda t, s: t.pack_sequence_as(s, range(len(t.flatten(s)) + 1)),
    "pack_sequence_as, one too few": lambda t, s: t.pack_sequence_as(s, range(len(t.flatten(s)) - 1)),
    "traverse": lambda t, s: t.traverse(lambda v: t.MAP_TO_NONE if v == 1 else None, s),
    "traverse, bottom up": lambda t, s: t.traverse(
        lambda v: len(v) if isinstance(v, dict) else None, s, top_down=False
    ),
    "lists_to_tuples": lambda t, s: t.lists_to_tuples(s),
    "map_shape_structure": lambda t, s: t.map_shape_structure(lambda shape: ("shape", shape), s),
}

ON_TWO = {
    "map_structure": lambda t, a, b: t.map_structure(lambda x, y: (x, y), a, b),
    "map_structure, None kept": lambda t, a, b: t.map_structure(lambda x, y: (x, y), a, b, none_is_leaf=False),
    "map_structure_up_to": lambda t, a, b: t.map_structure_up_to(
        t.map_structure(lambda v: 0, a), lambda x, y: (x, y), a, b
    ),
    "assert_same_structure": lambda t, a, b: t.assert_same_structure(a, b),
    "assert_same_paths": lambda t, a, b: t.assert_same_paths(a, b),
}


def outcome(call, *args):
    """What a call gives: its result with its type, or the type of its error."""
    try:
        result = call(*args)
    except Exception as error:
        return type(error)
    return type(result), repr(result)  # repr also compares the types inside and the order of dicts


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize("name", ON_ONE)
def test_one_structure(name, structure):
    assert outcome(ON_ONE[name], tree, structure) == outcome(ON_ONE[name], keras_tree, structure)


@pytest.mark.parametrize("a, b", PAIRS, ids=repr)
@pytest.mark.parametrize("name", ON_TWO)
def test_two_structures(name, a, b):
    assert outcome(ON_TWO[name], tree, a, b) == outcome(ON_TWO[name], keras_tree, a, b)


def test_leaves_that_are_not_python_objects():
    assert outcome(tree.pack_sequence_as, [1, 2], np.arange(2)) == outcome(
        keras_tree.pack_sequence_as, [1, 2], np.arange(2)
    )


CLASS_NAMES = [
    *(
        "Conv2D",
        "Conv2DTranspose",
        "BatchNormalization",
        "MyLSTMCell",
        "MyLayer2D",
        "my_layer",
        "Layer1",
        "HTTPServer2Go",
    ),
    *(
        "R2Score",
        "FBetaScore",
        "IoU",
        "x2D",
        "Conv_2D",
        "_Private",
        "__Dunder",
        "ÉtéLayer",
        "Model-Name",
        "foo_Bar",
        "A",
    ),
]


def test_objects_get_the_names_keras_gives_to_layers_of_the_same_class():
    class_names = [*CLASS_NAMES, *(name for name in dir(tf.keras.layers) if name[0].isupper())] * 2
    tf.keras.backend.clear_session()
    naming.reset_uids()
    for class_name in class_names:
        keras_class = type(class_name, (tf.keras.layers.Layer,), {})
        assert naming.auto_name(class_name) == keras_class().name


def test_get_uid():
    tf.keras.backend.clear_session()
    naming.reset_uids()
    assert [naming.get_uid("q") for _ in range(3)] == [tf.keras.backend.get_uid("q") for _ in range(3)]
