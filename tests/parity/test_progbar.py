"""minikeras.utils.Progbar prints, byte for byte, what Keras's prints for the same updates at the same times."""

import sys
import time

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.utils import progbar  # noqa: E402

START = 1000.0

ARGUMENTS = [
    {"target": 3},
    {"target": 120, "width": 7},
    {"target": 1000, "interval": 0.3},
    {"target": None},
    {"target": 0},
    {"target": 12, "verbose": 2},
    {"target": None, "verbose": 2},
    {"target": 12, "verbose": 0},
    {"target": 12, "stateful_metrics": ["loss", "other"]},
    {"target": 12, "stateless_metrics": ["loss"], "unit_name": "sample"},
    {"target": 12, "verbose": 2, "stateless_metrics": []},
]


def updates(seed):
    """Random updates: (seconds that pass, step, values, finalize)."""
    rng = np.random.default_rng(seed)
    step = 0
    for _ in range(8):
        step += int(rng.integers(0, 4))
        scale = 10.0 ** rng.integers(-6, 3)
        values = [
            ("loss", float(rng.normal() * scale)),
            ("accuracy", np.float32(rng.uniform())),
            ("vector", rng.normal(size=3) * scale),
            ("zero", -0.0),
        ]
        seconds = float(rng.choice([0, 1e-5, 0.01, 0.2, 5, 70, 4000]))
        yield seconds, step, values[: rng.integers(0, 5)] or None, [None, None, None, True, False][rng.integers(5)]


def printed(make, arguments, seed, capsys, monkeypatch):
    """All that a bar prints while a clock of our own drives it."""
    now = START
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now)
        patch.setattr(time, "perf_counter", lambda: now)
        bar = make(**arguments)
        for seconds, step, values, finalize in updates(seed):
            now += seconds
            bar.update(step, values, finalize)
        bar.add(2, [("loss", 1.0)])
    return capsys.readouterr().out


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_same_text(arguments, seed, capsys, monkeypatch):
    expected = printed(tf.keras.utils.Progbar, arguments, seed, capsys, monkeypatch)
    assert printed(progbar.Progbar, arguments, seed, capsys, monkeypatch) == expected
    assert expected or arguments.get("verbose", 1) != 1


@pytest.mark.parametrize("seed", range(3))
def test_same_text_where_lines_cannot_be_redrawn(seed, capsys, monkeypatch):
    for name in ("posix", "ipykernel"):  # how Keras tells; its bar then writes line by line
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(progbar, "redraws_in_place", lambda: False)
    expected = printed(tf.keras.utils.Progbar, {"target": 9}, seed, capsys, monkeypatch)
    assert printed(progbar.Progbar, {"target": 9}, seed, capsys, monkeypatch) == expected
    assert "\b" not in expected


def test_same_refusal():
    for bar in (tf.keras.utils.Progbar, progbar.Progbar):
        with pytest.raises(ValueError, match="Only one of"):
            bar(1, stateful_metrics=[], stateless_metrics=[])
