"""Shows messages to the user: on standard output, or by Python's logging when interactive logging is off."""

__replay__ = "computes"

import logging
import os
import shutil
import sys
import sysconfig
import warnings
from contextlib import contextmanager

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")

logger = logging.getLogger("minikeras")
_settings = {"interactive": True}
_line = {"width": None}  # characters in the line of a progress bar that is not finished
_noted = set()


def enable_interactive_logging():
    """Write progress bars and messages to standard output (the default)."""
    _settings["interactive"] = True


def disable_interactive_logging():
    """Send progress bars and messages to the logger "minikeras" instead, at level INFO: for unattended jobs.

    Keras sends them to absl's logger; minikeras uses Python's own.
    """
    _settings["interactive"] = False


def is_interactive_logging_enabled():
    """Whether messages go to standard output."""
    return _settings["interactive"]


def print_message(message, line_break=True):
    """Show `message` now. Characters that the output's encoding lacks are omitted, "━" becomes "="."""
    if not is_interactive_logging_enabled():
        logger.info(message)
        return
    text = f"{message}\n" if line_break else message
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "utf-8"  # None when standard output is not a text file
        sys.stdout.write(text.replace("━", "=").encode(encoding, errors="ignore").decode(encoding))
    sys.stdout.flush()


def progress_line_is(width):
    """Note that a progress bar's last line has this many characters and continues; None: it is finished."""
    _line["width"] = width


@contextmanager
def shown_meanwhile(text):
    """Show a text after an unfinished progress bar during the `with`, and then erase it.

    Only on a terminal with enough space in the line: piped or logged output has only the bar.
    """
    width = _line["width"]
    fits = width is not None and width + len(text) < shutil.get_terminal_size().columns
    if not (fits and is_interactive_logging_enabled() and sys.stdout.isatty()):
        yield
        return
    print_message(text, line_break=False)
    try:
        yield
    finally:
        print_message("\b" * len(text) + "\x1b[K", line_break=False)


def print_notice(topic, message):
    """Print a line about how the program runs, once per topic: on standard error, or in the log at level INFO."""
    if topic in _noted:
        return
    _noted.add(topic)
    if is_interactive_logging_enabled():
        print(f"minikeras: {message}", file=sys.stderr, flush=True)
    else:
        logger.info(message)


def warn(message, category=UserWarning):
    """Warn about the line of the program that led here: the innermost outside minikeras and the standard library."""
    frame, level = sys._getframe(1), 2
    while frame is not None and _only_carries_out(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=2 if frame is None else level)


def _only_carries_out(file):
    is_library = file.startswith(_STANDARD_LIBRARY) and "site-packages" not in file and "dist-packages" not in file
    return is_library or file.startswith((_PACKAGE, "<frozen"))
