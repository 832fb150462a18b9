"""minikeras.utils.Progbar: what it shows, and when."""

import re
import time

import numpy as np
import pytest

from minikeras.utils import progbar
from minikeras.utils.progbar import Progbar


class Clock:
    """A clock that is stopped until it is set."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock)
    return clock


def shown(capsys):
    """What stands on the terminal at the end of each drawing, colours taken out."""
    text = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out)
    return [line.rstrip() for line in re.split(r"\x08*\r", text)[1:]]


def test_the_bar_grows_and_ends_with_the_elapsed_time(capsys, clock):
    bar = Progbar(4, width=4)
    for step in range(1, 5):
        clock.now += 0.5
        bar.update(step)
    assert shown(capsys) == [
        "1/4 ━━━━ 1s 500ms/step",
        "2/4 ━━━━ 1s 500ms/step",
        "3/4 ━━━━ 0s 500ms/step",
        "4/4 ━━━━ 2s 500ms/step",
    ]


def test_done_cells_are_green_and_the_others_white(capsys, clock):
    Progbar(4, width=4).update(1)
    assert "\x1b[32m━\x1b[0m\x1b[37m━━━\x1b[0m" in capsys.readouterr().out


def test_values_are_averaged_over_steps_and_stateful_ones_are_not(capsys, clock):
    bar = Progbar(10, stateful_metrics=["accuracy"])
    bar.update(1, [("loss", 1.0), ("accuracy", 0.25)])
    clock.now += 1
    bar.update(4, [("loss", 2.0), ("accuracy", 0.75)])  # stands for three steps
    assert shown(capsys)[-1].endswith("loss: 1.7500 - accuracy: 0.7500")


def test_stateless_metrics_name_the_only_averaged_values(capsys, clock):
    bar = Progbar(10, stateless_metrics=["loss"])
    bar.add(1, [("loss", 1.0), ("accuracy", 0.25)])
    clock.now += 1
    bar.add(1, [("loss", 2.0), ("accuracy", 0.75)])
    assert shown(capsys)[-1].endswith("loss: 1.5000 - accuracy: 0.7500")


def test_both_kinds_of_names_are_refused():
    with pytest.raises(ValueError, match="Only one of"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_a_bar_is_not_drawn_again_before_the_interval_is_over_but_always_at_the_end(capsys, clock):
    bar = Progbar(3, interval=0.05)
    bar.update(1)
    clock.now += 0.01
    bar.update(2)
    bar.update(3)
    assert [line[:3] for line in shown(capsys)] == ["1/3", "3/3"]


def test_a_shorter_state_covers_the_longer_one_before(capsys, clock):
    bar = Progbar(None)
    bar.update(1, [("loss", 1e-9)])
    clock.now += 1
    bar.update(2, [("loss", 1.0)])
    before, after = re.split(r"\x08*\r", re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out))[1:]
    assert len(before) == len(after)
    assert after.startswith("      2/Unknown")


@pytest.mark.parametrize(
    "seconds, text",
    [(59, "59s"), (61, "1:01"), (3600, "60:00"), (3725, "1:02:05")],
)
def test_the_remaining_time_grows_with_the_units_it_needs(capsys, clock, seconds, text):
    bar = Progbar(2)
    clock.now += seconds
    bar.update(1)
    assert f" {text} " in shown(capsys)[0]


@pytest.mark.parametrize(
    "step_time, text", [(0, "0s/batch"), (2, "2s/batch"), (0.02, "20ms/batch"), (3e-4, "300us/batch")]
)
def test_time_per_unit(capsys, clock, step_time, text):
    bar = Progbar(2, unit_name="batch")
    clock.now += step_time
    bar.update(1)
    assert shown(capsys)[0].endswith(text)


def test_the_first_step_does_not_count_once_there_are_more(capsys, clock):
    bar = Progbar(3)
    clock.now += 100  # compiling
    bar.update(1)
    clock.now += 0.1
    bar.update(2)
    assert shown(capsys)[-1].endswith("0s 100ms/step")


def test_verbose_2_prints_one_line_at_the_end(capsys, clock):
    bar = Progbar(12, verbose=2)
    clock.now += 1.2
    bar.update(1, [("loss", 3.0)])
    assert capsys.readouterr().out == ""
    clock.now += 1.1
    bar.update(12, [("loss", 2.0), ("small", 5e-4)])
    assert capsys.readouterr().out == "12/12 - 2s - 100ms/step - loss: 2.0000 - small: 5.0000e-04\n"


def test_verbose_0_is_silent(capsys):
    Progbar(1, verbose=0).update(1, [("loss", 1.0)])
    assert capsys.readouterr().out == ""


def test_every_state_has_its_own_line_where_lines_cannot_be_redrawn(capsys, clock, monkeypatch):
    monkeypatch.setattr(progbar, "redraws_in_place", lambda: False)
    bar = Progbar(2)
    bar.update(1)
    bar.update(2)
    first, second = capsys.readouterr().out.strip("\n").split("\n")
    assert "\b" not in first + second
    assert "\r" not in first + second


@pytest.mark.parametrize("value", [np.float32(0.5), np.array([0.25, 0.75]), 0.5])
def test_values_may_be_arrays(capsys, clock, value):
    Progbar(2).update(1, [("loss", value)])
    assert shown(capsys)[0].endswith("loss: 0.5000")
