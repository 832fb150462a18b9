"""minikeras.base.messages: where text for the user goes."""

import io
import logging
import sys

import numpy as np
import pytest

import minikeras as keras
from minikeras.base import messages
from minikeras.utils import Progbar


@pytest.fixture(autouse=True)
def interactive_again():
    yield
    messages.enable_interactive_logging()


def test_messages_go_to_standard_output(capsys):
    messages.print_message("hello")
    messages.print_message("no line break", line_break=False)
    assert capsys.readouterr().out == "hello\nno line break"


def test_messages_go_to_the_log_when_nobody_watches(capsys, caplog):
    messages.disable_interactive_logging()
    assert not messages.is_interactive_logging_enabled()
    with caplog.at_level(logging.INFO, logger="minikeras"):
        messages.print_message("hello")
    assert caplog.messages == ["hello"]
    assert capsys.readouterr().out == ""


def test_characters_that_the_output_lacks_do_not_stop_the_program(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)
    messages.print_message("━━ é done")
    assert output.buffer.getvalue() == b"==  done\n"


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes standard output a terminal of 40 columns, and returns it; pytest sets its own before."""

    def make(is_terminal=True):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", "40")
        return stream

    yield make
    messages.progress_line_is(None)


def test_a_text_behind_a_progress_bar_is_erased_again(terminal):
    shown = terminal()
    messages.progress_line_is(20)
    with messages.shown_meanwhile(" - text"):
        assert shown.getvalue() == " - text"
    assert shown.getvalue() == " - text" + "\b" * 7 + "\x1b[K"


def test_it_is_erased_after_an_error_too(terminal):
    shown = terminal()
    messages.progress_line_is(20)
    with pytest.raises(KeyboardInterrupt), messages.shown_meanwhile(" - text"):
        raise KeyboardInterrupt
    assert shown.getvalue().endswith("\x1b[K")


@pytest.mark.parametrize("width, is_terminal", [(None, True), (35, True), (20, False)])
def test_nothing_is_shown_without_a_bar_or_space_or_terminal(terminal, width, is_terminal):
    shown = terminal(is_terminal)
    messages.progress_line_is(width)
    with messages.shown_meanwhile(" - text"):
        pass
    assert shown.getvalue() == ""


def test_a_progress_bar_says_whether_its_line_goes_on(terminal):
    shown = terminal()
    bar = Progbar(2, width=4)
    bar.update(1)
    with messages.shown_meanwhile("+"):
        pass
    assert "+\b" in shown.getvalue()
    bar.update(2)
    with messages.shown_meanwhile("!"):
        pass
    assert "!" not in shown.getvalue()


@pytest.mark.parametrize(
    "warns",
    [
        lambda: keras.layers.LSTM(3, input_shape=(None, 2)),
        lambda: keras.ops.softmax(np.ones((2, 1))),
        lambda: keras.Sequential([keras.Input((2, 1)), keras.layers.Softmax()]).predict(np.ones((1, 2, 1)), verbose=0),
    ],
)
def test_a_warning_is_about_the_line_of_the_program(warns):
    with pytest.warns(UserWarning, match="needs no|which has length 1") as caught:
        warns()
    assert {warning.filename for warning in caught} == {__file__}
