"""Recorded steps: their numbers are those of the step, and no number of a training changes because of them."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.autodiff.state import EVENTS, thread
from minikeras.callbacks import StepTrace
from minikeras.tools.tracing import StepWatcher, Trace
from minikeras.tools.tracing.trace import extras_of
from tests.unit.autodiff.observed import assert_equal
from tests.unit.tools.tracing.networks import NETWORKS, floats, trace_of
from tests.unit.tools.tracing.recorded_models import ROUNDING, X, Y, classifier, state_of

# --- nothing changes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_training_is_the_same_bit_for_bit_with_a_recording(run_eagerly):
    def train(callbacks):
        model = classifier(run_eagerly=run_eagerly)
        history = model.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=callbacks)
        return [
            *history.history["loss"],
            *history.history["accuracy"],
            *state_of(model),
            float(keras.random.uniform(())),
        ]

    recording = StepTrace(steps=(0, 1, 7, 14))
    assert_equal(train([]), train([recording]))
    assert [step.number for step in recording.trace.steps] == [0, 1, 7, 14]
    assert {step.how for step in recording.trace.steps} == {"live" if run_eagerly else "dry run"}


@pytest.mark.full
@pytest.mark.parametrize("name", ["CNN", "LSTM", "transformer", "convolutions"])
def test_planned_trainings_of_other_networks_are_the_same(name):
    def train(callbacks):
        keras.utils.set_random_seed(1)
        model, x, y = NETWORKS[name]()
        x, y = np.concatenate([x] * 16), np.concatenate([y] * 16)
        history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, callbacks=callbacks)
        return [*history.history["loss"], *state_of(model)]

    assert_equal(train([]), train([StepTrace(steps=(0, 3, 6))]))


def test_train_on_batch_and_its_generators_are_the_same():
    def train(watched):
        model = classifier()
        watcher = StepWatcher([0, 4], 1e6, Trace())
        if watched:
            watcher.begin()
        losses = [model.train_on_batch(X[:8], Y[:8])[0] for _ in range(6)]
        watcher.finish()
        return [*losses, *state_of(model), np.random.random()]

    assert_equal(train(False), train(True))


def test_explaining_a_step_leaves_everything_as_it_was():
    model = classifier()
    model.fit(X, Y, batch_size=8, verbose=0)
    before = state_of(model)
    trace = model.explain_step(X[:8], Y[:8])
    assert_equal(before, state_of(model))
    assert trace.loss == pytest.approx(model.train_on_batch(X[:8], Y[:8])[0], rel=1e-5)  # another order of sums


def test_nothing_observes_before_and_after():
    assert all(getattr(thread, event) == () for event in EVENTS)
    trace_of("MLP")
    assert all(getattr(thread, event) == () for event in EVENTS)
    assert thread.observers == thread.eager_observers == ()


# --- other ways to train --------------------------------------------------------------------------------------------


def test_a_loop_with_a_tape_is_recorded_as_it_runs():
    def train(watched):
        keras.utils.set_random_seed(0)
        dense, optimizer = layers.Dense(3), keras.optimizers.SGD(0.1)
        watcher = StepWatcher([1, 2], 1e6, Trace())
        if watched:
            watcher.begin()
        for _ in range(4):
            with keras.GradientTape() as tape:
                loss = ops.mean(ops.square(dense(X)))
            optimizer.apply_gradients(
                zip(tape.gradient(loss, dense.trainable_variables), dense.trainable_variables, strict=True)
            )
        watcher.finish()
        return watcher, dense.get_weights()

    watcher, weights = train(True)
    assert_equal(weights, train(False)[1])
    assert [step.number for step in watcher.trace.steps] == [1, 2]
    step = watcher.trace.step(2)
    assert [event.kind for event in step.events][-1] == "update"
    assert sum(event.kind == "update" for event in step.events) == 1
    assert watcher.trace.step(1).how == "live"
    with pytest.raises(ValueError, match="recorded as it ran"):
        watcher.trace.replay(learning_rate=1.0, step=1)


def test_a_loop_that_updates_by_hand():
    weight, watcher = keras.Variable(np.ones(6, "float32")), StepWatcher([0, 2], 1e6, Trace())
    watcher.begin()
    for _ in range(4):
        with keras.GradientTape() as tape:
            loss = ops.mean(ops.square(ops.matmul(X, weight)))
        weight.assign_sub(0.1 * tape.gradient(loss, weight))
    watcher.finish()
    assert (watcher.number, [step.number for step in watcher.trace.steps]) == (3, [0, 2])
    for step in watcher.trace.steps:
        names = [event.name for event in step.events if event.kind == "op"]
        assert names[:3] == ["Matmul", "Square", "Mean"]
        before = next(iter(step.weights.values())).before
        assert step.loss == pytest.approx(np.mean((X @ step.values[before].array) ** 2), rel=ROUNDING)
        assert len(step.weights) == 1
        assert next(iter(step.weights.values())).after is not None


class Own(keras.Model):
    """Makes its weights when it is called, and takes two updates in a step."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)
        self.calls = 0

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, _ = data
        for _ in range(2):
            with keras.GradientTape() as tape:
                loss = ops.mean(ops.square(self(x)))
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def test_a_train_step_of_ones_own_with_two_updates():
    model = Own()
    model.compile("sgd")
    recording = StepTrace(steps=(0, 2))
    model.fit(X, Y, batch_size=10, verbose=0, callbacks=[recording])
    first, third = recording.trace.steps
    assert (first.how, third.how) == ("live", "dry run")  # the first one makes the weights
    assert [sum(event.kind == "update" for event in step.events) for step in (first, third)] == [2, 2]
    assert set(third.result) == {"loss"}


def test_a_callback_says_what_it_cannot_do(tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = floats(4, 3)
    with pytest.raises(ValueError, match="several numbers"):
        StepTrace(steps=3)
    with pytest.raises(ValueError, match="in a folder that exists"):
        model.fit(x, x[:, :1], verbose=0, callbacks=[StepTrace(path=tmp_path / "nowhere" / "page.html")])
    with pytest.warns(UserWarning, match=r"did not reach steps \[99\]: training took 1"):
        model.fit(x, x[:, :1], verbose=0, callbacks=[StepTrace(steps=(0, 99))])
    with pytest.raises(ValueError, match="finite number of bytes"):
        model.explain_step(x, x[:, :1], budget="5 MB")


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="numbers of steps"):
        StepWatcher([-1], 1e6, Trace())
    with pytest.raises(ValueError, match="Nothing was recorded"):
        Trace().step()
    trace = trace_of("MLP")
    with pytest.raises(ValueError, match="Step 5 was not recorded"):
        trace.step(5)
    assert repr(trace).startswith("<Trace of step 0: ")
    with pytest.raises(ValueError, match="compile"):
        keras.Sequential([keras.Input((6,)), layers.Dense(1)]).explain_step(X)


@pytest.mark.full
def test_ops_are_paired_with_what_a_plan_makes_of_them():
    trace = trace_of("MLP", plan=True)
    plan = extras_of(trace, machine=False)["plan"]
    events = trace.step().events
    dense = [event.number for event in events if event.name == "ProductEpilogue" and event.kind == "op"]
    assert ["dense + bias" in plan["of_event"][str(number)] for number in dense] == [True] * 3
    paired = [str(e.number) in plan["of_event"] for e in events if e.kind in ("op", "gradient", "update")]
    assert sum(paired) > 0.7 * len(paired)
    assert any(row["how"] == "compiled" and len(row["parts"]) > 1 for row in plan["rows"])
    assert "plan" not in extras_of(trace_of("MLP"), machine=False)


@pytest.mark.full
def test_jobs_of_a_plan_are_timed_on_a_batch_of_four_parts():
    class OfFour(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, y, weight, shift = data
            return super().train_step((x + shift, y, weight))

    model = OfFour()
    model.compile("sgd", "mse")
    batch = floats(8, 3), floats(8, 2), np.ones(8, "float32"), floats(8, 3)
    trace = StepTrace(steps=(0, 6))
    model.fit(iter([batch] * 8), verbose=0, callbacks=[trace])
    jobs = [kernel for row in extras_of(trace.trace, machine=False)["plan"]["rows"] for kernel in row["kernels"]]
    assert jobs
    assert all(seconds > 0 for _, seconds in jobs)


def test_the_first_recorded_step_of_a_model_runs_twice_before():
    class Counting(keras.Sequential):
        count = 0

        def train_step(self, data):
            self.count += 1
            return super().train_step(data)

    model = Counting([keras.Input((6,)), layers.Dense(3)])
    model.compile("sgd", "mse")
    trace = StepTrace(steps=(0, 2))
    x = floats(8, 6)
    model.fit(x, x[:, :3], batch_size=2, verbose=0, callbacks=[trace])
    assert [step.number for step in trace.trace.steps] == [0, 2]
    dry_runs = model.count
    plain = Counting.from_config(model.get_config())
    plain.compile("sgd", "mse")
    plain.fit(x, x[:, :3], batch_size=2, verbose=0)
    assert (
        dry_runs - plain.count == 4
    )  # each once, and the first twice before, to compile kernels and prepare their jobs


def test_a_step_of_a_loop_ends_before_the_next_one_calls_its_model():
    model, optimizer, watcher = (
        keras.Sequential([layers.Dense(2)]),
        keras.optimizers.SGD(),
        StepWatcher([0, 1], 1e6, Trace()),
    )
    watcher.begin()
    for _ in range(3):
        with keras.GradientTape() as tape:
            loss = keras.ops.mean(model(floats(4, 3)) ** 2)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
    watcher.finish()
    assert [[call.kind for call in step.layers] for step in watcher.trace.steps] == [["Sequential", "Dense"]] * 2
