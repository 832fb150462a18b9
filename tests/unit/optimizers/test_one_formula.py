"""A changed formula of an optimizer, in a `rule` or an `update_step`, is used on every path.

A path is a way to train: by `apply`, with arrays and rows of several dtypes; by `fit` on the tape; by `fit` in a plan.
"""

import functools
import sys

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.kernels.registry import jit_disabled
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers import fused_update
from minikeras.optimizers.optimizer import Optimizer
from minikeras.plans.plan import Plan
from tests.unit.optimizers.changed_rules import RULES, SUMMED, class_of, with_rule, with_update_step

# In units of a dtype's epsilon, relative to weights about 1, after some steps that add up to about 1.
IN_TURN = 4  # a row's gradients one by one, where the oracle turns their sum around
SUMS_IN_ANOTHER_ORDER = 20  # of a whole variable
IN_TRAINING = 200  # gradients that depend on them

OPTIONS = {
    "none": {},
    "weight_decay": {"weight_decay": 0.1},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.01},
    "global_clipnorm": {"global_clipnorm": 0.1},
    "averages": {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    "accumulation": {"gradient_accumulation_steps": 2},
    "loss_scale_factor": {"loss_scale_factor": 8.0},
}
RNG = np.random.default_rng(0)
TOKENS = RNG.integers(0, 9, (60, 5))  # several alike in a batch of ten
LABELS = RNG.integers(0, 3, 60)


def apply(optimizer, dtype="float32", steps=4):
    """All values after some steps by `apply`: two arrays, and a table of which rows were read."""
    rng = np.random.default_rng(1)
    shapes = [(4, 3), (7,), (9, 5)]
    variables = [keras.Variable(rng.normal(size=shape), dtype=dtype, name=f"v{i}") for i, shape in enumerate(shapes)]
    for _ in range(steps):
        arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes[:2]]
        rows = rng.normal(size=(6, 5)).astype(dtype), np.array([1, 4, 1, -1, 4, 1])
        optimizer.apply([*arrays, IndexedSlices(*rows, (9, 5))], variables)
    return [v.numpy() for v in [*variables, *optimizer.variables]]


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([
        keras.Input((5,), dtype="int32"), layers.Embedding(9, 4), layers.Flatten(), layers.Dense(8, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def fit(optimizer, **arguments):
    """All values after `fit`."""
    model = network()
    model.compile(optimizer, "sparse_categorical_crossentropy", **arguments)
    model.fit(TOKENS, LABELS, batch_size=10, epochs=3, shuffle=False, verbose=0)
    return [v.numpy() for v in [*model.variables, *optimizer.variables]], model


def fit_eagerly(optimizer):
    return fit(optimizer, run_eagerly=True)[0]


def fit_by_a_plan(optimizer):
    values, model = fit(optimizer)
    assert sum(entry.replays for entry in plans_of(model)) > 10
    return values


def plans_of(model):
    return [entry for entry in model._planner.entries.values() if isinstance(entry, Plan)]


PATHS = {
    "apply": apply,
    "apply, float64": functools.partial(apply, dtype="float64"),
    "apply, float16": functools.partial(apply, dtype="float16"),
    "fit on the tape": fit_eagerly,
    "fit by a plan": fit_by_a_plan,
}


def allowed(name, path):
    """(largest deviation allowed, dtype) of two trainings by the same formula on one path."""
    dtype = path.split(", ")[1] if ", " in path else "float32"
    in_training = IN_TRAINING if path == "fit by a plan" else 0  # a job of two threads, or NumPy on the tape
    in_turn = IN_TURN if RULES[name][0] in ("SGD", "Adagrad") else 0
    units = max(in_training, in_turn, SUMS_IN_ANOTHER_ORDER if name in SUMMED else 0)
    return units * float(np.finfo(dtype).eps)


def assert_same(actual, expected, error):
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=error, atol=error)


def assert_changed(actual, original):
    assert max(np.abs(a - b).max() for a, b in zip(actual, original, strict=True) if a.dtype.kind == "f") > 1e-3


def compare(name, path, **options):
    """The two changed optimizers of one formula agree on a path, and are not what the formula was."""
    if (name, path) == ("Adafactor", "apply, float16"):
        pytest.skip("1e-30 is 0 in float16")
    _, arguments, _ = RULES[name]
    train = PATHS[path]
    by_rule, by_step, original = [
        train(cls(**arguments, **options)) for cls in (with_rule(name), with_update_step(name), class_of(name))
    ]
    assert_same(by_rule, by_step, allowed(name, path))
    assert_changed(by_rule, original)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", RULES)
def test_every_path_follows_a_changed_formula(name, path):
    compare(name, path)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("path", ["apply", "fit on the tape", "fit by a plan"])
@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "Adagrad"])
def test_every_path_follows_a_changed_formula_whatever_is_done_around_it(name, path, options):
    compare(name, path, **OPTIONS[options])


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", sorted(RULES.keys() - {"SGD", "RMSprop", "Adam", "Adagrad"}))
def test_apply_follows_a_changed_formula_whatever_is_done_around_it(name, options):
    compare(name, "apply", **OPTIONS[options])


@pytest.mark.one_in(2)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_is_patched_changes_every_path(name, path, monkeypatch):
    _, arguments, rule = RULES[name]
    expected = PATHS[path](with_rule(name)(**arguments))
    with monkeypatch.context() as patch:
        patch.setattr(class_of(name), "rule", rule)
        patched = PATHS[path](class_of(name)(**arguments))
    assert_same(patched, expected, 0)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("of", ["the class", "the object", "the base"])
def test_an_update_step_that_is_patched_is_called_on_every_path(path, of, monkeypatch):
    optimizer, calls = keras.optimizers.Adam(0.01), []
    original = Optimizer.update_step

    @functools.wraps(original)
    def update_step(self, gradient, variable, learning_rate):
        calls.append(variable)
        variable.assign(variable + 1)

    if of == "the object":
        optimizer.update_step = functools.partial(update_step, optimizer)
    else:
        monkeypatch.setattr(keras.optimizers.Adam if of == "the class" else Optimizer, "update_step", update_step)
    values = PATHS[path](optimizer)
    monkeypatch.undo()
    unmoved = PATHS[path](keras.optimizers.Adam(0.0))
    steps, count = (4, 3) if "apply" in path else (18, 5)
    assert len(calls) == steps * count
    for i in range(count):
        np.testing.assert_allclose(values[i], unmoved[i] + steps, rtol=1e-2 if "float16" in path else 1e-5)


def test_wrapped_optimizers_follow_too():
    """Scaled for float16, and one of several."""
    for wrap in (
        lambda inner: keras.optimizers.LossScaleOptimizer(inner, initial_scale=8.0),
        lambda inner: keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(inner)),
    ):
        for train in (fit_eagerly, lambda optimizer: fit(optimizer)[0]):
            made = [train(wrap(cls(0.01))) for cls in (with_rule("Adam"), with_update_step("Adam"))]
            assert_same(*made, IN_TRAINING * float(np.finfo("float32").eps))
            assert_changed(made[0], train(wrap(keras.optimizers.Adam(0.01))))


def test_a_step_on_the_tape_updates_all_variables_together(monkeypatch):
    seen = []
    original = fused_update.update_fused

    def noted(optimizer, gradients, variables, learning_rate):
        seen.append(len(variables))
        return original(optimizer, gradients, variables, learning_rate)

    monkeypatch.setattr("minikeras.optimizers.optimizer.update_fused", noted)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(np.ones((8, 3)), np.ones((8, 2)), batch_size=2, verbose=0)
    assert seen == [4] * 4


# --- plans ------------------------------------------------------------------------------------------------------------


def updates_of(model):
    return [update for plan in plans_of(model) for update in plan.updates]


@pytest.mark.parametrize("name", [name for name in RULES if RULES[name][2].can_compile])
def test_a_plan_compiles_a_changed_rule(name):
    _, arguments, _ = RULES[name]
    _, model = fit(with_rule(name)(**arguments))
    if name in SUMMED:  # rows of a table go in Python
        return
    assert updates_of(model)


def test_a_plan_leaves_what_a_user_defines_to_python():
    calls = []

    class Own(keras.optimizers.Adam):
        def apply(self, grads, trainable_variables=None):
            calls.append(len(grads))
            super().apply(grads, trainable_variables)

    _, model = fit(Own(0.01))
    assert updates_of(model) == []
    assert calls == [5] * 18


def test_a_plan_notices_a_rule_that_changes_between_fits(monkeypatch):
    _, arguments, rule = RULES["Adam"]

    def train(run_eagerly):
        optimizer = keras.optimizers.Adam(**arguments)
        _, model = fit(optimizer, run_eagerly=run_eagerly)
        for name, value in (("rule", rule), ("update_step", lambda self, g, v, lr: v.assign(v - 0.001))):
            with monkeypatch.context() as patch:
                patch.setattr(keras.optimizers.Adam, name, value)
                model.fit(TOKENS, LABELS, batch_size=10, epochs=3, shuffle=False, verbose=0)
        return [v.numpy() for v in model.variables]

    assert_same(train(False), train(True), IN_TRAINING * float(np.finfo("float32").eps))


# --- formulas of the user's -------------------------------------------------------------------------------------------


def test_an_optimizer_of_ones_own_is_compiled():
    class SignDescent(keras.optimizers.Optimizer):
        rule = sign_descent

        def rule_scalars(self, learning_rate, step):
            return (learning_rate,)

    for path, train in PATHS.items():
        values = train(SignDescent(0.01))
        if "apply" not in path:
            continue
        rng = np.random.default_rng(1)
        w = rng.normal(size=(4, 3))
        _, _ = rng.normal(size=(7,)), rng.normal(size=(9, 5))
        for _ in range(4):
            w -= 0.01 * np.sign(rng.normal(size=(4, 3)))
            _, _ = rng.normal(size=(7,)), rng.normal(size=(6, 5))
        np.testing.assert_allclose(values[0], w, rtol=2e-3)


@update_rule(slots=0)
def sign_descent(w, g, learning_rate):
    return (w - np.sign(g) * learning_rate,)


def test_a_formula_that_cannot_be_compiled_runs_by_numpy():
    @update_rule(slots=0)
    def cautious(w, g, learning_rate):
        return (w - np.heaviside(g, learning_rate) * learning_rate,)

    class Cautious(keras.optimizers.Optimizer):
        rule = cautious

        def rule_scalars(self, learning_rate, step):
            return (learning_rate,)

    if not jit_disabled():
        with pytest.warns(UserWarning, match="`cautious` cannot be compiled"):
            assert not cautious.can_compile
    results = [train(Cautious(0.1)) for train in (fit_eagerly, fit_by_a_plan)]
    assert_same(*results, IN_TRAINING * float(np.finfo("float32").eps))


@pytest.mark.skipif(jit_disabled(), reason="nothing is compiled")
def test_a_formula_that_the_translator_cannot_translate_is_compiled_by_numba():
    @update_rule(slots=0)
    def bounded(w, g, learning_rate):
        return (w - np.tanh(g) * learning_rate,)

    class Bounded(keras.optimizers.Optimizer):
        rule = bounded

        def rule_scalars(self, learning_rate, step):
            return (learning_rate,)

    with pytest.warns(RuntimeWarning, match=r"Numba compiles `bounded.*np\.tanh") as caught:
        assert bounded.can_compile
    assert len(caught) == 1
    values, model = fit(Bounded(0.1))
    assert updates_of(model)
    assert_same(values, fit_eagerly(Bounded(0.1)), IN_TRAINING * float(np.finfo("float32").eps))


FACTOR = np.float32(1)


def test_formulas_of_one_name_are_kept_apart(monkeypatch):
    def make():
        @update_rule(slots=0)
        def step(w, g, learning_rate):
            return (w - g * learning_rate * FACTOR,)

        return step

    results = []
    for factor in (1, 3):
        monkeypatch.setattr(sys.modules[__name__], "FACTOR", np.float32(factor))
        cls = type("Own", (keras.optimizers.SGD,), {"rule": make()})
        results.append(apply(cls(0.5), steps=1)[0])
    start = np.random.default_rng(1).normal(size=(4, 3))
    np.testing.assert_allclose((results[1] - start) / (results[0] - start), 3, rtol=1e-4)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: update_rule(slots=0)(lambda w, g, lr: (w - g * lr * 0.5,)), "literal numbers.*0.5"),
        (lambda: update_rule(slots=0)(lambda w, gradient: (w,)), "what it takes of a gradient"),
        (lambda: update_rule(slots=1)(lambda w, g: (w,)), "Received: <lambda>"),
        (lambda: update_rule(slots=4)(lambda w, g, a, b, c, d: (w, a, b, c, d)), "at most 3 slots"),
        (lambda: update_rule(slots=0, unread="none")(lambda w, g: (w,)), "`unread` must be one of"),
    ],
)
def test_mistakes_in_a_formula(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_optimizer_without_a_formula_says_so():
    with pytest.raises(NotImplementedError, match="must implement `update_step`, or have a `rule`"):
        apply(keras.optimizers.Optimizer(0.1))
