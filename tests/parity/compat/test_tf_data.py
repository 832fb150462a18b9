"""`tf.data` of the shim against the live one: the same elements in the same order, the same specs and cardinalities."""

import re

import numpy as np
import pytest

from tests.parity.compat.data_sets import DATASETS, GROUP, SHAPES_UNKNOWN_TO_TENSORFLOW, X, count, pairs, slices, steps

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import check_snippet, compare, outcome  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", DATASETS)
def test_same_elements_spec_and_cardinality(name):
    def snippet(tf):
        dataset = DATASETS[name](tf)
        first, second = list(dataset), list(dataset)
        assert len(first) == len(second)
        spec = None if name in SHAPES_UNKNOWN_TO_TENSORFLOW else repr(dataset.element_spec)
        return first, spec, dataset.cardinality()

    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("name", ["slices of a nest", "batch of strings", "padded batch of pairs", "one tensor"])
def test_numpy_iterator(name):
    check_snippet(lambda tf: list(DATASETS[name](tf).as_numpy_iterator()), GROUP, SAME_FORMULA)


@pytest.mark.parametrize("cycle, block", [(1, 1), (2, 1), (2, 3), (3, 2), (7, 2)])
@pytest.mark.parametrize("parallel", [{}, {"num_parallel_calls": -1, "deterministic": True}], ids=["one", "parallel"])
def test_interleave(cycle, block, parallel):
    def snippet(tf):
        dataset = slices(tf, np.array([3, 1, 5, 0, 2])).interleave(
            lambda n: tf.data.Dataset.range(10 * n, 10 * n + n), cycle_length=cycle, block_length=block, **parallel
        )
        return list(dataset), dataset.cardinality()

    check_snippet(snippet, GROUP, SAME_FORMULA)


def test_interleave_opens_as_many_data_sets_as_there_are_processors():
    check_snippet(lambda tf: list(count(tf, 5).interleave(lambda n: tf.data.Dataset.range(n))), GROUP, SAME_FORMULA)


# name → something asked of a data set that is not a data set.
QUESTIONS = {
    "len": lambda tf: len(pairs(tf).batch(2)),
    "len of what never ends": lambda tf: len(count(tf).repeat()),
    "len of what is not known": lambda tf: len(count(tf).filter(lambda x: x > 3)),
    "bool": lambda tf: bool(count(tf, 0)),
    "reduce": lambda tf: count(tf).reduce(np.int64(0), lambda total, x: total + x),
    "reduce pairs": lambda tf: pairs(tf).reduce((0.0, np.int64(0)), lambda s, e: (s[0] + e[0][0], s[1] + e[1])),
    "get_single_element": lambda tf: tf.data.Dataset.from_tensors((1, "a")).get_single_element(),
    "get_single_element of many": lambda tf: count(tf).get_single_element(),
    "get_single_element of none": lambda tf: count(tf, 0).get_single_element(),
    "next": lambda tf: next(iter(pairs(tf))),
    "get_next": lambda tf: [iter(count(tf)).get_next() for _ in range(2)],
    "get_next at the end": lambda tf: iter(count(tf, 0)).get_next(),
    "optional": lambda tf: iter(count(tf)).get_next_as_optional().get_value(),
    "empty optional": lambda tf: iter(count(tf, 0)).get_next_as_optional().has_value(),
    "constants": lambda tf: (tf.data.AUTOTUNE, tf.data.INFINITE_CARDINALITY, tf.data.UNKNOWN_CARDINALITY),
    "experimental constants": lambda tf: (tf.data.experimental.AUTOTUNE, tf.data.experimental.INFINITE_CARDINALITY),
    "cardinality forever": lambda tf: count(tf).repeat().cardinality(),
    "cardinality as a function": lambda tf: tf.data.experimental.cardinality(count(tf).batch(3)),
    "is it infinite": lambda tf: bool(count(tf).repeat().cardinality() == tf.data.INFINITE_CARDINALITY),
    "spec of windows": lambda tf: repr(count(tf).window(3).element_spec),
    "options": lambda tf: count(tf).with_options(_deterministic(tf)).batch(2).options().deterministic,
    "unknown option": lambda tf: setattr(tf.data.Options(), "deterministc", True),
    "autoshard": lambda tf: int(tf.data.experimental.AutoShardPolicy.DATA),
    "isinstance": lambda tf: isinstance(count(tf).batch(2), tf.data.Dataset),
    "spec of a data set": lambda tf: repr(tf.data.DatasetSpec(count(tf).element_spec)),
}


def _deterministic(tf):
    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.threading.private_threadpool_size = 2
    return options


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions(name):
    check_snippet(QUESTIONS[name], GROUP, SAME_FORMULA)


# name → a mistake. TensorFlow's class of exception where it is one of Python's or of tf.errors, or ours where it is
# raised within a graph.
MISTAKES = {
    "slices of different lengths": (lambda tf: slices(tf, X, [1, 2]), ValueError),
    "slices of a number": (lambda tf: slices(tf, 3), ValueError),
    "batch of different shapes": (lambda tf: list(steps(tf).batch(2)), shim.errors.InvalidArgumentError),
    "padded too short": (lambda tf: list(steps(tf).padded_batch(2, [2])), shim.errors.DataLossError),
    "zip of a list": (lambda tf: tf.data.Dataset.zip([count(tf), count(tf)]), TypeError),
    "predicate without a boolean": (lambda tf: list(count(tf).filter(lambda x: x)), ValueError),
    "concatenation of structures": (lambda tf: count(tf).concatenate(pairs(tf)).element_spec, TypeError),
    "assert_cardinality": (
        lambda tf: list(count(tf, 3).apply(tf.data.experimental.assert_cardinality(5))),
        shim.errors.FailedPreconditionError,
    ),
    "generator of other shapes": (
        lambda tf: list(
            tf.data.Dataset.from_generator(lambda: iter([[1, 2]]), output_signature=tf.TensorSpec([3], tf.int32))
        ),
        shim.errors.InvalidArgumentError,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_errors_of_the_same_kind(name):
    snippet, kind = MISTAKES[name]
    with pytest.raises(kind):
        snippet(shim)
    with pytest.raises(getattr(tf.errors, kind.__name__, kind)):
        snippet(tf)


def test_the_message_for_unequal_shapes_names_those_of_tensorflow():
    for module in (shim, tf):
        message = str(outcome(lambda tf: list(steps(tf).batch(2)), module).error)
        assert re.search(r"component 0.*shape \[3\].*element 1.*\[1\]", message), message


def test_elements_have_their_dtypes_while_the_shim_is_installed():
    with tensor_attributes_installed():
        for ours, theirs in zip(pairs(shim).batch(2), pairs(tf).batch(2), strict=True):
            assert ours[0].shape.as_list() == theirs[0].shape.as_list()
            compare(ours, theirs, GROUP, SAME_FORMULA, "batch")
