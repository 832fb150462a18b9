"""What it costs to observe training: `python -m benchmarks.watching` prints the table of docs/seeing_inside.md.

Each row is a fit of the same network, observed in another way, and a plain fit in the same process: the two alternate,
and the ratio is that of the minima. "off" is a plain fit after a recording has ended, next to one of another model
that was never recorded. Calls of Python functions are counted too, since other load does not affect them.
"""

import sys
import time
import warnings

import numpy as np

import minikeras as keras

ROUNDS = 5
STEPS = 100
BATCH = 32


def mlp():
    """64-64-64-10."""
    dense = keras.layers.Dense
    model = keras.Sequential(
        [keras.Input((64,)), dense(64, activation="relu"), dense(64, activation="relu"), dense(10)], name="MLP"
    )
    return _compiled(model), (64,)


def cnn():
    """Two convolutions on 16 × 16 pixels."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ],
        name="CNN",
    )
    return _compiled(model), (16, 16, 1)


def _compiled(model):
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def trace_of(*steps):
    """Callbacks that record these steps."""
    return lambda: {"callbacks": [keras.callbacks.StepTrace(steps=steps)]}


WAYS = {
    "off, after a recording": dict,
    "`StepTrace` waiting for a step that does not come": trace_of(10**6),
    f"`StepTrace`, one step of {STEPS}": trace_of(50),
    "`Inspect(freq=10)`": lambda: {"callbacks": [keras.callbacks.Inspect(freq=10)]},
    "`detect_anomaly=True`": lambda: {"detect_anomaly": True},
}


def measured(make):
    """{way: (seconds of a step, the same without, calls of functions per step, the same without)}."""
    rng = np.random.default_rng(0)
    models = {}
    for kind in ("plain", "watched"):
        models[kind], shape = make()
    x = rng.normal(size=(STEPS * BATCH, *shape)).astype("float32")
    y = rng.integers(0, 10, len(x))
    fit = lambda kind, **more: models[kind].fit(x, y, batch_size=BATCH, verbose=0, **more)  # noqa: E731
    for kind in models:
        fit(kind)
    models["watched"].explain_step(x[:BATCH], y[:BATCH])
    found = {}
    for way, arguments in WAYS.items():
        times = {kind: [] for kind in models}
        for _ in range(ROUNDS):
            for kind, more in (("plain", dict), ("watched", arguments)):
                given = more()
                begin = time.perf_counter()
                fit(kind, **given)
                times[kind].append((time.perf_counter() - begin) / STEPS)
        calls = [_calls(fit, "watched", **arguments()), _calls(fit, "plain")]
        found[way] = (min(times["watched"]), min(times["plain"]), *calls)
    return found


def _calls(run, *args, **kwargs):
    """Calls of Python functions per step."""
    count = 0

    def counting(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(counting)
    try:
        run(*args, **kwargs)
    finally:
        sys.setprofile(None)
    return count / STEPS


def main():
    """Print the table."""
    warnings.simplefilter("ignore")  # of a callback that waits in vain, as it is meant to
    print("| fit, watched by | network | µs a step | plain, in turns | ratio | calls a step | plain |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for make in (mlp, cnn):
        for way, (seconds, plain, calls, plain_calls) in measured(make).items():
            numbers = (
                f"{1e6 * seconds:.0f} | {1e6 * plain:.0f} | {seconds / plain:.2f} | {calls:.1f} | {plain_calls:.1f}"
            )
            print(f"| {way} | {make.__name__.upper()} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
