# ruff: noqa: PT009, PT027  a TestCase like unittest's: its assertions call each other
"""`keras.src.testing`: the TestCase of Keras's own tests, on which packages base theirs."""

import shutil
import tempfile
import unittest

import numpy as np

from minikeras import ops, tree
from minikeras.compat.keras_src.layer_checks import LayerChecks
from minikeras.serialization import custom_object_scope, deserialize_keras_object, serialize_keras_object
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor
from minikeras.utils.session import clear_session

__all__ = ["TestCase", "jax_uses_gpu", "jax_uses_tpu", "tensorflow_uses_gpu", "tensorflow_uses_tpu", "torch_uses_gpu",
           "uses_gpu", "uses_tpu"]  # fmt: skip


class TestCase(LayerChecks, unittest.TestCase):
    """`unittest.TestCase` with assertions about tensors, and `run_layer_test`. Each test begins a new session."""

    maxDiff = None  # unittest's name: show all

    def setUp(self):
        clear_session(free_memory=False)

    def get_temp_dir(self):
        """A folder that exists during the test."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    # --- values ---------------------------------------------------------------------------------------------------

    def assertAllClose(self, x1, x2, atol=1e-6, rtol=1e-6, tpu_atol=None, tpu_rtol=None, msg=None):  # noqa: N802
        """|x1 − x2| <= atol + rtol·|x2| everywhere."""
        np.testing.assert_allclose(_array(x1), _array(x2), atol=atol, rtol=rtol, err_msg=msg or "")

    def assertNotAllClose(self, x1, x2, atol=1e-6, rtol=1e-6, msg=None):  # noqa: N802
        """The opposite."""
        with self.assertRaises(AssertionError, msg=msg or f"{x1} and {x2} are close."):
            self.assertAllClose(x1, x2, atol=atol, rtol=rtol)

    def assertAlmostEqual(self, x1, x2, decimal=3, tpu_decimal=None, msg=None):  # noqa: N802
        """Assert that numbers or arrays are equal to a number of decimals."""
        np.testing.assert_almost_equal(_array(x1), _array(x2), decimal=decimal, err_msg=msg or "")

    def assertAllEqual(self, x1, x2, msg=None):  # noqa: N802
        """The same structure, shapes and elements."""
        tree.assert_same_structure(x1, x2)
        for a, b in zip(tree.flatten(x1), tree.flatten(x2), strict=True):
            np.testing.assert_array_equal(_array(a), _array(b), err_msg=msg or "")

    def assertLen(self, iterable, expected_len, msg=None):  # noqa: N802
        """As many items."""
        self.assertEqual(len(iterable), expected_len, msg)

    def assertDType(self, x, dtype, msg=None):  # noqa: N802
        """The dtype of a tensor."""
        self.assertEqual(ops.dtype(x), dtype, msg)

    def assertSparse(self, x, sparse=True):  # noqa: N802
        """Whether a tensor, or a symbolic one, is sparse."""
        self.assertEqual(isinstance(x, SparseTensor) or getattr(x, "sparse", False), sparse)

    def assertRagged(self, x, ragged=True):  # noqa: N802
        """Whether a tensor, or a symbolic one, is ragged."""
        self.assertEqual(isinstance(x, RaggedTensor) or getattr(x, "ragged", False), ragged)

    # --- configs --------------------------------------------------------------------------------------------------

    def run_class_serialization_test(self, instance, custom_objects=None):
        """The object from its config has the same config and attributes. Returns it."""
        config = instance.get_config()
        with custom_object_scope(custom_objects):
            revived = type(instance).from_config(config)
            from_stored = deserialize_keras_object(serialize_keras_object(instance))
        self.assertEqual(revived.get_config(), config)
        self.assertEqual(from_stored.get_config(), config)
        self.assertEqual(set(dir(revived)), set(dir(instance)))
        return revived


def _array(x):
    return np.asarray(x) if isinstance(x, (list, tuple)) else ops.convert_to_numpy(x)


def uses_gpu():
    """Whether tests run on a GPU: never."""
    return False


uses_tpu = jax_uses_gpu = jax_uses_tpu = tensorflow_uses_gpu = tensorflow_uses_tpu = torch_uses_gpu = uses_gpu
