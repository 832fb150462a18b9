"""What counts as a debugger, and that every line runs in every step while there is one."""

import cProfile
import functools
import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest

import minikeras as keras
from minikeras import compat, config
from minikeras.base import messages
from minikeras.base.debuggers import attached_debugger
from minikeras.compat import tensorflow as tf
from minikeras.layers import Dense
from tests.unit.debugging.children import ENVIRONMENT
from tests.unit.debugging.program import BATCH, MODELS, STEPS, STOPS, X, Y, compiled, phases
from tests.waiting import DEADLINE, join

ROUNDING = 1e-5  # relative, of losses about 1 after 60 steps: plans add up in another order
monitoring = getattr(sys, "monitoring", None)
needs_monitoring = pytest.mark.skipif(monitoring is None, reason="sys.monitoring is new in Python 3.12")


@pytest.fixture(autouse=True)
def no_notice_yet(monkeypatch):
    monkeypatch.setattr(messages, "_noted", set())


class Tracer:
    """Counts how often a function begins, as a trace function."""

    def __init__(self, code):
        self.code = code
        self.count = 0

    def __call__(self, frame, event, argument):
        self.count += frame.f_code is self.code and event == "call"


@contextmanager
def tracing(trace_function, module=sys):
    """`sys.settrace` or `threading.settrace` within the block."""
    before = module.gettrace()
    module.settrace(trace_function)
    try:
        yield trace_function
    finally:
        module.settrace(before)


@contextmanager
def tool(number, name, callback=None):
    """A tool of `sys.monitoring` within the block, whose callback gets the code of each function that begins."""
    monitoring.use_tool_id(number, name)
    try:
        if callback is not None:
            event = monitoring.events.PY_START
            monitoring.register_callback(number, event, lambda code, offset: callback(code))
            monitoring.set_events(number, event)
        yield
    finally:
        monitoring.set_events(number, 0)
        monitoring.free_tool_id(number)


def ignore(frame, event, argument):
    """A trace function that is not interested."""


@pytest.mark.parametrize("trace_function", [ignore, Tracer(None), functools.partial(ignore)])
@pytest.mark.parametrize("module", [sys, threading])
def test_a_trace_function_is_a_debugger(trace_function, module):
    assert attached_debugger() is None
    with tracing(trace_function, module):
        assert attached_debugger() == "tests"
    assert attached_debugger() is None


def test_a_trace_function_of_another_thread_is_none_of_this_one():
    begun, end = threading.Event(), threading.Event()

    def debugged():
        with tracing(ignore):
            begun.set()
            assert attached_debugger() == "tests"
            assert end.wait(DEADLINE)

    thread = threading.Thread(target=debugged)
    thread.start()
    assert begun.wait(DEADLINE)
    assert attached_debugger() is None
    end.set()
    join(thread)


def test_a_trace_function_of_a_frame_alone_is_never_called():
    seen = []
    sys._getframe().f_trace = lambda *event: seen.append(event)
    assert attached_debugger() is None
    assert seen == []


@needs_monitoring
@pytest.mark.parametrize("number", [0, 3, 4])
def test_a_monitoring_tool_is_a_debugger(number):
    with tool(number, "anything"):
        assert attached_debugger() == "anything"
    assert attached_debugger() is None


@needs_monitoring
@pytest.mark.parametrize(
    "number, name", [(1, "anything"), (2, "anything"), (5, "anything"), (3, "coverage.py"), (3, "scrutineer")]
)
def test_a_tool_that_measures_is_none(number, name):
    if monitoring.get_tool(number):
        pytest.skip("the tests themselves are being measured")
    with tool(number, name):
        assert attached_debugger() is None


@pytest.mark.parametrize("name", ["coverage.collector", "line_profiler._line_profiler", "hypothesis.internal"])
def test_a_trace_function_that_measures_is_none(name):
    tracer = type("Tracer", (), {"__module__": name, "__call__": lambda self, *event: None})()
    with tracing(tracer), tracing(tracer, threading):
        assert attached_debugger() is None


@pytest.mark.parametrize("core", ["ctrace", "pytrace", "sysmon"])
def test_coverage_is_no_debugger(core, monkeypatch):
    coverage = pytest.importorskip("coverage")
    if core == "sysmon" and monitoring is None:
        pytest.skip("sys.monitoring is new in Python 3.12")
    monkeypatch.setenv("COVERAGE_CORE", core)
    measured = coverage.Coverage(data_file=None)
    measured.start()
    try:
        assert attached_debugger() is None
    finally:
        measured.stop()


def test_a_profiler_leaves_the_plans_on():
    model = compiled("sequential")
    profile = cProfile.Profile()
    calls = Tracer(Dense.call.__code__)
    with profile:
        model.fit(X, Y, batch_size=BATCH, verbose=0)
    profile.create_stats()
    (calls,) = [
        count for (file, line, name), (count, *_) in profile.stats.items() if (name, line) == _place(Dense.call)
    ]
    assert calls == 4  # two layers, in the two steps that are traced


def _place(function):
    return function.__name__, function.__code__.co_firstlineno


@pytest.mark.parametrize("kind", MODELS)
def test_every_step_runs_line_by_line_under_a_tracer(kind, capsys):
    model = compiled(kind)
    with tracing(Tracer(Dense.call.__code__)) as tracer:
        for name, run in phases(model).items():
            tracer.count = 0
            run()
            assert tracer.count == STOPS, name
    assert capsys.readouterr().err.count("A debugger is attached") == 1


@needs_monitoring
@pytest.mark.parametrize("kind", MODELS)
def test_every_step_runs_line_by_line_under_a_monitoring_tool(kind, capsys):
    model = compiled(kind)
    calls = []
    with tool(0, "debugger", lambda code: code is Dense.call.__code__ and calls.append(code)):
        for name, run in phases(model).items():
            calls.clear()
            run()
            assert len(calls) == STOPS, name
    assert "A debugger is attached (debugger), so every step" in capsys.readouterr().err


def test_threads_that_are_traced_from_their_start_run_every_step():
    model = compiled("sequential")
    tracer = Tracer(Dense.call.__code__)
    with tracing(tracer, threading):
        thread = threading.Thread(target=lambda: model.fit(X, Y, batch_size=BATCH, verbose=0))
        thread.start()
        join(thread)
    assert tracer.count == STOPS


def test_plans_are_made_and_used_again_when_the_debugger_has_gone():
    model = compiled("sequential")
    with tracing(ignore):
        model.fit(X, Y, batch_size=BATCH, verbose=0)
    model.fit(X, Y, batch_size=BATCH, verbose=0)
    with tracing(Tracer(Dense.call.__code__)) as tracer:
        model.fit(X, Y, batch_size=BATCH, verbose=0)
    assert tracer.count == STOPS
    tracer.count = 0
    model.fit(X, Y, batch_size=BATCH, verbose=0)
    (plan,) = model._planner.entries.values()
    assert plan.replays == 18 + 20


class DrawsByTensorFlow(keras.layers.Layer):
    def call(self, inputs, training=None):
        return inputs + tf.random.normal(tf.shape(inputs)) if training else inputs


def test_a_debugger_changes_no_random_number():
    """Dropout masks, the order of samples, and numbers of `tf.random`, which belong to positions in functions."""

    def losses():
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((8,)),
                keras.layers.Dense(4),
                DrawsByTensorFlow(),
                keras.layers.Dropout(0.5),
                keras.layers.Dense(3),
            ]
        )
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model.fit(X, np.minimum(Y, 2), batch_size=BATCH, epochs=3, verbose=0).history["loss"]

    compat.install()
    try:
        expected = losses()
        with tracing(ignore):
            np.testing.assert_allclose(losses(), expected, rtol=ROUNDING)
    finally:
        compat.uninstall()


def test_explain_plan_says_so(capsys):
    model = compiled("sequential")
    with tracing(ignore):
        model.explain_plan()
    assert "a debugger is attached" in capsys.readouterr().out


def test_plans_may_be_kept_under_a_debugger(capsys):
    model = compiled("sequential")
    config.set_plans_under_debugger(True)
    try:
        with tracing(Tracer(Dense.call.__code__)) as tracer:
            model.fit(X, Y, batch_size=BATCH, verbose=0)
    finally:
        config.set_plans_under_debugger(False)
    assert tracer.count == 4
    assert "debugger" not in capsys.readouterr().err


@pytest.mark.parametrize("value, kept", [("1", True), ("0", False), ("", False)])
def test_the_environment_sets_it(value, kept):
    code = "import minikeras; print(minikeras.config.plans_under_debugger())"
    environment = {**ENVIRONMENT, "MINIKERAS_PLANS_UNDER_DEBUGGER": value}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(kept)


def test_the_notice_goes_to_the_log_where_messages_do(caplog, capsys):
    messages.disable_interactive_logging()
    try:
        with tracing(ignore), caplog.at_level("INFO", "minikeras"):
            compiled("sequential").predict(X[:2], verbose=0)
    finally:
        messages.enable_interactive_logging()
    assert "A debugger is attached (tests)" in caplog.text
    assert capsys.readouterr().err == ""


def test_the_result_of_a_metric_is_computed_in_every_step():
    """Without a debugger only after the last one, unless something asks for it."""

    results = []

    class Own(keras.metrics.MeanSquaredError):
        def result(self):
            results.append(super().result())
            return results[-1]

    model = compiled("sequential")
    model.compile("sgd", "mse", metrics=[Own()])
    labels = np.zeros((len(X), 3), "float32")
    with tracing(ignore):
        model.fit(X, labels, batch_size=BATCH, verbose=0)
    assert len(results) == STEPS + 1


def test_a_function_in_a_pipeline_runs_once_for_each_element_from_the_next_batch_on():
    """Without a debugger a mapped function is computed for a batch of elements at a time."""

    def doubled(x):
        return x * 2.0

    batches = iter(tf.data.Dataset.from_tensor_slices(X).map(doubled).batch(BATCH))
    before = [next(batches) for _ in range(3)]
    with tracing(Tracer(doubled.__code__)) as tracer:
        after = [next(batches) for _ in range(2)]
        assert tracer.count == 2 * BATCH
    np.testing.assert_array_equal(np.concatenate([*before, *after, *batches]), X * 2)
