"""A formula gives the same bits in one pass over all variables, compiled for each variable, and in NumPy."""

import copy

import numpy as np
import pytest

from minikeras import Variable, ops, optimizers
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.kernels import registry, row_updates
from minikeras.optimizers import fused_update
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


class Noted:
    """What a run noted: how many variables were changed together, and the rules whose rows went by jobs."""

    def __init__(self):
        self.together, self.rows = [], []


def trained(optimizer, steps=4, dtype="float32", first_gradient=None):
    """(all values after some steps, what was noted meanwhile)."""
    rng = np.random.default_rng(0)
    variables = [Variable(rng.normal(size=shape), dtype=dtype) for shape in SHAPES]
    noted = Noted()
    run_fused, run_rows = fused_update.FusedPass.run, row_updates.run_prepared

    def fused_pass(self, gradients, scalars):
        noted.together.append(len(gradients))
        return run_fused(self, gradients, scalars)

    def rows(build, arrays, rule, decays):
        noted.rows.append(rule)
        return run_rows(build, arrays, rule, decays)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused_update.FusedPass, "run", fused_pass)
        patch.setattr(row_updates, "run_prepared", rows)
        for _ in range(steps):
            gradients = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
            gradients[0] = gradients[0] if first_gradient is None else first_gradient
            optimizer.apply(gradients, variables)
    return [np.array(v) for v in [*variables, *optimizer.variables]], noted


@pytest.fixture(params=["compiled", "in NumPy"])
def one_by_one(request, monkeypatch):
    """A function like `trained` whose optimizers change every variable by itself."""

    def train(*arguments, **options):
        with monkeypatch.context() as patch:
            patch.setattr(optimizer_module, "attached_debugger", lambda: "pdb")
            if request.param == "in NumPy":
                patch.setattr(registry, "attached_debugger", lambda: "pdb")
            values, noted = trained(*arguments, **options)
        assert noted.together == []
        return values

    return train


RUNS = [(name, dtype) for name in OPTIMIZERS for dtype in ("float32", "float64", "float16")]
RUNS.remove(("adafactor", "float16"))  # squares of gradients below 0.0002 are 0 in float16, and steps infinite


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name, dtype", RUNS)
def test_all_together_are_bit_for_bit_what_each_is_by_itself(name, dtype, one_by_one):
    together, noted = trained(OPTIMIZERS[name](), dtype=dtype)
    steps = 2 if "in steps" in name else 4
    assert noted.together == ([len(SHAPES)] * steps if dtype == "float32" else [])
    error = SUMMED.get(name, 0) * float(np.finfo(dtype).eps / np.finfo("float32").eps)
    for actual, expected in zip(together, one_by_one(OPTIMIZERS[name](), dtype=dtype), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=error, atol=error)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_rows_by_jobs_are_bit_for_bit_those_in_numpy(name, dtype, one_by_one):
    """Three of the five rows read are the same one, and one is counted from the end."""
    index = np.array([2, 0, 2, -1, 2], dtype)
    values = np.random.default_rng(1).normal(size=(5, 4)).astype("float32")
    rows = IndexedSlices(values, index, (3, 4))
    together, noted = trained(OPTIMIZERS[name](), first_gradient=rows)
    in_steps, summed = "in steps" in name, name in SUMMED  # accumulation sums rows before; whole variables go in NumPy
    assert set(noted.together) == {len(SHAPES) - (not in_steps)}
    assert bool(noted.rows) == (not in_steps and name != "adafactor")
    expected = one_by_one(OPTIMIZERS[name](), first_gradient=rows)
    error = SUMMED[name] if summed else 0
    for actual, wanted in zip(together, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=error, atol=error)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name, dtype", [(name, dtype) for name, dtype in RUNS if name != "schedule-free"])
def test_rows_read_once_are_the_gradient_of_the_table(name, dtype):
    """(An ε of 1e-8 is 0 in float16; then a whole gradient makes 0 / 0 of rows that were not read.)"""
    index, values = np.array([1, -1]), np.random.default_rng(1).normal(size=(2, 4)).astype(dtype)
    dense = np.zeros((3, 4), dtype)
    dense[index] = values
    by_rows, _ = trained(OPTIMIZERS[name](), dtype=dtype, first_gradient=IndexedSlices(values, index, (3, 4)))
    whole, _ = trained(OPTIMIZERS[name](), dtype=dtype, first_gradient=dense)
    error = 8 * float(np.finfo(dtype).eps)
    for actual, wanted in zip(by_rows, whole, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=error, atol=error)


def test_rows_that_were_not_read_stay_where_epsilon_is_0():
    optimizer, table = optimizers.RMSprop(0.01, momentum=0.9, epsilon=0.0), Variable(np.ones((3, 4), "float32"))
    for row in (1, 2):
        optimizer.apply([IndexedSlices(np.ones((1, 4), "float32"), np.array([row]), (3, 4))], [table])
    values = table.numpy()
    step = 0.01 / np.sqrt(0.1)
    np.testing.assert_array_equal(values[0], 1)  # never read
    np.testing.assert_allclose(values[1], 1 - step - 0.9 * step, rtol=1e-6)  # its momentum goes on
    np.testing.assert_allclose(values[2], 1 - step, rtol=1e-6)


def test_a_row_that_is_not_there_is_an_error():
    rows = IndexedSlices(np.ones((1, 4), "float32"), np.array([3]), (3, 4))
    with pytest.raises(IndexError):
        trained(optimizers.Adam(0.01), first_gradient=rows)


def test_what_cannot_be_compiled_goes_one_by_one():
    _, noted = trained(optimizers.Ftrl(learning_rate_power=-0.7))
    assert noted.together == []


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


def test_a_step_within_the_pass_of_another_changes_variables_one_by_one(monkeypatch):
    """A signal's handler may train the model: the addresses of the pass that it interrupts stay what they are."""
    v = Variable(np.ones(5, "float32"))
    optimizer, gradient = optimizers.SGD(0.5), np.ones(5, "float32")
    optimizer.apply([gradient], [v])
    original, moved = fused_update.Prepared.run, []

    def run(self):
        monkeypatch.setattr(fused_update.Prepared, "run", original)
        monkeypatch.setattr(self, "_move", moved.append)
        optimizer.apply([2 * gradient], [v])
        np.testing.assert_array_equal(v, np.full(5, -0.5))
        original(self)

    monkeypatch.setattr(fused_update.Prepared, "run", run)
    optimizer.apply([gradient], [v])
    assert moved == []


def test_values_with_gaps_get_arrays_without():
    columns = np.ones((4, 3), "float32", order="F")
    v = Variable(np.zeros((4, 3)))
    held = ops.convert_to_tensor(columns)
    v.assign(held)
    optimizers.SGD(0.5).apply([np.ones((4, 3), "float32", order="F")], [v])
    np.testing.assert_array_equal(v, np.full((4, 3), 0.5))
    np.testing.assert_array_equal(held, np.ones((4, 3)))
