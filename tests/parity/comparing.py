"""Comparison of minikeras's results with those of the live tf.keras, with a record of the deviations."""

import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from tests.notes import note_comparison, note_deviation

# The only accepted reason for a difference: float32 sums taken in another order. One rounding is 6e-8 of the value; the
# constants allow for the number of roundings in a chain of that kind.
SAME_OPERATIONS = 1e-6  # the same roundings in the same order: equal bit for bit on x86-64; a few roundings elsewhere
SAME_FORMULA = 2e-6  # elementwise functions and short sums, a few dozen roundings
LAYER = 2e-5  # matrix products and convolutions over up to some thousand terms, forward and backward
STEPS = 2e-4  # weights after several optimizer steps: each step works on the rounding errors of the one before
TRAJECTORY = 1e-3  # losses over 50 steps of training, where roundings grow with every step


def needs_onednn(*dilations):
    """Skip a test of gradients that TensorFlow computes by oneDNN alone, those of dilated convolutions, without it."""
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0" and any(np.max(dilation) > 1 for dilation in dilations):
        pytest.skip("TensorFlow without oneDNN has no gradient of a dilated convolution")


def needs_half_precision(dtype):
    """Skip a test of float16 or bfloat16 that TensorFlow does not compute here.

    Where the processor has instructions for them, TensorFlow (2.21) leaves products, convolutions and softmax to
    oneDNN, which raises or aborts the process if ONEDNN_MAX_CPU_ISA forbids these instructions.
    """
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    if limit and dtype in ("float16", "bfloat16") and not _has_softmax(dtype):
        pytest.skip(f"TensorFlow does not compute {dtype} on this processor with ONEDNN_MAX_CPU_ISA={limit}")


@cache
def _has_softmax(dtype):
    program = f"import tensorflow as tf; tf.nn.softmax(tf.zeros((2, 2), '{dtype}'))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def needs_right_einsum(equation, dtype):
    """Skip a test of an einsum that TensorFlow computes wrongly here.

    On processors with AVX512-FP16, oneDNN (in TensorFlow 2.21) multiplies float16 and some bfloat16 of an equation with
    an ellipsis wrongly: elements are off by more than their size.
    """
    import tensorflow as tf

    needs_half_precision(dtype)
    left, right = np.arange(12.0).reshape(2, 2, 3), np.arange(6.0).reshape(3, 2)
    if "..." in equation:
        product = tf.einsum("...x,xy->...y", tf.constant(left, dtype), tf.constant(right, dtype))
        if not np.array_equal(tf.cast(product, "float64"), left @ right):
            pytest.skip(f"TensorFlow's einsum of {dtype} with an ellipsis is wrong on this processor")


def is_unsafe_in_onednn(window, strides):
    """Whether TensorFlow must not compute this convolution's kernel gradient in float32, which it does by oneDNN.

    On processors with AVX2 but not AVX-512, oneDNN (in TensorFlow 2.21) reads and writes outside of its arrays in the
    kernel gradient of strided convolutions with a window of one element and fewer than eight channels: entries of the
    gradient are off by more than their size, differently in each run, or the process aborts. ONEDNN_MAX_CPU_ISA=AVX2
    shows it on other processors. In float64 TensorFlow does not use oneDNN, and is right.
    """
    strides = np.broadcast_to(strides, len(window))
    return all(size == 1 for size in window) and any(stride > 1 for stride in strides)


def assert_close(group, ours, theirs, tolerance, what=""):
    """Check that two arrays differ by less than `tolerance` of their largest value, and note the difference."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, tf.keras has {theirs.shape}"
    assert ours.dtype.kind == theirs.dtype.kind, f"{what}: dtype {ours.dtype}, tf.keras has {theirs.dtype}"
    note_comparison(group, ours.size, np.sum((ours == theirs) | ((ours != ours) & (theirs != theirs))))
    if ours.size == 0 or ours.dtype.kind not in "fc":
        np.testing.assert_array_equal(ours, theirs, err_msg=what)
        return
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs), err_msg=f"{what}: NaN at different positions")
    infinite = ~np.isfinite(theirs)
    np.testing.assert_array_equal(ours[infinite], theirs[infinite], err_msg=f"{what}: infinities differ")
    finite = np.isfinite(theirs)
    if not finite.any():
        return
    scale = max(float(np.abs(theirs[finite]).max()), 1e-3)
    deviation = float(np.abs(ours[finite].astype("float64") - theirs[finite].astype("float64")).max()) / scale
    note_deviation(group, deviation)
    assert deviation <= tolerance, f"{what}: differs by {deviation:.2e} of the largest value (allowed: {tolerance:.0e})"


def assert_same_nested(group, ours, theirs, tolerance, what=""):
    """`assert_close` for lists and dicts of arrays; None must be where None is."""
    if theirs is None or ours is None:
        assert (ours is None) == (theirs is None), f"{what}: one side is None"
    elif isinstance(theirs, dict):
        assert sorted(ours) == sorted(theirs), what
        for key in theirs:
            assert_same_nested(group, ours[key], theirs[key], tolerance, f"{what}[{key!r}]")
    elif isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs), what
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same_nested(group, a, b, tolerance, f"{what}[{i}]")
    else:
        assert_close(group, ours, theirs, tolerance, what)
