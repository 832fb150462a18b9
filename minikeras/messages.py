"""Where messages for the user go: to standard output, or to Python's logging when interactive logging is off."""

__replay__ = "computes"

import logging
import sys

logger = logging.getLogger("minikeras")
_settings = {"interactive": True}
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
    """Show `message` now. Characters that the output's encoding lacks are left out, "━" becomes "="."""
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


def print_notice(topic, message):
    """One line about how the program runs, once per topic: on standard error, or in the log at level INFO."""
    if topic in _noted:
        return
    _noted.add(topic)
    if is_interactive_logging_enabled():
        print(f"minikeras: {message}", file=sys.stderr, flush=True)
    else:
        logger.info(message)
