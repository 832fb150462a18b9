"""Recordings of training steps: every layer, op, gradient and update with its values, as objects and as a page.

    trace = model.explain_step(x, y)
    trace.layers["dense"].gradient
    trace.save_html("step.html")

Read in this order: `records.py` (the parts of a recording), `recorder.py` (the observer that records), `values.py` and
`budget.py` (which arrays are kept), `step_watcher.py` and `dry_run.py` (how steps of `fit` are recorded without
changing a value), `trace.py` and `views.py` (the user's interface), `document.py` and `html.py` (how the page in
`page/` is made), `replaying.py` (the same step with something changed). `explain_step.py` uses them all for one step.

Parts of a recording: `clock.py` and `memory_use.py` (time and memory), `settings.py` and `source_lines.py` (of ops and
layers), `statistics.py` (of arrays), `element_sources.py` (where each element came from). Parts of the page that go
beyond the step: `graph.py`, `plan_jobs.py`, `machine_code.py`, `machine_peaks.py`.
"""

__replay__ = "engine"

from minikeras.tools.tracing.budget import BUDGET
from minikeras.tools.tracing.explain_step import explain_step
from minikeras.tools.tracing.html import require_writable
from minikeras.tools.tracing.step_watcher import StepWatcher
from minikeras.tools.tracing.trace import Trace

__all__ = ["BUDGET", "StepWatcher", "Trace", "explain_step", "require_writable"]
