"""Recordings of training steps: every layer, op, gradient and update with its numbers, as objects and as a page.

    trace = model.explain_step(x, y)
    trace.layers["dense"].gradient
    trace.save_html("step.html")

Read in this order: `records.py` (what is recorded), `recorder.py` (the observer that records), `values.py` and
`budget.py` (what is kept), `step_watcher.py` and `rehearsal.py` (how steps of `fit` are recorded without changing one
number), `trace.py` and `views.py` (what users get), `document.py` and `html.py` (how it becomes the page in `page/`),
`replaying.py` (the same step with something changed). `explain_step.py` is the whole way for one step.

Parts of a recording: `clock.py` and `memory_use.py` (time and memory), `settings.py` and `source_lines.py` (of ops and
layers), `statistics.py` (of arrays), `element_sources.py` (which element came from where). Parts of the page that look
beyond the step: `graph.py`, `plan_jobs.py`, `machine_code.py`, `machine_peaks.py`.
"""

__replay__ = "engine"

from minikeras.tracing.budget import BUDGET
from minikeras.tracing.explain_step import explain_step
from minikeras.tracing.html import require_writable
from minikeras.tracing.step_watcher import StepWatcher
from minikeras.tracing.trace import Trace

__all__ = ["BUDGET", "StepWatcher", "Trace", "explain_step", "require_writable"]
