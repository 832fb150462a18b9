"""Whether a debugger follows this program, so that code which it could not step into gives way to Python."""

import sys

_MONITORING = getattr(sys, "monitoring", None)  # Python 3.12 and later


def debugger_follows():
    """Whether a debugger follows the Python of this thread line by line (pdb, debugpy, PyCharm, `sys.settrace`)."""
    if sys.gettrace() is not None:
        return True
    return _MONITORING is not None and _MONITORING.get_tool(_MONITORING.DEBUGGER_ID) is not None
