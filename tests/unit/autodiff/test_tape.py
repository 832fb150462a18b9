"""GradientTape: watching, persistence, nesting, nested structures, unconnected sources, jacobians."""

from functools import partial

import numpy as np
import pytest

from minikeras import GradientTape, Tensor, Variable, ops
from minikeras.autodiff import IndexedSlices
from minikeras.autodiff.matrix_product import Matmul
from minikeras.ops.epilogue import ProductEpilogue
from minikeras.ops.exponential import Exp
from tests.waiting import run_together

X = Tensor(np.float64([1.0, 2.0, 3.0]))
EYE = {n: Tensor(np.eye(n, dtype="float32")) for n in (4, 1000)}


def test_trainable_variables_are_watched_and_tensors_by_request():
    v, fixed = Variable(np.float64([2.0])), Variable(np.float64([3.0]), trainable=False)
    with GradientTape() as tape:
        y = ops.sum(v * fixed * X)
    assert tape.watched_variables() == (v,)
    gradients = tape.gradient(y, [v, fixed, X])
    np.testing.assert_allclose(gradients[0], [18.0])
    assert gradients[1:] == [None, None]
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([X, {"fixed": fixed}])
        y = ops.sum(v * fixed * X)
    gradients = tape.gradient(y, {"v": v, "fixed": fixed, "x": X})
    assert gradients["v"] is None
    np.testing.assert_allclose(gradients["fixed"], [12.0])
    np.testing.assert_allclose(gradients["x"], [6.0, 6.0, 6.0])


def test_unconnected_sources_are_none_or_zero():
    other = Tensor(np.ones(2))
    for unconnected, check in (("none", lambda g: g is None), ("zero", lambda g: not np.any(np.asarray(g)))):
        with GradientTape() as tape:
            tape.watch([X, other])
            y = ops.sum(X)
        assert check(tape.gradient(y, other, unconnected_gradients=unconnected))


def test_a_tape_is_used_up_unless_persistent():
    with GradientTape() as tape:
        tape.watch(X)
        y = ops.sum(X * X)
    tape.gradient(y, X)
    with pytest.raises(RuntimeError, match="computes gradients once"):
        tape.gradient(y, X)
    with GradientTape(persistent=True) as tape:
        tape.watch(X)
        y, z = ops.sum(X * X), ops.sum(X)
    np.testing.assert_allclose(tape.gradient(y, X), [2, 4, 6])
    np.testing.assert_allclose(tape.gradient(z, X), [1, 1, 1])


def test_tapes_nest_for_higher_orders():
    with GradientTape() as third:
        third.watch(X)
        with GradientTape() as second:
            second.watch(X)
            with GradientTape() as first:
                first.watch(X)
                y = ops.sum(X**4)
            dy = first.gradient(y, X)
        ddy = second.gradient(dy, X)
    dddy = third.gradient(ddy, X)
    np.testing.assert_allclose(dy, 4 * X.array**3)
    np.testing.assert_allclose(ddy, 12 * X.array**2)
    np.testing.assert_allclose(dddy, 24 * X.array)


def test_several_targets_add_up_and_may_be_weighted():
    with GradientTape(persistent=True) as tape:
        tape.watch(X)
        y, z = X * X, 3.0 * X
    np.testing.assert_allclose(tape.gradient([y, {"z": z}], X), 2 * X.array + 3)
    weights = Tensor(np.float64([1.0, 0.0, 2.0]))
    np.testing.assert_allclose(tape.gradient(y, X, output_gradients=weights), 2 * X.array * weights.array)


def test_a_tensor_used_twice_gets_both_gradients_and_may_be_target_and_source():
    with GradientTape(persistent=True) as tape:
        tape.watch(X)
        y = X * X
        z = ops.sum(y * y) + ops.sum(y)
    np.testing.assert_allclose(tape.gradient(z, X), 4 * X.array**3 + 2 * X.array)
    np.testing.assert_allclose(tape.gradient(z, y), 2 * X.array**2 + 1)
    np.testing.assert_allclose(tape.gradient(y, y), np.ones(3))


def test_recording_stops_on_demand_and_starts_anew():
    with GradientTape() as tape:
        tape.watch(X)
        y = X * X
        with tape.stop_recording():
            hidden = X * 5.0
        z = y + hidden
    np.testing.assert_allclose(tape.gradient(z, X), 2 * X.array)
    with GradientTape() as tape:
        tape.watch(X)
        y = X * 2.0
        tape.reset()
        tape.watch(X)
        z = X * 3.0
    np.testing.assert_allclose(tape.gradient([y, z], X), [3, 3, 3])


@pytest.mark.parametrize("axis_order", [(2, 3), (3, 2)])
def test_jacobian_and_batch_jacobian(axis_order):
    x = Tensor(np.random.default_rng(0).normal(size=axis_order))
    w = Tensor(np.random.default_rng(1).normal(size=(axis_order[1], 4)))
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ops.tanh(ops.matmul(x, w))
    slope = 1 - y.array**2
    expected = np.einsum("bj,ij,bc->bjci", slope, w.array, np.eye(axis_order[0]))
    np.testing.assert_allclose(tape.jacobian(y, x), expected, atol=1e-12)
    np.testing.assert_allclose(tape.batch_jacobian(y, x), np.einsum("bjbi->bji", expected), atol=1e-12)


def test_reading_rows_gives_a_gradient_of_rows():
    table = Variable(np.ones((5, 2), "float32"))
    with GradientTape() as tape:
        y = ops.sum(ops.take(table, np.array([1, 3, 1]), axis=0) * 2.0)
    gradient = tape.gradient(y, table)
    assert isinstance(gradient, IndexedSlices)
    np.testing.assert_array_equal(gradient.indices, [1, 3, 1])
    np.testing.assert_allclose(gradient, [[0, 0], [4, 4], [0, 0], [2, 2], [0, 0]])


def test_gradients_cut_or_written_by_the_user():
    @ops.custom_gradient
    def steep(x):
        return ops.sign(x), lambda upstream: upstream * 7.0

    with GradientTape() as tape:
        tape.watch(X)
        y = ops.sum(steep(X) + ops.stop_gradient(X) * X)
    np.testing.assert_allclose(tape.gradient(y, X), 7 + X.array)


def test_threads_have_their_own_tapes():
    results = []

    def work(factor):
        with GradientTape() as tape:
            tape.watch(X)
            y = ops.sum(X * factor)
        results.append((factor, len(tape.calls), np.asarray(tape.gradient(y, X))))

    with GradientTape() as outer:
        outer.watch(X)
        run_together(*[partial(work, float(i)) for i in range(4)])
    assert outer.calls == []
    for factor, calls, gradient in results:
        assert calls == 2
        np.testing.assert_allclose(gradient, np.full(3, factor))


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda tape: tape.gradient(3.0, X), TypeError, "target"),
        (lambda tape: tape.gradient(X, np.ones(3)), TypeError, "watch"),
        (lambda tape: tape.watch(Tensor(np.arange(3))), ValueError, "float"),
        (lambda tape: tape.gradient(X, X, unconnected_gradients="nil"), ValueError, "none"),
    ],
)
def test_mistakes_are_explained(mistake, error, words):
    with GradientTape() as tape:
        tape.watch(X)
    with pytest.raises(error, match=words):
        mistake(tape)


@pytest.mark.parametrize("length", [7, 10_000])
def test_the_gradient_of_a_mean_of_few_and_of_many(length):
    x = Variable(np.arange(length), dtype="float32")
    for keepdims in (False, True):
        with GradientTape() as tape:
            y = ops.mean(x, keepdims=keepdims)
        np.testing.assert_array_equal(tape.gradient(y, x), np.full(length, np.float32(1) / length))


@pytest.mark.parametrize("shape", [(3, 4), (70, 1000)], ids=["small", "large"])
@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize(
    "function", [ops.relu, ops.exp, lambda x: ProductEpilogue(Matmul(), relu=True)(x, EYE[x.shape[1]], 0 * x[0])]
)
def test_a_tensor_used_several_times_gets_the_sum_of_the_gradients(function, persistent, shape):
    """Of large arrays two parts wait until the op is known that made the tensor; a third, or a question, ends that."""
    rng = np.random.default_rng(0)
    x, a, b, c = (Tensor(rng.standard_normal(shape, dtype="float32")) for _ in range(4))
    for factors in ([a, b], [a, b, c], [a, b, c, a]):
        for asked in (False, True):
            with GradientTape(persistent=persistent) as tape:
                tape.watch(x)
                y = function(x)
                total = ops.sum(y * factors[0])
                for factor in factors[1:]:
                    total = total + ops.sum(y * factor)
            dx, dy = tape.gradient(total, [x, y]) if asked else (tape.gradient(total, x), None)
            expected = sum((factor.array for factor in reversed(factors)), np.float32(0))
            if asked:
                np.testing.assert_array_equal(dy, expected)
            slope = np.exp(x.array) if function is ops.exp else x.array > 0
            np.testing.assert_allclose(dx, expected * slope, rtol=1e-6, atol=1e-6)


def test_second_gradients_of_a_large_tensor_used_twice():
    x = Tensor(np.full((70, 1000), 2.0, "float32"))
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.relu(x)
            total = ops.sum(y * y * y)
        dx = tape.gradient(total, x)
    np.testing.assert_array_equal(dx, np.full(x.shape, 12.0))
    np.testing.assert_array_equal(outer.gradient(dx, x), np.full(x.shape, 12.0))


def test_a_gradient_of_a_product_under_an_outer_tape_starts_from_an_array():
    """The first dy is an array, as nothing has touched it, though the factors are Tensors that the outer tape saw."""
    x, w = Tensor(np.float32([[2.0]])), Tensor(np.float32([[3.0]]))
    with GradientTape() as outer:
        outer.watch([x, w])
        with GradientTape() as inner:
            inner.watch(x)
            y = (x * x) @ w
        (dx,) = inner.gradient(y, [x])
    assert dx.numpy().tolist() == [[12.0]]  # 2 x w
    assert [float(g.numpy()[0, 0]) for g in outer.gradient(dx, [x, w])] == [6.0, 4.0]  # 2 w, 2 x


@pytest.mark.parametrize("persistent", [False, True])
def test_what_is_frozen_after_it_was_made_has_gradients(persistent):
    """As a discriminator that is frozen while the generator's losses are computed. The sources alone decide."""
    v, w, fixed = Variable(2.0), Variable(3.0), Variable(5.0, trainable=False)
    w.trainable = False
    with GradientTape(persistent) as tape:
        y = ops.square(v * w) * ops.exp(fixed * 0)
    assert tape.watched_variables() == (v, w)
    gradients = tape.gradient(y, [w, fixed])
    np.testing.assert_allclose(gradients[0], 24.0)
    assert gradients[1] is None
    if persistent:
        np.testing.assert_allclose(tape.gradient(y, [v, w]), [36.0, 24.0])


def test_no_backward_runs_for_what_no_source_needs(monkeypatch):
    """Frozen layers cost nothing where their gradients are not asked for."""
    runs = []
    monkeypatch.setattr(Exp, "backward", lambda op, call, dy: runs.append(op) or (dy * call.output,))
    frozen, head = Variable(0.0), Variable(3.0)
    frozen.trainable = False
    for sources, count in ((head, 0), (frozen, 1)):
        with GradientTape() as tape:
            y = ops.exp(frozen) * head
        np.testing.assert_allclose(tape.gradient(y, sources), 1.0 if sources is head else 3.0)
        assert len(runs) == count
