"""The observer of `compare` in a process of its own, on minikeras alone: what it records of a script."""

import numpy as np
import pytest

from minikeras.tools.cli.compare.processes import run_observed

ROUNDING = 1e-6  # of weights around 1 in float32, after eight steps

HEAD = """
import numpy as np
from tensorflow import keras
import tensorflow as tf
x = np.random.normal(size=(16, 4)).astype("float32")
y = np.random.randint(0, 2, 16)
model = keras.Sequential([keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2, activation="softmax")])
"""
COMPILED = HEAD + 'model.compile("sgd", "sparse_categorical_crossentropy")\n'
FIT = COMPILED + "model.fit(x, y, batch_size=4, epochs=2, verbose=0)\n"
BATCHES = COMPILED + "for i in range(3):\n    model.train_on_batch(x, y)\n"
LOOP = (
    HEAD
    + """
optimizer = keras.optimizers.SGD()
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x)))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
"""
)
BY_HAND = """
import tensorflow as tf
x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
w, unused = tf.Variable([[1.0], [1.0]], name="w"), tf.Variable(1.0)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(x @ w))
    gradient = tape.gradient(loss, w)
    if i != 1:
        w.assign_sub(0.01 * gradient)
print(loss.numpy())

@tf.function
def total():
    return tf.reduce_sum(w)

total()
"""


@pytest.fixture
def observed(tmp_path):
    """A function that runs a script under observation."""

    def run(text, *arguments, name="run", **options):
        script = tmp_path / "script.py"
        script.write_text(text, encoding="utf-8")
        return run_observed("minikeras", script, arguments, tmp_path / name, **options)

    return run


@pytest.mark.one_in(3)
@pytest.mark.parametrize("text, steps, phase", [(FIT, 8, "fit"), (BATCHES, 3, "train_on_batch"), (LOOP, 3, "loop")])
def test_steps_are_seen_with_their_losses_and_weights(observed, text, steps, phase):
    run = observed(text)
    assert not run.failed, run.stderr
    assert list(run.steps) == [(0, i) for i in range(1, steps + 1)]
    for event in run.steps.values():
        assert event["phase"] == phase
        assert event["logs"]["loss"] > 0
        assert event["seconds"] > 0
    assert [about["path"] for about in run.variables] == [
        f"sequential/{layer}/{name}" for layer in ("dense", "dense_1") for name in ("kernel", "bias")
    ]
    for number, about in enumerate(run.variables):
        first, last = run.array(about["initial"]), run.array(about["final"])
        assert first.shape == last.shape == tuple(about["shape"])
        assert (first != last).any()
        assert run.array(f"digest/{number}").shape[0] == steps


def test_steps_without_an_optimizer_are_those_that_change_a_variable(observed):
    run = observed(BY_HAND)
    assert not run.failed, run.stderr
    assert list(run.steps) == [(-1, 1), (-1, 2)]
    losses = [event["logs"]["loss"] for event in run.steps.values()]
    assert losses[0] == (3.0**2 + 7.0**2) / 2
    assert losses[1] == pytest.approx(float(run.stdout), rel=ROUNDING)
    (number,) = (n for n, about in enumerate(run.variables) if about["shape"] == [2, 1])
    assert run.array(f"digest/{number}").shape[0] == 2
    (function,) = (event for event in run.events if event["kind"] == "function")
    assert function["numbers"]["loss"] == pytest.approx(run.array(f"final/{number}").sum(), rel=ROUNDING)


def test_a_step_without_an_optimizer_in_detail(observed):
    run = observed(BY_HAND, mode="detail", target=["step", -1, 2])
    assert [entry["what"] for entry in run.facts["detail"]] == ["loss", "weight before", "gradient", "weight after"]


def test_one_step_in_detail(observed):
    run = observed(FIT, mode="detail", target=["step", 0, 6])
    whats = [entry["what"] for entry in run.facts["detail"]]
    assert [whats.count(what) for what in ("weight before", "input", "output", "target", "loss")] == [4, 1, 3, 1, 1]
    assert [whats.count(what) for what in ("gradient", "weight after")] == [4, 4]
    outputs = [entry["layer"] for entry in run.facts["detail"] if entry["what"] == "output"]
    assert outputs == ["sequential/dense", "sequential/dense_1", "sequential"]
    assert [e["layer"] for e in run.facts["detail"] if e["what"] == "output gradient"][-1] == "sequential/dense"


def test_a_prediction_in_detail(observed):
    run = observed(HEAD + "model.predict(x, verbose=0)\nmodel.predict(x[:2], verbose=0)", mode="detail",
                   target=["event", "predict", 1])  # fmt: skip
    outputs = [entry["shape"] for entry in run.facts["detail"] if entry["what"] == "output"]
    assert outputs == [[2, 3], [2, 2], [2, 2]]


IN_A_FUNCTION = (
    HEAD
    + """
optimizer = keras.optimizers.SGD()

@tf.function
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x)))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss

for i in range(8):
    step(tf.constant(x))
"""
)
IN_A_THREAD = COMPILED + (
    "import threading\n"
    "thread = threading.Thread(target=lambda: model.fit(x, y, batch_size=4, epochs=2, verbose=0))\n"
    "thread.start()\n"
    "thread.join()\n"
)


# A crossentropy computes from the logits behind a softmax, so its gradient does not pass through the softmax's output.
@pytest.mark.full
@pytest.mark.parametrize("text, with_gradients", [(IN_A_FUNCTION, [2, 1, 0]), (IN_A_THREAD, [0])])
def test_a_late_step_in_detail(observed, text, with_gradients):
    """Long after a plan has been made of such steps, and in a thread of the script's own."""
    run = observed(text, mode="detail", target=["step", 0, 7])
    assert not run.failed, run.stderr
    entries = [(entry["what"], entry.get("layer")) for entry in run.facts["detail"]]
    layers = ["sequential/dense", "sequential/dense_1", "sequential"]
    assert [layer for what, layer in entries if what == "output"] == layers
    assert [layer for what, layer in entries if what == "output gradient"] == [layers[i] for i in with_gradients]


def test_observing_changes_no_number(observed):
    run = observed(FIT)
    text = FIT + "print([w.tolist() for w in model.get_weights()])"
    steps, times = (observed(text, name=mode, mode=mode).stdout for mode in ("steps", "times"))
    assert steps == times
    # In detail, every step runs layer by layer, where otherwise a plan may add in another order.
    detail = observed(text, name="detail", mode="detail", target=["step", 0, 3])
    for number in range(4):
        np.testing.assert_allclose(detail.array(f"final/{number}"), run.array(f"final/{number}"), atol=ROUNDING)


def test_the_seed_is_set_and_the_scripts_own_wins(observed):
    text = "import numpy as np, random, tensorflow as tf\nprint(np.random.rand(), random.random())\n"
    text += "print(tf.random.uniform((2,)).numpy(), tf.keras.initializers.GlorotUniform()((2, 2)).numpy())"
    same, again, other = (observed(text, name=name, seed=s).stdout for name, s in (("a", 1), ("b", 1), ("c", 2)))
    assert same == again != other
    text = "import tensorflow as tf\ntf.keras.utils.set_random_seed(5)\n" + text
    assert observed(text, name="d", seed=1).stdout == observed(text, name="e", seed=2).stdout


@pytest.mark.full
def test_copied_weights_find_their_variable_by_its_path(observed, tmp_path):
    text = HEAD.replace("Dense(2,", "Dense(4,") + "a, b = model.layers\nfor layer in ({}): layer.build((4, 4))"
    first = observed(text.format("a, b").replace("Dense(3,", "Dense(4,"), seed=1, name="first")
    second = observed(
        text.format("b, a").replace("Dense(3,", "Dense(4,"), seed=2, name="second", copy_weights=str(tmp_path / "first")
    )
    values = [{about["path"]: run.array(about["initial"]) for about in run.variables} for run in (first, second)]
    assert list(values[0]) != list(values[1])
    assert all((values[0][path] == values[1][path]).all() for path in values[0])


@pytest.mark.full
def test_weights_can_be_copied(observed, tmp_path):
    first = observed(FIT, seed=1, name="first")
    second = observed(FIT, seed=2, name="second", copy_weights=str(tmp_path / "first"))
    for number in range(4):
        assert (first.array(f"initial/{number}") == second.array(f"initial/{number}")).all()
    assert second.facts["copied"] == [0, 1, 2, 3]


def test_the_script_sees_its_arguments_and_its_exit_status_counts(observed):
    run = observed("import sys\nprint(sys.argv[1:], __name__)\nsys.exit(3)", "a", "--b")
    assert (run.status, run.stdout) == (3, "['a', '--b'] __main__\n")
    assert run.failed


def test_an_error_shows_the_scripts_lines_only(observed):
    run = observed("def f():\n    raise KeyError('x')\nf()")
    assert run.error == "KeyError: 'x'"
    assert run.stderr.count("File ") == 2


def test_wrappers_of_the_observer_do_not_show_in_tracebacks(observed):
    run = observed("from tensorflow import keras\nkeras.Sequential([keras.layers.Dense(1)]).fit([1.0])")
    assert run.failed
    assert "fit" in run.stderr
    assert "compare/observer" not in run.stderr


@pytest.mark.full
def test_a_script_that_does_not_end_is_ended(observed):
    run = observed("while True:\n    pass", timeout=2)
    assert (run.status, run.failed) == (124, True)
    assert "after 2 seconds" in run.error


@pytest.mark.full
def test_a_step_runs_again_in_float64_from_the_same_state(observed, tmp_path):
    text = COMPILED.replace('"sgd"', '"adam"') + "model.fit(x, y, batch_size=4, epochs=2, verbose=0)\n"
    single = observed(text, mode="detail", target=["step", 0, 6], name="single")
    state = str(tmp_path / "single")
    given = {
        "mode": "detail",
        "target": ["step", 0, 6],
        "float64": True,
        "copy_weights": state,
        "state": state,
        "ops": True,
    }
    double = observed(text, name="double", **given)
    assert not double.failed, double.error
    pairs = zip(single.facts["detail"], double.facts["detail"], strict=True)
    for a, b in pairs:
        one, other = single.array(a["array"]), double.array(b["array"])
        if a["what"] in ("weight before", "slot before"):
            np.testing.assert_array_equal(one, other)
        elif a["what"] != "slot":
            assert other.dtype.kind != "f" or other.dtype == np.float64 or a["what"] in ("input", "target")
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    assert [op["op"] for op in double.facts["ops"] if op["backward"]].count("Matmul") == 3  # of x · w, w of both; not x
