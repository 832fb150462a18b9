"""minikeras.tree: what is a container, in which order leaves come, and what is refused."""

import time
from collections import OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

from minikeras import tree

Point = namedtuple("Point", "x y")
OtherPoint = namedtuple("Point", "x y")


class ListSubclass(list):
    pass


class TupleSubclass(tuple):
    pass


class DictSubclass(dict):
    pass


FLATTENED = [
    (1, [1]),
    (None, [None]),
    ("abc", ["abc"]),
    ([], []),
    ([None, [None]], [None, None]),
    ([1, (2, [3]), {"a": 4}], [1, 2, 3, 4]),
    ({"b": 1, "a": 2}, [2, 1]),
    (OrderedDict(b=1, a=2), [1, 2]),
    (defaultdict(int, b=1, a=2), [2, 1]),
    ({"a": 3, 1: 2}, [2, 3]),
    (deque([1, [2]], maxlen=5), [1, 2]),
    (Point(1, [2]), [1, 2]),
    (ListSubclass([1, 2]), [[1, 2]]),
    (TupleSubclass((1, 2)), [(1, 2)]),
    (DictSubclass(a=1), [{"a": 1}]),
    ({1, 2}, [{1, 2}]),
]


@pytest.mark.parametrize("structure, leaves", FLATTENED, ids=repr)
def test_flatten_lists_the_leaves_depth_first_and_dicts_by_sorted_key(structure, leaves):
    assert tree.flatten(structure) == leaves


def test_keys_that_cannot_be_compared_keep_the_order_of_the_dict():
    first, second = object(), object()
    assert tree.flatten({second: "s", first: "f"}) == ["s", "f"]


@pytest.mark.parametrize("structure", [structure for structure, _ in FLATTENED], ids=repr)
def test_pack_sequence_as_undoes_flatten(structure):
    packed = tree.pack_sequence_as(structure, tree.flatten(structure))
    assert packed == structure
    assert type(packed) is type(structure)


def test_rebuilding_keeps_the_order_of_a_dict_and_the_settings_of_its_kin():
    assert list(tree.map_structure(str, {"b": 1, "a": 2})) == ["b", "a"]
    assert tree.map_structure(str, defaultdict(list, a=1)).default_factory is list
    assert tree.map_structure(str, deque([1], maxlen=3)).maxlen == 3
    assert tree.map_structure(str, Point(1, 2)) == Point("1", "2")
    assert isinstance(tree.map_structure(lambda v: v, time.gmtime(0)), time.struct_time)


def test_arrays_are_leaves():
    array = np.zeros((2, 2))
    assert tree.flatten([array])[0] is array
    assert not tree.is_nested(array)


@pytest.mark.parametrize(
    "structure, nested", [([], True), ({}, True), ((), True), (1, False), (None, False), ("a", False)]
)
def test_is_nested(structure, nested):
    assert tree.is_nested(structure) is nested


def test_flatten_with_path_names_keys_and_positions():
    pairs = tree.flatten_with_path({"b": [1, Point(2, 3)], "a": 4})
    assert pairs == [(("a",), 4), (("b", 0), 1), (("b", 1, 0), 2), (("b", 1, 1), 3)]
    assert tree.flatten_with_path(5) == [((), 5)]


@pytest.mark.parametrize(
    "structure, sequence, error",
    [
        ([1, 2], [1], ValueError),
        ([1, 2], [1, 2, 3], ValueError),
        (1, [], ValueError),
        ([], [1], ValueError),
        ([1], 5, TypeError),
    ],
)
def test_pack_sequence_as_refuses_a_wrong_number_of_leaves(structure, sequence, error):
    with pytest.raises(error):
        tree.pack_sequence_as(structure, sequence)


def test_map_structure_traverses_several_structures_together():
    assert tree.map_structure(lambda a, b: a + b, {"a": 1, "b": [2]}, OrderedDict(b=[20], a=10)) == {"a": 11, "b": [22]}


MISMATCHES = [
    ([1, 2], (1, 2)),
    ([1, 2], [1]),
    ([1, [2]], [1, 2]),
    ([1, 2], [1, [2]]),
    ({"a": 1}, {"b": 1}),
    ({"a": 1}, {"a": 1, "b": 2}),
    ({}, []),
    (1, [1]),
    ([1], 1),
    (None, [1]),
    (Point(1, 2), OtherPoint(1, 2)),
    (Point(1, 2), (1, 2)),
    (deque([1]), [1]),
]


@pytest.mark.parametrize("a, b", MISMATCHES, ids=repr)
def test_structures_of_different_form_are_refused(a, b):
    with pytest.raises(ValueError, match="same nested structure"):
        tree.assert_same_structure(a, b)
    with pytest.raises(ValueError, match="same nested structure"):
        tree.map_structure(lambda left, right: None, a, b)


def test_a_mismatch_names_its_path_and_stays_short():
    with pytest.raises(ValueError, match=r"path \('a', 1\)") as caught:
        tree.assert_same_structure({"a": [1, [2]]}, {"a": [1, "x" * 10_000]})
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("a, b", [([1], [None]), ({"a": 1}, OrderedDict(a=2)), (Point(1, [2]), Point(3, [4]))])
def test_structures_of_one_form_pass(a, b):
    tree.assert_same_structure(a, b)
    tree.assert_same_paths(a, b)


def test_assert_same_structure_warns_about_check_types():
    with pytest.warns(DeprecationWarning, match="check_types"):
        tree.assert_same_structure([1], [2], check_types=False)


def test_assert_same_paths_does_not_tell_sequences_apart_but_names_missing_paths():
    tree.assert_same_paths([1, Point(2, 3)], (1, deque([2, 3])))
    with pytest.raises(ValueError, match=r"missing in `b`:\n\{\(1,\)\}"):
        tree.assert_same_paths([1, 2], [1])


def test_none_is_kept_when_it_is_no_leaf():
    assert tree.map_structure(str, [1, None], none_is_leaf=False) == ["1", None]
    assert tree.map_structure(str, [1, None]) == ["1", "None"]
    with pytest.raises(ValueError, match="same nested structure"):
        tree.map_structure(lambda a, b: 0, [1, None], [1, 2], none_is_leaf=False)


def test_map_structure_up_to_hands_over_what_lies_deeper():
    assert tree.map_structure_up_to([0, [0, 0]], str, [[1, 1], [2, 2]]) == ["[1, 1]", ["2", "2"]]
    assert tree.map_structure_up_to([None, None], len, [[1], [2, 2]]) == [1, 2]
    with pytest.raises(ValueError, match="same nested structure"):
        tree.map_structure_up_to([0, [0, 0]], str, [[1, 1], 2])


@pytest.mark.parametrize("call", [tree.map_structure, lambda func: tree.map_structure_up_to([0], func)])
def test_mapping_nothing_is_an_error(call):
    with pytest.raises(ValueError, match="at least one structure"):
        call(str)
    with pytest.raises(TypeError, match="callable"):
        call(3)


def test_traverse_visits_parents_first_or_last():
    structure = [(1, 2), {"a": 3}]
    seen = []
    assert tree.traverse(seen.append, structure) == structure
    assert seen == [structure, (1, 2), 1, 2, {"a": 3}, 3]
    seen.clear()
    tree.traverse(seen.append, structure, top_down=False)
    assert seen == [1, 2, (1, 2), 3, {"a": 3}, structure]


def test_traverse_replaces_what_func_returns_and_none_by_map_to_none():
    assert tree.traverse(lambda v: tree.MAP_TO_NONE if v == 1 else None, [1, [2, 1]]) == [None, [2, None]]
    assert tree.traverse(lambda v: "L" if isinstance(v, list) and len(v) == 1 else None, [1, [2]]) == [1, "L"]


def test_lists_to_tuples():
    assert tree.lists_to_tuples({"a": [1, [2]], "b": []}) == {"a": (1, (2,)), "b": ()}


def test_map_shape_structure_takes_a_shape_for_a_leaf():
    shapes = {"a": (None, 3), "b": [(2,), ()]}
    assert tree.map_shape_structure(len, shapes) == {"a": 2, "b": [1, 0]}


def test_registered_classes_are_containers():
    @tree.register_tree_node_class
    class Pair:
        def __init__(self, left, right, label):
            self.left, self.right, self.label = left, right, label

        def tree_flatten(self):
            return (self.left, self.right), self.label

        @classmethod
        def tree_unflatten(cls, label, children):
            return cls(*children, label)

    doubled = tree.map_structure(lambda v: 2 * v, Pair(1, [2], "kept"))
    assert (doubled.left, doubled.right, doubled.label) == (2, [4], "kept")
    assert tree.flatten_with_path(doubled) == [((0,), 2), ((1, 0), 4)]
    with pytest.raises(TypeError, match="tree_flatten"):
        tree.register_tree_node_class(int)
