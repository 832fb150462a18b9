"""`tf.test.TestCase`: each assertion holds where it should and fails where it should."""

import unittest

import numpy as np
import pytest

from minikeras.compat import tensorflow as tf

HOLDS = [
    lambda t: t.assertAllEqual(tf.constant([1, 2]), [1, 2]),
    lambda t: t.assertNotAllEqual([1, 2], [1, 3]),
    lambda t: t.assertAllClose(tf.Variable([1.0, 2.0]), [1.0, 2.0 + 1e-7]),
    lambda t: t.assertAllClose({"a": 1.0, "b": [np.ones(2), np.zeros(3)]}, {"a": 1.0, "b": [np.ones(2), np.zeros(3)]}),
    lambda t: t.assertNotAllClose([1.0], [1.1]),
    lambda t: t.assertAllCloseAccordingToType(np.float16([1.0]), np.float16([1.0005])),
    lambda t: t.assertAllGreater([2, 3], 1),
    lambda t: t.assertAllGreaterEqual([1, 3], 1),
    lambda t: t.assertAllLess([0], 1),
    lambda t: t.assertAllLessEqual([1], 1),
    lambda t: t.assertAllInRange([0.0, 1.0], 0, 1),
    lambda t: t.assertAllInSet([1, 2, 1], [1, 2]),
    lambda t: t.assertShapeEqual(np.ones((2, 3)), tf.zeros((2, 3))),
    lambda t: t.assertDTypeEqual(tf.constant(1.0), tf.float32),
    lambda t: t.assertNear(1.0, 1.1, 0.2),
    lambda t: t.assertArrayNear([1.0], [1.1], 0.2),
    lambda t: t.assertNDArrayNear(np.ones(2), np.ones(2), 0.1),
    lambda t: t.assertLen([1], 1),
    lambda t: t.assertEmpty([]),
    lambda t: t.assertNotEmpty([1]),
]
FAILS = [
    lambda t: t.assertAllEqual([1, 2], [1, 3]),
    lambda t: t.assertAllEqual([1, 2], [[1, 2]]),
    lambda t: t.assertNotAllEqual([1], [1]),
    lambda t: t.assertAllClose([1.0], [1.1]),
    lambda t: t.assertAllClose({"a": 1.0}, {"b": 1.0}),
    lambda t: t.assertAllClose([np.ones(2), np.ones(3)], [np.ones(2), np.zeros(3)]),
    lambda t: t.assertNotAllClose([1.0], [1.0]),
    lambda t: t.assertAllCloseAccordingToType(np.float32([1.0]), np.float32([1.0005])),
    lambda t: t.assertAllGreater([2, 3], 2),
    lambda t: t.assertAllLess([1], 1),
    lambda t: t.assertAllInRange([0.0, 1.0], 0, 1, open_upper_bound=True),
    lambda t: t.assertAllInSet([3], [1, 2]),
    lambda t: t.assertShapeEqual(np.ones((2, 3)), tf.zeros((3,))),
    lambda t: t.assertDTypeEqual(tf.constant(1), tf.float32),
    lambda t: t.assertNear(1.0, 1.3, 0.2),
    lambda t: t.assertLen([1], 2),
    lambda t: t.assertEmpty([1]),
]


@pytest.mark.parametrize("check", HOLDS)
def test_holds(check):
    check(tf.test.TestCase())


@pytest.mark.parametrize("check", FAILS)
def test_fails(check):
    with pytest.raises(AssertionError):
        check(tf.test.TestCase())


def test_errors_that_fit():
    case = tf.test.TestCase()
    with case.assertRaisesOpError("twice"):
        raise tf.errors.InvalidArgumentError(None, None, "read twice")
    with case.assertRaisesWithPredicateMatch(ValueError, lambda error: "x" in str(error)):
        raise ValueError("x")
    with pytest.raises(AssertionError, match="does not fit"), case.assertRaisesOpError("once"):
        raise tf.errors.InvalidArgumentError(None, None, "read twice")
    with pytest.raises(AssertionError, match="not raised"), case.assertRaisesOpError("once"):
        pass
    with pytest.raises(KeyError), case.assertRaisesOpError("once"):
        raise KeyError("once")


def test_each_test_begins_with_the_same_seeds():
    drawn = []

    class Case(tf.test.TestCase):
        def test_one(self):
            drawn.append((tf.random.normal([2]).numpy().tolist(), np.random.rand()))

        test_two = test_one

        def test_values(self):
            assert self.evaluate({"a": tf.constant(1)}) == {"a": 1}
            assert self.get_temp_dir()

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert result.testsRun == 3
    assert result.wasSuccessful(), result.failures + result.errors
    assert drawn[0] == drawn[1]
