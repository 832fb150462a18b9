"""All variables in one call are changed as one after the other, bit for bit."""

import copy

import numpy as np
import pytest

from minikeras import Variable, optimizers
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.optimizers import one_pass
from minikeras.optimizers import optimizer as optimizer_module

SHAPES = [(3, 4), (7,), (20000,), (1,), (3, 70, 300)]

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(0.01),
    "rmsprop with momentum": lambda: optimizers.RMSprop(0.01, momentum=0.9),
    "rmsprop, centered": lambda: optimizers.RMSprop(0.01, centered=True),
    "rmsprop, centered with momentum": lambda: optimizers.RMSprop(0.01, centered=True, momentum=0.9),
    "adam": lambda: optimizers.Adam(0.01),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "adamax": lambda: optimizers.Adamax(0.01, weight_decay=0.1),
    "nadam": lambda: optimizers.Nadam(0.01),
    "adagrad": lambda: optimizers.Adagrad(0.01),
    "adadelta": lambda: optimizers.Adadelta(1.0),
    "ftrl": lambda: optimizers.Ftrl(0.1, l1_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.1),
    "lion": lambda: optimizers.Lion(0.01),
    "schedule-free": lambda: optimizers.ScheduleFreeAdamW(0.01, warmup_steps=3),
    "lamb": lambda: optimizers.Lamb(0.01, weight_decay=0.1),
    "adafactor": lambda: optimizers.Adafactor(0.01, weight_decay=0.1),
    "adam with clipping and averages": lambda: optimizers.Adam(0.01, clipnorm=0.5, use_ema=True),
    "adam in steps of two": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2),
}


# Relative errors in float32 of those that need sums, whose terms are added in another order. The others are equal.
SUMMED = {"lamb": 1e-6, "adafactor": 1e-6}
# The same for rows of which several are for one token, by rules for which the order of their sum is of no account.
SUMMED_IN_ROWS = 1e-6


def trained(optimizer, steps=4, dtype="float32", first_gradient=None):
    """(all values after some steps, how many variables the last one left to be changed by themselves)."""
    rng = np.random.default_rng(0)
    variables = [Variable(rng.normal(size=shape), dtype=dtype) for shape in SHAPES]
    left = []
    in_one_pass = optimizer_module.update_in_one_pass

    def noted(*arguments):
        pairs = in_one_pass(*arguments)
        left.append(len(pairs))
        return pairs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimizer_module, "update_in_one_pass", noted)
        for _ in range(steps):
            gradients = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
            gradients[0] = gradients[0] if first_gradient is None else first_gradient
            optimizer.apply(gradients, variables)
    return [np.array(v) for v in [*variables, *optimizer.variables]], left[-1]


@pytest.fixture
def by_update_step(monkeypatch):
    """A function like `trained` whose optimizers use their `update_step` for every variable."""

    def train(*arguments, **options):
        with monkeypatch.context() as patch:
            patch.setattr(one_pass, "rule_of", lambda *arguments: None)
            values, left = trained(*arguments, **options)
        assert left == len(SHAPES)
        return values

    return train


RUNS = [(name, dtype) for name in OPTIMIZERS for dtype in ("float32", "float64", "float16")]
RUNS.remove(("adafactor", "float16"))  # squares of gradients below 0.0002 are 0 in float16, and steps infinite


@pytest.mark.parametrize("name, dtype", RUNS)
def test_the_rule_is_bit_for_bit_what_update_step_does(name, dtype, by_update_step):
    together, left = trained(OPTIMIZERS[name](), dtype=dtype)
    assert left == (0 if dtype == "float32" else len(SHAPES))
    error = SUMMED.get(name, 0) * float(np.finfo(dtype).eps / np.finfo("float32").eps)
    for actual, expected in zip(together, by_update_step(OPTIMIZERS[name](), dtype=dtype), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=error, atol=error)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "amsgrad", "adagrad"])
def test_rows_go_by_themselves(name, dtype, by_update_step):
    """Three of the five rows read are the same one, and one is counted from the end."""
    together, expected = trained_by_rows(name, np.array([2, 0, 2, -1, 2], dtype), by_update_step)
    for actual, wanted in zip(together, expected, strict=True):
        np.testing.assert_array_equal(actual, wanted)


@pytest.mark.parametrize("repeats", [False, True])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS.keys() - {"lamb", "adafactor"}))
def test_rows_go_by_the_rule_of_every_optimizer(name, repeats, by_update_step, monkeypatch):
    """Where no row is read twice, there are no sums, and what comes out is equal."""
    ruled = []
    update_rows = one_pass.update_rows
    monkeypatch.setattr(one_pass, "update_rows", lambda *given: (ruled.append(given[0]), update_rows(*given)))
    index = np.array([2, 0, 2, -1, 2] if repeats else [1, -1])
    together, expected = trained_by_rows(name, index, by_update_step)
    assert ruled or "in steps" in name  # accumulation sums the rows first
    allowed = SUMMED_IN_ROWS if repeats or "adadelta" in name else 0
    for actual, wanted in zip(together, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=allowed, atol=allowed)


def test_rows_that_were_not_read_stay_where_epsilon_is_0(by_update_step):
    optimizer = lambda: optimizers.RMSprop(0.01, momentum=0.9, epsilon=0.0)  # noqa: E731
    rows = IndexedSlices(np.ones((1, 4), "float32"), np.array([1]), (3, 4))
    together, _ = trained(optimizer(), first_gradient=rows)
    assert np.isfinite(together[0]).all()
    np.testing.assert_array_equal(together[0], by_update_step(optimizer(), first_gradient=rows)[0])


def trained_by_rows(name, index, by_update_step):
    """The values after some steps in one pass and by `update_step`, where only rows of the first variable were read."""
    values = np.random.default_rng(1).normal(size=(len(index), 4)).astype("float32")
    rows = IndexedSlices(values, index, (3, 4))
    together, left = trained(OPTIMIZERS[name](), first_gradient=rows)
    assert left == (0 if "in steps" in name else 1)
    return together, by_update_step(OPTIMIZERS[name](), first_gradient=rows)


def test_a_row_that_is_not_there_is_an_error():
    rows = IndexedSlices(np.ones((1, 4), "float32"), np.array([3]), (3, 4))
    with pytest.raises(IndexError):
        trained(optimizers.Adam(0.01), first_gradient=rows)


def test_what_has_no_rule_goes_one_by_one():
    class Own(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            variable.assign(variable + 1)

    values, left = trained(Own(), steps=1)
    assert left == len(SHAPES)
    assert values[3] == np.float32(np.random.default_rng(0).normal(size=12 + 7 + 20000 + 1)[-1:]) + 1
    assert trained(optimizers.Ftrl(learning_rate_power=-0.7))[1] == len(SHAPES)


def test_weight_decay_may_change_between_steps():
    optimizer = optimizers.SGD(1.0, weight_decay=0.5)
    a, b = Variable(np.ones(3, "float32")), Variable(np.ones(3, "float32"))
    no_gradient = [np.zeros(3, "float32")] * 2
    optimizer.apply(no_gradient, [a, b])
    optimizer.exclude_from_weight_decay(var_list=[a])
    optimizer.apply(no_gradient, [a, b])
    optimizer.weight_decay = None
    optimizer.apply(no_gradient, [a, b])
    np.testing.assert_array_equal(a, np.full(3, 0.5))
    np.testing.assert_array_equal(b, np.full(3, 0.25))


def test_a_variable_given_twice_takes_both_gradients():
    v = Variable(1.0)
    optimizers.SGD(0.5).apply([np.float32(1) * np.ones(()), np.ones((), "float32")], [v, v])
    assert float(v) == 0.0


def test_copies_and_other_variables_have_jobs_of_their_own():
    optimizer = optimizers.Adam(0.01)
    first, _ = trained(optimizer)
    twin = copy.deepcopy(optimizer)
    assert twin.variables[0] is not optimizer.variables[0]
    again, _ = trained(optimizers.Adam(0.01))
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


def test_values_that_were_replaced_or_held_between_steps():
    """The addresses of the last step are those of other arrays then."""

    def after(change):
        variable = Variable(np.full(3, 2.0), dtype="float32")
        optimizer = optimizers.SGD(0.5, momentum=0.5)
        optimizer.build([variable])
        held = []
        for _ in range(3):
            optimizer.apply([np.ones(3, "float32")], [variable])
            change(variable, optimizer.variables[-1], held)
        return variable.numpy()

    def replace_all(variable, momentum, held):
        variable.assign(variable.numpy())
        momentum.assign(momentum.numpy())

    def hold_all(variable, momentum, held):
        held += [variable.value, momentum.value]

    undisturbed = after(lambda *_: None)
    np.testing.assert_array_equal(after(replace_all), undisturbed)
    np.testing.assert_array_equal(after(hold_all), undisturbed)
