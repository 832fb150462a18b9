"""Observers: which events come when, and that nothing changes because of them."""

import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.autodiff import observers
from minikeras.autodiff.custom_gradient import custom_gradient
from minikeras.autodiff.effects import effect
from minikeras.autodiff.observers import Observer, observing
from minikeras.autodiff.state import EVENTS, thread
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.compat import tensorflow as tf
from tests.unit.autodiff.observed import Log, X, Y, assert_equal, classifier, weights_after_fit

PACKAGE = Path(keras.__file__).parent

# --- the protocol ---------------------------------------------------------------------------------------------------


def test_the_events_are_the_methods_of_observer():
    assert {name for name in vars(Observer) if not name.startswith("_")} == {*EVENTS, "uses_ops"}
    assert all(getattr(thread, event) == () for event in EVENTS)


def test_the_example_of_the_documentation():
    text = observers.__doc__.partition("and observe:")[2].partition("**Which event")[0]
    inputs = keras.Input((2,))
    x = layers.Dense(2, kernel_initializer="ones")(inputs)
    outputs = layers.Lambda(ops.log, name="logarithm")(x)
    model = keras.Model(inputs, outputs, name="model")
    model.compile("sgd", "mse")
    printed = []
    names = {"model": model, "x": -np.ones((4, 2)), "y": np.ones((4, 2)), "print": printed.append}
    with pytest.warns(UserWarning, match="The loss is not a finite number"):
        exec(textwrap.dedent(text), names)
    assert printed == [("Log", "model/logarithm")]
    assert f"# {printed[0]}" in text


def test_events_of_a_step_come_in_the_order_of_the_documentation():
    model = classifier()
    model.train_on_batch(X[:4], Y[:4])
    with observing(Log()) as log:
        model.train_on_batch(X[:4], Y[:4])
    names = log.names()
    assert names[0] == "effect_begins"  # `train_on_batch` resets the metrics
    names = names[names.index("step_begins") :]
    assert names[-1] == "step_ended"
    described = observers.__doc__.partition("step_begins")[2].partition("`open_layers()`")[0]
    in_order = [word.strip(",") for word in described.split() if word.strip(",") in EVENTS]
    assert in_order[:4] == ["layer_begins", "op_called", "variable_read", "effect_begins"]
    first = {event: names.index(event) for event in names}
    forward, backward = first["layer_begins"], first["gradient_begins"]
    assert forward < first["op_called"] < first["layer_ended"] < first["loss_computed"] < backward
    assert backward < first["update_begins"] < first["update_ended"] < len(names) - 1
    last_metric = len(names) - names[::-1].index("metric_updated")
    assert last_metric > first["update_ended"]
    for begins, ended in (("gradient_begins", "gradient_ended"), ("effect_begins", "effect_ended")):
        assert names.count(begins) == names.count(ended) > 0


def test_layers_losses_metrics_and_optimizers_are_named():
    model = classifier()
    model.train_on_batch(X[:4], Y[:4])
    with observing(Log()) as log:
        model.train_on_batch(X[:4], Y[:4])
    about = {event: [x for name, x in log.events if name == event] for event in EVENTS}
    names = ["hidden", "normalized", "dropped", "head"]
    assert [layer.name for layer in about["layer_begins"]] == ["classifier", *names]
    assert [layer.name for layer in about["layer_ended"]] == [*names, "classifier"]
    assert [type(loss).__name__ for loss in about["loss_computed"]] == ["LossFunctionWrapper", "Sequential"]
    assert [metric.name for metric in about["metric_updated"]] == ["loss", "accuracy"]
    assert about["update_begins"] == about["update_ended"] == [model.optimizer]
    assert about["step_begins"] == about["step_ended"] == ["train"]
    assert {"hidden/kernel", "head/bias"} <= {"/".join(v.path.split("/")[-2:]) for v in about["variable_read"]}
    gradients = [type(op).__name__ for op in about["gradient_begins"]]
    calls = [type(op).__name__ for op in about["op_called"]]
    assert gradients[-1] == calls[0] == "ProductEpilogue"
    assert any(getattr(function, "__name__", "") == "draw_mask" for function in about["effect_begins"])


def test_a_metric_that_extends_another_is_updated_once():
    class Mine(keras.metrics.Mean):
        def update_state(self, values, sample_weight=None):
            super().update_state(values, sample_weight)

    class Reads(Observer):
        def __init__(self):
            self.results = []

        def metric_updated(self, metric, args, kwargs):
            self.results.append(float(metric.result()))

    mine = Mine()
    with observing(Reads()) as reads:
        mine.update_state([2.0, 4.0])
        mine.update_state([6.0])
    assert reads.results == [3.0, 4.0]


def test_gradients_of_layer_outputs_are_those_of_the_tape():
    model = classifier()
    model.train_on_batch(X[:4], Y[:4])
    outputs, seen = {}, {}

    class Watch(Observer):
        def layer_ended(self, layer, result):
            outputs[layer.name] = result

        def gradient_begins(self, call, dys):
            for index, dy in zip(call.output_ids, dys, strict=True):
                seen[index] = np.array(dy)

    with observing(Watch()), GradientTape(persistent=True) as tape:
        loss = ops.mean(ops.square(model(X[:4], training=False)))
    with observing(Watch()):
        tape.gradient(loss, model.trainable_variables)
    for name in ("hidden", "normalized", "head"):
        np.testing.assert_array_equal(seen[outputs[name].index], tape.gradient(loss, outputs[name]))


def test_a_step_reports_the_update_with_its_gradients():
    model = classifier()
    model.train_on_batch(X[:4], Y[:4])
    before, after = [], []

    class Watch(Observer):
        def update_begins(self, optimizer, gradients, variables):
            before.extend(
                (v.path, v.numpy().copy(), g.numpy().copy()) for g, v in zip(gradients, variables, strict=True)
            )

        def update_ended(self, optimizer, variables):
            after.extend(v.numpy().copy() for v in variables)

    with observing(Watch()):
        model.train_on_batch(X[:4], Y[:4])
    assert [path for path, *_ in before] == [v.path for v in model.trainable_variables]
    for (path, value, gradient), new in zip(before, after, strict=True):
        assert value.shape == gradient.shape == new.shape
        assert (value != new).any(), path


def test_an_error_ends_a_gradient_and_an_effect():
    class Failing(Log):
        def gradient_ended(self, call, dys, dxs):
            self.events.append(("gradient_ended", dxs))

        def effect_ended(self, function, result, error):
            self.events.append(("effect_ended", error))

    @custom_gradient
    def broken(x):
        def gradient(dy):
            raise ZeroDivisionError

        return x * 1.0, gradient

    def fails():
        raise KeyError("no")

    x = Tensor(np.ones(2, "float32"))
    with observing(Failing()) as log:
        with GradientTape() as tape:
            tape.watch(x)
            y = broken(x)
        with pytest.raises(ZeroDivisionError):
            tape.gradient(y, x)
        with pytest.raises(KeyError):
            effect(fails)
    assert ("gradient_ended", None) in log.events
    assert isinstance(log.events[-1][1], KeyError)


# --- nothing changes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_an_observer_changes_no_number(run_eagerly):
    expected = weights_after_fit(classifier(run_eagerly), epochs=3)
    with observing(Log()), observing(Log()):
        assert_equal(weights_after_fit(classifier(run_eagerly), epochs=3), expected)


class FunctionsCalled(list):
    """The engine's functions that are called within `with`, in order, without those that notify observers."""

    NOTIFYING = ("observers.py", "effects.py", "state.py")

    def __enter__(self):
        sys.setprofile(self._note)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)

    def _note(self, frame, event, argument):
        code = frame.f_code
        file = Path(code.co_filename)
        if event == "call" and PACKAGE in file.parents and file.name not in self.NOTIFYING:
            self.append(code.co_qualname)


def test_an_observer_changes_no_path():
    class SeesNothing(Observer):
        uses_ops = False

    class SeesAll(SeesNothing):
        pass

    for event in EVENTS:
        setattr(SeesAll, event, lambda self, *about: None)

    def functions_of_a_step(observer):
        model = classifier()
        for _ in range(3):
            model.train_on_batch(X[:4], Y[:4])
        with observing(observer), FunctionsCalled() as functions:
            model.train_on_batch(X[:4], Y[:4])
        return functions

    functions = functions_of_a_step(SeesNothing())
    observed = functions_of_a_step(SeesAll())
    notifying = {"observed_backward", "backward_of", "_notify", "_Observed.__init__", "_Observed.__enter__"}
    notifying |= {"_Observed.__exit__", "Trainer._steps_are_own"}
    outer = [re.sub(r"\.<locals>\.<\w+>$", "", name) for name in observed]  # of a comprehension: until Python 3.11
    assert [name for name, own in zip(observed, outer, strict=True) if own not in notifying] == functions
    assert len(functions) > 100


def test_a_plan_stays_a_plan_and_says_how_many_steps_it_did():
    class Steps(Observer):
        def __init__(self):
            self.traced = self.replayed = self.ops = 0

        def step_begins(self, kind, batch):
            self.traced += 1

        def steps_replayed(self, kind, count):
            assert kind == "train"
            self.replayed += count

        def op_called(self, op, inputs, outputs):
            self.ops += 1

    model = classifier(run_eagerly=False)
    with observing(Steps()) as steps:
        weights_after_fit(model, epochs=5)
    assert (steps.traced, steps.replayed) == (2, 28)
    (plan,) = model._planner.entries.values()
    assert plan.replays == 28
    ops_of_two = steps.ops
    with observing(Steps(), eagerly=True) as steps:
        weights_after_fit(model, epochs=5)
    assert (steps.traced, steps.replayed) == (30, 0)
    assert steps.ops > 5 * ops_of_two
    assert plan.replays == 28
    weights_after_fit(model)
    assert plan.replays == 34


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "train_on_batch", "tf.function"])
def test_eager_observers_see_every_step(method):
    model = classifier(run_eagerly=False)
    function = tf.function(lambda x: model(x))
    run = {
        "fit": lambda: model.fit(X, Y, batch_size=4, verbose=0),
        "evaluate": lambda: model.evaluate(X, Y, batch_size=4, verbose=0),
        "predict": lambda: model.predict(X, batch_size=4, verbose=0),
        "train_on_batch": lambda: [model.train_on_batch(X[:4], Y[:4]) for _ in range(6)],
        "tf.function": lambda: [function(tf.constant(X[:4])) for _ in range(6)],
    }[method]
    run()
    with observing(Log(), eagerly=True) as log:
        run()
    assert log.names().count("layer_begins") == 6 * 5
