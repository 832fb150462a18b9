"""minikeras.messages: where text for the user goes."""

import io
import logging
import sys

import pytest

from minikeras import messages


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
