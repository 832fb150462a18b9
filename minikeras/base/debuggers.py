"""Detects whether a debugger traces this thread line by line.

A plan (`plans/`) replays a training step without the Python of its layers, so a breakpoint in a layer would never be
reached. Before each step the engine therefore checks here whether a tool traces lines. Python offers two ways:

- `sys.settrace`, for one thread, and `threading.settrace`, for threads started later. Used by pdb, by debugpy
  (VS Code) and PyCharm up to Python 3.11, and by tracers that print lines.
- `sys.monitoring`, from Python 3.12 on, for all threads. Six tool numbers exist; a debugger has number 0. Used by
  debugpy, PyCharm, and by pdb from Python 3.14 on.

After `debugpy.listen()`, debugpy counts as attached, even after VS Code has disconnected. The standard library's
`trace` counts as a tracer, since it can print lines.

A trace function on a single frame (`frame.f_trace`) is called only while one of `sys.settrace` is active, so frames
need not be inspected.

Coverage tools and profilers use the same two ways but are no debuggers: they measure a program as it runs, plans
included. They are recognised by the module of their trace function, or by number and name of their tool. Every line of
a layer runs at least in the two steps that are traced for a plan, so line coverage is complete; counts and times per
line do not include replays, unless `compile(run_eagerly=True)` is used. A profiler by `sys.setprofile` (cProfile up to
Python 3.11) occupies the hook by which `plans/watch.py` checks a user's Python; one line reports this.
"""

__replay__ = "computes"

import sys
import threading

MEASURING = frozenset({
    "coverage", "slipcover", "hypothesis", "scrutineer",  # coverage; the last is hypothesis's name as a tool
    "cProfile", "profile", "line_profiler", "memory_profiler", "pyinstrument", "scalene", "viztracer", "yappi",
})  # fmt: skip
"""Coverage tools and profilers: top-level modules of their trace functions, names of their tools."""

TOOL_NUMBERS = (0, 3, 4)
"""The tool numbers of debuggers, and those free for any tool. Coverage has number 1, profilers 2, optimizers 5."""

_tool_name = sys.monitoring.get_tool if hasattr(sys, "monitoring") else {}.get  # new in Python 3.12


def attached_debugger():
    """The name of the debugger or tracer of this thread, None if there is none."""
    # This runs before each step, and takes 0.2 µs of the 7 that the quickest one takes.
    if sys.gettrace() is threading.gettrace() is _tool_name(0) is _tool_name(3) is _tool_name(4) is None:
        return None
    modules = [_module_of(function) for function in (sys.gettrace(), threading.gettrace()) if function is not None]
    tools = [name.partition(".")[0] for number in TOOL_NUMBERS if (name := _tool_name(number)) is not None]
    return next((name for name in [*modules, *tools] if name not in MEASURING), None)


def _module_of(function):
    """The top-level module that defines a trace function, a bound method or a callable object."""
    function = getattr(function, "func", function)  # of a functools.partial
    module = getattr(function, "__module__", None) or type(function).__module__
    return module.partition(".")[0]
