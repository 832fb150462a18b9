"""The loops of recurrent layers as jobs against their references, for all optional inputs."""

import itertools

import numpy as np
import pytest

from minikeras.kernels.job_lists import run
from minikeras.kernels.memory import aligned
from minikeras.kernels.recurrence.gru import gru_gradient_reference, gru_reference
from minikeras.kernels.recurrence.gru_jobs import gru, gru_gradient, gru_gradient_jobs, gru_jobs
from minikeras.kernels.recurrence.lstm import lstm_gradient_reference, lstm_reference
from minikeras.kernels.recurrence.lstm_gradient_jobs import (
    lstm_and_input_gradient_jobs,
    lstm_gradient,
    lstm_gradient_jobs,
)
from minikeras.kernels.recurrence.lstm_jobs import lstm, lstm_and_input_jobs, lstm_jobs
from minikeras.kernels.recurrence.simple_rnn import simple_rnn_gradient_reference, simple_rnn_reference
from minikeras.kernels.recurrence.simple_rnn_jobs import (
    simple_rnn,
    simple_rnn_gradient,
    simple_rnn_gradient_jobs,
    simple_rnn_jobs,
)

TOLERANCE = 2e-5  # of the largest value: float32 sums of up to 40 · 4 terms, carried through 7 steps
SHAPES = [(5, 4, 3), (33, 7, 40), (1, 3, 17), (2, 1, 16)]  # batch, steps, units
# (first states, mask, backwards, gradients of all steps, of the last, dropout of the states)
SETTINGS = [
    (first, masked, reverse, True, last, reverse != first)
    for first, masked, reverse, last in itertools.product([False, True], repeat=4)
    if last == masked
] + [(False, False, False, False, True, False)]
NAMES = ["first", "masked", "reverse", "of_steps", "of_last", "dropout"]


class Inputs:
    """Random arrays for one loop."""

    def __init__(self, shape, gates, settings):
        first, masked, self.reverse, of_steps, of_last, dropout = settings
        batch, steps, units = shape
        rng = np.random.default_rng(sum(shape))

        def draw(*shape):
            return rng.normal(size=shape).astype("float32")

        self.z = draw(batch, steps, gates * units)
        self.kernel = draw(units, gates * units) / np.float32(np.sqrt(units))  # so that no step amplifies rounding
        self.bias = draw(gates * units) if first else None
        self.h, self.c = (draw(batch, units), draw(batch, units)) if first else (None, None)
        self.mask = rng.random((batch, steps)) < 0.6 if masked else None
        self.bytes = None if self.mask is None else self.mask.view(np.uint8)
        self.dropout = (rng.random((batch, gates, units)) < 0.7) / np.float32(0.7) if dropout else None
        self.dh_of_steps = draw(*shape) if of_steps else None
        self.dh, self.dc = (draw(batch, units), draw(batch, units)) if of_last else (None, None)


def empty(expected):
    """An array for each that is expected; none where there is no first state."""
    return [aligned(x.shape) for x in expected]


def check(found, expected):
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=0, atol=TOLERANCE * max(1.0, np.abs(y).max()))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_lstm(shape):
    for settings in SETTINGS:
        x = Inputs(shape, 4, settings)
        h, c, gates = lstm_reference(x.z, x.kernel, x.h, x.c, x.mask, x.dropout, x.reverse, "tanh", "sigmoid")
        expected = [h, h[:, -1], c[:, -1], c]
        found = empty([*expected, gates])
        run(lstm_jobs(x.z, x.kernel, x.h, x.c, x.bytes, x.dropout, *found, x.reverse))
        check(found[:4], expected)
        kept = found[0], found[3], found[4]
        first = x.dh_of_steps, x.dh, x.dc, x.kernel, x.h, x.c
        gradients = lstm_gradient_reference(*first, x.mask, x.dropout, h, c, gates, x.reverse, "tanh", "sigmoid")
        wanted = gradients if settings[0] else gradients[:2]
        results = empty(wanted)
        jobs = lstm_gradient_jobs(*first, x.bytes, x.dropout, *kept, *results, *[None] * (4 - len(results)), x.reverse)
        run(jobs)
        check(results, wanted)


FEATURES = 5
LIMITS = {  # of `lstm_gradient_jobs.py`, small, so that few samples and steps pass them
    "blocks of few steps, and parts of several groups of samples": {"TERMS": 20, "MAX_PARTS": 2},
    "no parts": {"MAX_PART": 0},
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_lstm_and_the_product_of_its_input(shape):
    for settings in SETTINGS:
        check_lstm_and_input(Inputs(shape, 4, settings))


def check_lstm_and_input(x):
    (batch, steps, _), units = x.z.shape, len(x.kernel)
    rng = np.random.default_rng(1)
    values, kernel = rng.normal(size=(batch, steps, FEATURES)), rng.normal(size=(FEATURES, 4 * units))
    values, kernel = values.astype("float32"), kernel.astype("float32") / np.float32(2)
    z = values @ kernel + (0 if x.bias is None else x.bias)
    first = x.kernel, x.h, x.c, x.mask, None
    h, c, gates = lstm_reference(z, *first, x.reverse, "tanh", "sigmoid")
    found = empty([h, h[:, -1], c[:, -1], c, gates])
    run(lstm_and_input_jobs(values, kernel, x.bias, x.kernel, x.h, x.c, x.bytes, *found, x.reverse))
    check(found[:4], [h, h[:, -1], c[:, -1], c])
    dys = x.dh_of_steps, x.dh, x.dc
    dz, *gradients = lstm_gradient_reference(*dys, *first, h, c, gates, x.reverse, "tanh", "sigmoid")
    rows = dz.reshape(-1, 4 * units)
    wanted = [dz @ kernel.T, values.reshape(-1, FEATURES).T @ rows, rows.sum(axis=0)]
    wanted += gradients if x.h is not None else gradients[:1]
    dx, dkernel, dbias, *of_loop = results = empty(wanted)
    of_loop += [None] * (3 - len(of_loop))
    kept = found[0], found[3], found[4]
    inputs = values, kernel, dx, dkernel, dbias
    run(lstm_and_input_gradient_jobs(*inputs, *dys, x.kernel, x.h, x.c, x.bytes, *kept, *of_loop, x.reverse))
    check(results, wanted)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_lstm_within_small_limits(monkeypatch, limits):
    for name, value in limits.items():
        monkeypatch.setattr(f"minikeras.kernels.recurrence.lstm_gradient_jobs.{name}", value)
    test_lstm(SHAPES[1])
    if "MAX_PART" not in limits:
        test_lstm_and_the_product_of_its_input(SHAPES[1])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gru(shape):
    for settings in SETTINGS:
        x = Inputs(shape, 3, settings)
        how = True, x.reverse, "tanh", "sigmoid"
        h, gates, inner = gru_reference(x.z, x.kernel, x.bias, x.h, x.mask, x.dropout, *how)
        found = empty([h, h[:, -1], gates, inner])
        run(gru_jobs(x.z, x.kernel, x.bias, x.h, x.bytes, x.dropout, *found, x.reverse))
        check(found[:2], [h, h[:, -1]])
        first = x.dh_of_steps, x.dh, x.kernel, x.h
        dz, dkernel, dbias, dh = gru_gradient_reference(*first, x.mask, x.dropout, h, gates, inner, *how)
        wanted = [dz, dkernel, dbias, dh] if settings[0] else [dz, dkernel, dbias]
        results = empty(wanted)
        kept = found[0], found[2], found[3]
        run(gru_gradient_jobs(*first, x.bytes, x.dropout, *kept, *results, *[None] * (4 - len(results)), x.reverse))
        check(results, wanted)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_simple_rnn(shape, activation):
    for settings in SETTINGS:
        x = Inputs(shape, 1, settings)
        x.kernel /= 3  # relu has no bounds: the states would grow without end
        h = simple_rnn_reference(x.z, x.kernel, x.h, x.mask, x.dropout, x.reverse, activation)
        how = x.reverse, activation == "relu"
        found = empty([h, h[:, -1]])
        run(simple_rnn_jobs(x.z, x.kernel, x.h, x.bytes, x.dropout, *found, *how))
        check(found, [h, h[:, -1]])
        first = x.dh_of_steps, x.dh, x.kernel, x.h
        gradients = simple_rnn_gradient_reference(*first, x.mask, x.dropout, h, x.reverse, activation)
        wanted = gradients if settings[0] else gradients[:2]
        results = empty(wanted)
        run(
            simple_rnn_gradient_jobs(*first, x.bytes, x.dropout, found[0], *results, *[None] * (3 - len(results)), *how)
        )
        check(results, wanted)


LARGE = 24, 30, 32  # batch, steps, units: large enough for jobs


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_large_arrays_go_by_jobs_outside_of_plans(settings):
    x = Inputs(LARGE, 4, settings)
    how = x.reverse, "tanh", "sigmoid"
    inputs = x.z, x.kernel / 4, x.h, x.c, x.mask, x.dropout
    for _ in range(3):  # the jobs of later calls are those of an earlier one
        h, last_h, last_c, c, gates = lstm(*inputs, *how)
    expected = lstm_reference(*inputs, *how)
    check([h, last_h, last_c, c], [expected[0], expected[0][:, -1], expected[1][:, -1], expected[1]])
    first = x.dh_of_steps, x.dh, x.dc, x.kernel / 4, x.h, x.c, x.mask, x.dropout
    for _ in range(3):
        found = lstm_gradient(*first, h, c, gates, *how)
    count = 4 if settings[0] else 2
    check(found[:count], lstm_gradient_reference(*first, *expected, *how)[:count])
    for reset_after in (True, False):
        check_large_gru(Inputs(LARGE, 3, settings), reset_after, 4 if settings[0] else 3)
    x = Inputs((24, 60, 64), 1, settings)
    for activation in ("tanh", "relu"):
        how = x.reverse, activation
        for _ in range(3):
            h, last_h = simple_rnn(x.z, x.kernel / 4, x.h, x.mask, x.dropout, *how)
        expected = simple_rnn_reference(x.z, x.kernel / 4, x.h, x.mask, x.dropout, *how)
        check([h, last_h], [expected, expected[:, -1]])
        first = x.dh_of_steps, x.dh, x.kernel / 4, x.h, x.mask, x.dropout
        for _ in range(3):
            found = simple_rnn_gradient(*first, h, *how)
        count = 3 if settings[0] else 2
        check(found[:count], simple_rnn_gradient_reference(*first, expected, *how)[:count])


def check_large_gru(x, reset_after, count):
    inputs, how = (x.z, x.kernel / 4, x.bias, x.h, x.mask, x.dropout), (reset_after, x.reverse, "tanh", "sigmoid")
    for _ in range(3):
        h, last_h, gates, inner = gru(*inputs, *how)
    expected = gru_reference(*inputs, *how)
    check([h, last_h], [expected[0], expected[0][:, -1]])
    first = x.dh_of_steps, x.dh, x.kernel / 4, x.h, x.mask, x.dropout
    for _ in range(3):
        found = gru_gradient(*first, h, gates, inner, *how)
    check(found[:count], gru_gradient_reference(*first, *expected, *how)[:count])
