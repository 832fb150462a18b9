"""`fit(verbose="rich")`: bars on a terminal, lines elsewhere; the same training."""

import io
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks.rich_bars import RichBars, bar, lines_of, sparkline
from tests.waiting import DEADLINE


def network():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    return model


X = np.ones((8, 3), "float32")


def test_lines_where_there_is_no_terminal(capsys):
    history = network().fit(X, X[:, :1], batch_size=2, epochs=2, verbose="rich", shuffle=False)
    printed = capsys.readouterr().out
    assert "Epoch 2/2" in printed
    assert "4/4" in printed
    assert "\x1b" not in printed
    assert f"{history.history['loss'][1]:.4f}"[:4] in printed
    silent = network().fit(X, X[:, :1], batch_size=2, epochs=2, verbose=0, shuffle=False)
    assert silent.history["loss"] == pytest.approx(history.history["loss"], rel=1e-6)


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="'auto', 'rich', 0, 1 or 2"):
        network().fit(X, X[:, :1], verbose="ritch")


def test_bars_on_a_terminal():
    rich = pytest.importorskip("rich.console")
    stream = io.StringIO()
    console = rich.Console(file=stream, force_terminal=True, width=120, color_system=None)
    validation = (X, X[:, :1])
    bars = RichBars(console)
    network().fit(X, X[:, :1], batch_size=2, epochs=3, callbacks=[bars], validation_data=validation)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "Epoch 3/3" in shown
    assert "val_loss" in shown
    assert "epoch 3/3 " + "━" * 24 + " 4/4" in shown
    assert "steps/s" in shown
    assert "100%" in shown
    assert "loss █" in shown
    assert len(bars.losses) == 3


def test_a_terminal_has_its_cursor_again_after_an_error():
    rich = pytest.importorskip("rich.console")
    stream = io.StringIO()
    console = rich.Console(file=stream, force_terminal=True, width=120, color_system=None)
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        network().fit(X, X[:, :1], batch_size=2, callbacks=[RichBars(console), stop])
    hide, show = "\x1b[?25l", "\x1b[?25h"
    assert stream.getvalue().rindex(show) > stream.getvalue().rindex(hide)


SCRIPT = """
import numpy as np, minikeras as keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae", "mape"])
x = np.ones((8, 3), "float32")
model.fit(x, x[:, :1], batch_size=2, epochs=2, validation_split=0.5, verbose="rich")
"""


@pytest.mark.full
def test_a_real_terminal_of_eighty_columns():
    pytest.importorskip("rich.console")
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals on this system")
    termios = pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 80))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "CI")}
    child = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=theirs, env={**environment, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the child has ended, on Linux
            part = b""
        if not part:
            break
        shown += part
    os.close(ours)
    assert child.wait(DEADLINE) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert "epoch 2/2 " + "━" * 24 + " 2/2" in text
    assert max(map(len, re.split(r"[\r\n]+", text))) <= 80
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")  # the cursor is there again


def interrupt(batch, logs):
    raise KeyboardInterrupt


def test_data_of_unknown_length():
    rich = pytest.importorskip("rich.console")
    stream = io.StringIO()
    bars = RichBars(rich.Console(file=stream, force_terminal=True, width=120, color_system=None))
    network().fit(((X, X[:, :1]) for _ in range(3)), callbacks=[bars])
    assert "Epoch 1/1" in stream.getvalue()


def test_narrow_terminals_get_more_lines_and_no_part_is_cut():
    parts = ["epoch 1/4", "75 steps/s", "loss 0.25", "val_loss 0.5"]
    assert lines_of(parts, 80) == ["epoch 1/4  75 steps/s  loss 0.25  val_loss 0.5"]
    assert lines_of(parts, 24) == ["epoch 1/4  75 steps/s", "  loss 0.25", "  val_loss 0.5"]
    assert lines_of(parts, 5) == ["epoch 1/4", "  75 steps/s", "  loss 0.25", "  val_loss 0.5"]


@pytest.mark.parametrize(
    "values, line",
    [([], ""), ([1.0], "▁"), ([0.0, 0.5, 1.0], "▁▅█"), ([1.0, float("nan"), 0.0], "█!▁"), (list(range(99)), None)],
)
def test_sparkline(values, line):
    assert sparkline(values) == line if line is not None else len(sparkline(values)) == 30


def test_bar():
    assert bar(0.5).count("━") == 12
    assert len(bar(2.0)) == len(bar(0.0)) == 24
