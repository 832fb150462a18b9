"""The order of instructions: what a prediction computes from arrays that are kept anyway comes when it is needed."""

import numpy as np

import minikeras as keras
from minikeras.plans.plan import Plan
from minikeras.plans.schedule import delay


class Buffer:
    kind = "result"


class Step:
    """Reads and writes buffers of these numbers."""

    def __init__(self, reads, writes):
        self.reads, self.writes = reads, writes

    def __repr__(self):
        return f"{self.reads} -> {self.writes}"


def order(*steps):
    """The positions, after `delay`, of steps (reads, writes)."""
    steps = [Step(*step) for step in steps]
    return [steps.index(step) for step in delay(steps, [Buffer()] * 10)]


def test_what_is_read_late_is_computed_late():
    # 1 = a copy of 0 for the last; 2 and 3 are another branch of 0
    assert order(((0,), (1,)), ((0,), (2,)), ((2,), (3,)), ((0, 1, 3), (4,))) == [1, 2, 0, 3]


def test_what_is_the_last_to_read_an_array_stays():
    assert order(((0,), (1,)), ((5,), (2,)), ((2,), (3,)), ((1, 3), (4,))) == [0, 1, 2, 3]


def test_instructions_that_are_delayed_together_keep_their_order():
    steps = ((0,), (1,)), ((0, 1), (2,)), ((5,), (3,)), ((0, 1, 2, 3), (4,))
    assert order(*steps) == [2, 0, 1, 3]


def test_a_prediction_of_branches_is_the_same_in_less_memory(monkeypatch):
    x = keras.Input((16, 16, 8))
    padded = [keras.layers.ZeroPadding2D(n)(x) for n in (1, 2, 3)]
    branches = [keras.layers.Conv2D(4, 3 + 2 * n)(y) for n, y in enumerate(padded)]
    model = keras.Model(x, keras.layers.Add()([*branches, keras.layers.Conv2D(4, 1)(x)]))
    images = np.random.default_rng(0).normal(size=(1, 16, 16, 8)).astype("float32")
    expected = model(images).numpy()

    def arena():
        model.compile()
        for _ in range(3):
            np.testing.assert_allclose(model.predict(images, verbose=0), expected, rtol=1e-5, atol=1e-5)
        (plan,) = (entry for entry in model._planner.entries.values() if isinstance(entry, Plan))
        return plan.arena.nbytes

    late = arena()
    monkeypatch.setattr("minikeras.plans.schedule.delay", lambda instructions, buffers: instructions)
    assert late < 0.8 * arena()
