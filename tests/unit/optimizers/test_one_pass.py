"""All variables in one call are changed as one after the other, bit for bit."""

import copy

import numpy as np
import pytest

from minikeras import Variable, optimizers
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.optimizers import one_pass

SHAPES = [(3, 4), (7,), (20000,), (1,)]

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(0.01),
    "adam": lambda: optimizers.Adam(0.01),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "adam with clipping and averages": lambda: optimizers.Adam(0.01, clipnorm=0.5, use_ema=True),
    "adam in steps of two": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2),
}


def trained(optimizer, steps=4, shapes=SHAPES, dtype="float32", first_gradient=None):
    """(all values after some steps, whether the last one was made in one pass)."""
    rng = np.random.default_rng(0)
    variables = [Variable(rng.normal(size=shape), dtype=dtype) for shape in shapes]
    passes = []
    whole = one_pass.update_in_one_pass

    def noted(*arguments):
        passes.append(whole(*arguments))
        return passes[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("minikeras.optimizers.optimizer.update_in_one_pass", noted)
        for _ in range(steps):
            gradients = [rng.normal(size=shape).astype(dtype) for shape in shapes]
            gradients[0] = gradients[0] if first_gradient is None else first_gradient
            optimizer.apply(gradients, variables)
    return [np.array(v) for v in [*variables, *optimizer.variables]], passes[-1]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_pass_is_bit_for_bit_one_after_the_other(name, monkeypatch):
    together, in_one_pass = trained(OPTIMIZERS[name]())
    assert in_one_pass
    monkeypatch.setattr(one_pass, "compiles", lambda *arrays: False)
    apart, in_one_pass = trained(OPTIMIZERS[name]())
    assert not in_one_pass
    for actual, expected in zip(together, apart, strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_what_has_no_kernel_goes_one_by_one():
    class Own(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            variable.assign(variable + 1)

    values, in_one_pass = trained(Own(), steps=1)
    assert not in_one_pass
    assert values[3] == np.float32(np.random.default_rng(0).normal(size=12 + 7 + 20000 + 1)[-1:]) + 1
    rows = IndexedSlices(np.ones((2, 4), "float32"), np.array([0, 2]), (3, 4))
    assert not trained(optimizers.Adam(), first_gradient=rows)[1]
    assert not trained(optimizers.Adam(amsgrad=True))[1]
    assert not trained(optimizers.RMSprop(centered=True))[1]
    assert not trained(optimizers.Adam(), dtype="float64")[1]


def test_a_variable_given_twice_takes_both_gradients():
    v = Variable(1.0)
    optimizers.SGD(0.5).apply([np.float32(1) * np.ones(()), np.ones((), "float32")], [v, v])
    assert float(v) == 0.0


def test_copies_and_other_variables_have_jobs_of_their_own():
    optimizer = optimizers.Adam(0.01)
    first, _ = trained(optimizer)
    twin = copy.deepcopy(optimizer)
    assert twin.variables[0] is not optimizer.variables[0]
    again, in_one_pass = trained(optimizers.Adam(0.01))
    assert in_one_pass
    for actual, expected in zip(again, first, strict=True):
        np.testing.assert_array_equal(actual, expected)
    before = [np.array(v) for v in optimizer.variables]
    twin.apply([np.ones(v.shape, "float32") for v in twin._trainable_variables], twin._trainable_variables)
    for actual, expected in zip(optimizer.variables, before, strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_held_values_stay():
    v = Variable(np.ones(5, "float32"))
    held = v.value
    optimizers.SGD(0.5).apply([np.ones(5, "float32")], [v])
    np.testing.assert_array_equal(held, np.ones(5))
    np.testing.assert_array_equal(v, np.full(5, 0.5))
