# ruff: noqa: PT009, PT027  a TestCase like unittest's: its assertions call each other
"""`tf.test`: a `TestCase` with comparisons of arrays, and queries of the machine."""

import re
import tempfile
import unittest

import numpy as np

from minikeras import tree
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.errors import InvalidArgumentError, OpError
from minikeras.compat.tensorflow import gradient_checking, random
from minikeras.compat.tensorflow.conversion import array, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype

__all__ = [
    "TestCase",
    "compute_gradient",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_built_with_xla",
    "is_gpu_available",
    "main",
]

RANDOM_SEED = 87654321  # TensorFlow's, before each test
HALF = 1e-3  # tolerance of float16 in assertAllCloseAccordingToType


class TestCase(unittest.TestCase):
    """`unittest.TestCase` with assertions about arrays. Before each test the global random seeds are set."""

    def setUp(self):
        super().setUp()
        random.set_seed(RANDOM_SEED)
        np.random.seed(RANDOM_SEED)  # noqa: NPY002  as TensorFlow does: tests may use np.random

    # --- values ---------------------------------------------------------------------------------------------------

    def evaluate(self, tensors):
        """Nested tensors as NumPy arrays."""
        return tree.map_structure(lambda x: x.numpy() if hasattr(x, "numpy") else x, tensors)

    def get_temp_dir(self):
        """A folder that exists during the test."""
        if not hasattr(self, "_temporary"):
            self._temporary = tempfile.TemporaryDirectory()
            self.addCleanup(self._temporary.cleanup)
        return self._temporary.name

    # --- all elements ---------------------------------------------------------------------------------------------

    def assertAllEqual(self, a, b, msg=None):  # noqa: N802
        """Same shape and elements."""
        a, b = _as_array(a), _as_array(b)
        self.assertEqual(a.shape, b.shape, f"shapes differ {_also(msg)}")
        np.testing.assert_array_equal(a, b, err_msg=msg or "")

    def assertNotAllEqual(self, a, b, msg=None):  # noqa: N802
        """The opposite."""
        with self.assertRaises(AssertionError, msg=msg or "All elements are equal."):
            self.assertAllEqual(a, b)

    def assertAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):  # noqa: N802
        """|a − b| <= atol + rtol·|b| everywhere; dicts and lists item by item."""
        if isinstance(a, dict) or isinstance(b, dict):
            self.assertEqual(sorted(a), sorted(b), f"keys differ {_also(msg)}")
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, f"{_also(msg)} at {key!r}")
        elif isinstance(a, (list, tuple)) and not _is_numbers(a):
            self.assertEqual(len(a), len(b), f"lengths differ {_also(msg)}")
            for x, y in zip(a, b, strict=True):
                self.assertAllClose(x, y, rtol, atol, msg)
        else:
            a, b = _as_array(a), _as_array(b)
            self.assertEqual(a.shape, b.shape, f"shapes differ {_also(msg)}")
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=msg or "")

    def assertNotAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):  # noqa: N802
        """The opposite."""
        with self.assertRaises(AssertionError, msg=msg or "All elements are close."):
            self.assertAllClose(a, b, rtol, atol)

    def assertAllCloseAccordingToType(  # noqa: N802
        self,
        a,
        b,
        rtol=1e-6,
        atol=1e-6,
        float_rtol=1e-6,
        float_atol=1e-6,
        half_rtol=1e-3,
        half_atol=1e-3,
        bfloat16_rtol=1e-2,
        bfloat16_atol=1e-2,
        msg=None,
    ):
        """`assertAllClose` with wider tolerances where one of the two is float32 or float16. (There is no bfloat16.)"""
        dtypes = {_as_array(a).dtype.name, _as_array(b).dtype.name}
        if dtypes & {"float32", "complex64"}:
            rtol, atol = max(rtol, float_rtol), max(atol, float_atol)
        if "float16" in dtypes:
            rtol, atol = max(rtol, half_rtol), max(atol, half_atol)
        self.assertAllClose(a, b, rtol, atol, msg)

    def assertAllGreater(self, a, comparison_target):  # noqa: N802
        """a > target everywhere."""
        self.assertGreater(np.min(_as_array(a)), comparison_target)

    def assertAllGreaterEqual(self, a, comparison_target):  # noqa: N802
        """a >= target everywhere."""
        self.assertGreaterEqual(np.min(_as_array(a)), comparison_target)

    def assertAllLess(self, a, comparison_target):  # noqa: N802
        """a < target everywhere."""
        self.assertLess(np.max(_as_array(a)), comparison_target)

    def assertAllLessEqual(self, a, comparison_target):  # noqa: N802
        """a <= target everywhere."""
        self.assertLessEqual(np.max(_as_array(a)), comparison_target)

    def assertAllInRange(  # noqa: N802
        self, target, lower_bound, upper_bound, open_lower_bound=False, open_upper_bound=False
    ):
        """Within bounds everywhere; bounds are inclusive unless open."""
        values = _as_array(target)
        low = values <= lower_bound if open_lower_bound else values < lower_bound
        high = values >= upper_bound if open_upper_bound else values > upper_bound
        wrong = values[low | high | (values != values)]
        self.assertEqual(wrong.size, 0, f"{wrong.size} elements are out of range, such as {wrong[:3]}")

    def assertAllInSet(self, target, expected_set):  # noqa: N802
        """Every element is one of the set."""
        wrong = set(np.unique(_as_array(target)).tolist()) - set(expected_set)
        self.assertFalse(wrong, f"{wrong} are not in {expected_set}")

    def assertShapeEqual(self, input_a, input_b, msg=None):  # noqa: N802
        """Same shape."""
        self.assertEqual(tuple(input_a.shape), tuple(input_b.shape), msg)

    def assertDTypeEqual(self, target, expected_dtype):  # noqa: N802
        """Of this dtype."""
        self.assertEqual(as_dtype(_as_array(target).dtype), as_dtype(expected_dtype))

    def assertNear(self, f1, f2, err, msg=None):  # noqa: N802
        """Two numbers differ by at most `err`."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1!r} != {f2!r} +/- {err!r} {_also(msg)}")

    def assertArrayNear(self, farray1, farray2, err, msg=None):  # noqa: N802
        """Two lists of numbers differ by at most `err` anywhere."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for x, y in zip(farray1, farray2, strict=True):
            self.assertNear(float(x), float(y), err, msg)

    def assertNDArrayNear(self, ndarray1, ndarray2, err, msg=None):  # noqa: N802
        """The norm of the difference of two arrays is at most `err`."""
        self.assertLessEqual(np.linalg.norm(np.asarray(ndarray1) - np.asarray(ndarray2)), err, msg)

    # --- containers -----------------------------------------------------------------------------------------------

    def assertLen(self, container, expected_len, msg=None):  # noqa: N802
        """Of this length."""
        self.assertEqual(len(container), expected_len, msg)

    def assertEmpty(self, container, msg=None):  # noqa: N802
        """Of length 0."""
        self.assertEqual(len(container), 0, msg)

    def assertNotEmpty(self, container, msg=None):  # noqa: N802
        """Not of length 0."""
        self.assertNotEqual(len(container), 0, msg)

    # --- errors ---------------------------------------------------------------------------------------------------

    def assertRaisesWithPredicateMatch(self, exception_type, expected_err_re_or_predicate):  # noqa: N802
        """Context manager: an error of this type whose text matches a pattern, or for which a function returns True."""
        return _RaisesFitting(self, exception_type, expected_err_re_or_predicate)

    def assertRaisesOpError(self, expected_err_re_or_predicate):  # noqa: N802
        """The same for `tf.errors.OpError`."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(self, exception_type=InvalidArgumentError):  # noqa: N802
        """Context manager: an error about shapes. minikeras raises a ValueError for them."""
        return self.assertRaisesRegex((exception_type, ValueError), "shape|broadcast")


class _RaisesFitting:
    def __init__(self, case, exception_type, fits):
        self.case, self.exception_type, self.fits = case, exception_type, fits

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.case.assertIsNotNone(error, f"{self.exception_type.__name__} not raised")
        if not isinstance(error, self.exception_type):
            return False
        fits = self.fits(error) if callable(self.fits) else re.search(self.fits, str(error))
        self.case.assertTrue(fits, f"Exception of type {type(error).__name__} does not fit: {error}")
        return True


def _as_array(x):
    if isinstance(x, (Tensor, Variable)):
        return x.array
    if isinstance(x, IndexedSlices):
        return x.to_dense()
    return x if isinstance(x, np.ndarray) else array(x)


def _is_numbers(nested):
    """Whether a nested list is one array rather than a list of arrays of several shapes."""
    try:
        array(nested)
    except (TypeError, ValueError):
        return False
    return True


def _also(message):
    return f"({message})" if message else ""


# --- the machine ------------------------------------------------------------------------------------------------------


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """False: minikeras computes on the CPU."""
    return False


def gpu_device_name():
    """The empty string: there is no GPU."""
    return ""


def is_built_with_cuda():
    """False."""
    return False


def is_built_with_rocm():
    """False."""
    return False


def is_built_with_gpu_support():
    """False."""
    return False


def is_built_with_xla():
    """False."""
    return False


# --- running ----------------------------------------------------------------------------------------------------------


def compute_gradient(f, x, delta=None):
    """Jacobians of `f` by a tape and by finite differences.

    Args:
        f: takes as many tensors as there are in `x`, returns one.
        x: list of arrays.
        delta: step of the differences, 2⁻¹⁰ if None.

    Returns:
        Two tuples with a matrix for each argument: (elements of the result, elements of the argument).
    """
    return gradient_checking.compute_gradient(f, [tensor(a) for a in x], delta)


def main(argv=None):
    """Run the tests of the calling script."""
    unittest.main(argv=argv)
