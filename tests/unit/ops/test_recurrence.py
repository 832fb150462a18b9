"""`rnn` against the recurrence h[t] = x[t] + 0.5 · h[t − 1] written as a Python loop."""

import numpy as np
import pytest

from minikeras import GradientTape, KerasTensor, Tensor, ops
from minikeras.ops.recurrence import rnn

X = np.random.default_rng(2).normal(size=(2, 5, 3)).astype("float32")
MASK = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 0]], bool)


def step(x, states):
    h = x + 0.5 * states[0] + sum(states[1:])
    return h, [h]


def loop(x, mask, order, zero_output=False):
    """(outputs by time, last state) of one sample."""
    h, outputs, before = np.zeros(3, "float32"), {}, np.zeros(3, "float32")
    for t in order:
        if mask is None or mask[t]:
            h = x[t] + np.float32(0.5) * h
            outputs[t] = before = h
        else:
            outputs[t] = np.zeros_like(h) if zero_output else before
    return [outputs[t] for t in order], h


SETTINGS = [
    {},
    {"go_backwards": True},
    {"mask": MASK},
    {"mask": MASK, "go_backwards": True},
    {"mask": MASK, "zero_output_for_mask": True},
    {"time_major": True},
    {"unroll": True},
    {"return_all_outputs": False},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: ", ".join(s) or "plain")
def test_rnn_is_the_loop(settings):
    settings = dict(settings)
    order = list(range(5))[:: -1 if settings.get("go_backwards") else 1]
    mask, zero = settings.get("mask"), settings.get("zero_output_for_mask", False)
    samples = [loop(X[i], None if mask is None else mask[i], order, zero) for i in range(2)]
    expected, states = np.array([s[0] for s in samples]), np.array([s[1] for s in samples])
    x = X.transpose(1, 0, 2) if settings.get("time_major") else X
    last, outputs, (state,) = rnn(step, ops.convert_to_tensor(x), [ops.zeros((2, 3))], **settings)
    if settings.get("return_all_outputs", True):
        shown = outputs.array.transpose(1, 0, 2) if settings.get("time_major") else outputs.array
        np.testing.assert_allclose(shown, expected, rtol=1e-6)
    else:
        assert outputs.shape == (2, 1, 3)
    np.testing.assert_allclose(last, expected[:, -1], rtol=1e-6)
    np.testing.assert_allclose(state, states, rtol=1e-6)


def test_lengths_are_masks():
    lengths = np.array([3, 5], "int32")
    mask = np.arange(5) < lengths[:, None]
    by_length = rnn(step, ops.convert_to_tensor(X), [ops.zeros((2, 3))], input_length=lengths)
    by_mask = rnn(step, ops.convert_to_tensor(X), [ops.zeros((2, 3))], mask=mask)
    for a, b in zip(by_length[:2], by_mask[:2], strict=True):
        np.testing.assert_array_equal(a, b)


def test_constants_come_after_the_states_and_gradients_flow_through_time():
    x = Tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        last = rnn(step, x, [ops.zeros((2, 3))], constants=[ops.ones((3,))])[0]
    expected = np.broadcast_to((0.5 ** np.arange(4, -1, -1))[:, None], X.shape)
    np.testing.assert_allclose(tape.gradient(last, x), expected, rtol=1e-6)
    without = rnn(step, Tensor(X), [ops.zeros((2, 3))])[0]
    np.testing.assert_allclose(last - without, np.full((2, 3), sum(0.5**k for k in range(5))), rtol=1e-5)


def test_the_number_of_steps_must_be_known():
    with pytest.raises(ValueError, match="known number of time steps"):
        rnn(step, KerasTensor((2, None, 3)), [ops.zeros((2, 3))])
