"""What `terminal_text` shows of control characters and escape sequences."""

import pytest

from minikeras.tools.cli.terminal_text import as_html

ESC = "\x1b["


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain\ntext\n", "plain\ntext\n"),
        ("<a> & b", "&lt;a&gt; &amp; b"),
        ("10%\r100%", "100%"),
        ("abc\rX", "Xbc"),
        ("abc\b\bX", "aXc"),
        ("windows\r\nline", "windows\nline"),
        (f"abc\r{ESC}Kd", "d"),
        (f"abc{ESC}2K\rd", "d"),
        (f"one\ntwo{ESC}A\rONE\n", "ONE\ntwo"),
        ("a\tb", "a       b"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\a\x00bell", "bell"),
        (f"{ESC}1m3/3{ESC}0m", '<span style="font-weight: bold">3/3</span>'),
        (f"{ESC}32m━{ESC}39m.", '<span style="color: #1a7f37">━</span>.'),
        (f"{ESC}38;5;196mred{ESC}m", '<span style="color: #ff0000">red</span>'),
        (f"{ESC}38;5;240mgrey{ESC}m", '<span style="color: #585858">grey</span>'),
        (f"{ESC}38;2;1;2;300mx{ESC}m", '<span style="color: #0102ff">x</span>'),
        (f"{ESC}48;5;9;1mx{ESC}22m", '<span style="font-weight: bold">x</span>'),
        (f"{ESC}38;5mx{ESC}38m{ESC}0m", '<span style="color: #24292f">x</span>'),
    ],
)
def test_what_is_shown(text, shown):
    assert as_html(text) == shown


def test_cursors_stay_within_limits():
    assert len(as_html(f"{ESC}999999999C" * 3 + "x")) < 100_000
    assert as_html(f"{ESC}999999999B{ESC}999A{ESC}99Dx") == "x"


def test_the_progress_bar_ends_as_its_last_state():
    bar = f"{ESC}1m1/2{ESC}0m {ESC}32m━━{ESC}0m 1s" + "\b" * 20 + f"\r{ESC}1m2/2{ESC}0m {ESC}32m━━━━{ESC}0m 0s\n"
    assert as_html(bar) == '<span style="font-weight: bold">2/2</span> <span style="color: #1a7f37">━━━━</span> 0s\n'
