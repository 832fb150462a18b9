"""`python -m minikeras demo`: it learns, shows and draws; and it is the same run each time."""

import io
import re
import sys

import numpy as np
import pytest

from minikeras.tools.cli import demo, demo_picture, main


def test_one_epoch_is_shown_from_the_summary_to_the_mistakes(capsys, tmp_path):
    picture = tmp_path / "demo.png"
    assert main(["demo", "--epochs", "1", "--picture", str(picture)]) == 0
    text = capsys.readouterr().out
    accuracy = float(re.search(r"accuracy (\d+\.\d+)%", text)[1])
    assert 50 < accuracy <= 100  # far from the 10 % of guessing, even after one epoch
    for part in ("Total params: 18,346", "━━━", "What the network reads".lower(), "Its mistakes", str(picture)):
        assert part in text or part in text.lower()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_gives_the_same_run(capsys):
    def last_line(seed):
        main(["demo", "--epochs", "1", "--picture", "", "--seed", seed])
        return re.search(r"never seen: (.*)", capsys.readouterr().out)[1]

    assert last_line("1") == last_line("1") != last_line("2")


def test_without_matplotlib_the_demo_says_so(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    demo.draw_picture("unused.png", {}, None, None, None)
    assert "matplotlib" in capsys.readouterr().out


def test_images_stand_side_by_side_with_their_captions_below():
    images = np.array([[[0, 1], [0.5, 0]], [[1, 1], [0, 0]]])
    assert demo_picture.side_by_side(images, ["a", "b"]).split("\n") == ["  ██  ████", "▒▒", " a     b"]


def test_images_that_do_not_fit_begin_a_new_row():
    lines = demo_picture.side_by_side(np.ones((3, 1, 2)), ["a", "b", "c"], columns=2).split("\n")
    assert lines == ["████  ████", " a     b", "████", " c"]


def test_plain_characters_where_the_terminal_has_no_blocks(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert demo_picture.side_by_side(np.ones((1, 1, 1)), ["x"]) == "##\nx"


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["demo", "--epochs", "many"]])
def test_what_is_no_command_ends_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m minikeras" in capsys.readouterr().err
