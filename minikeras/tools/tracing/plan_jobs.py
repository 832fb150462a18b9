"""How a plan runs the ops of a step: which are fused, and which run compiled."""

from collections import deque

from minikeras.kernels.observers import timing_kernels
from minikeras.plans.explain import how
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient, Read
from minikeras.plans.plan import Plan
from minikeras.plans.update import Update
from minikeras.tools.tracing.dry_run import dry_run

STEPS_TO_TIME = 3


def plan_of(model):
    """The most recently used plan of a model's training steps, or why there is none; None if unknown."""
    planner = getattr(model, "_planner", None)
    entries = [entry for key, entry in (planner.entries if planner else {}).items() if key.kind == "train"]
    plans = [entry for entry in entries if isinstance(entry, Plan)]
    if plans:
        return max(plans, key=lambda plan: plan.last_used)
    return next((entry for entry in entries if isinstance(entry, str)), None)


def job_seconds(model, batch):
    """{id of a job: seconds}, the minimum over some replays of the plan; afterwards the state is restored.

    Args:
        model: a model whose steps run as a plan.
        batch: as `train_step` gets it; None if unknown, then no job is timed.
    """
    found = {}

    def timer(kernel, job, seconds):
        found[id(job)] = min(seconds, found.get(id(job), seconds))

    if batch is not None:
        with dry_run(model):
            for _ in range(STEPS_TO_TIME):
                with timing_kernels(timer):
                    _one_step(model, batch)
    return found


def _one_step(model, batch):
    """A training step on a batch of any structure; `train_on_batch` takes (x, y, sample_weight) alone."""
    step = model._next_step("train", (batch,))
    if not step.done:
        with step:
            step.result = model.train_step(step.batch)


def plan_data(plan, step, seconds=None):
    """{"summary", "rows", "of_event"} for the page.

    Args:
        plan: a `Plan`, or a reason.
        step: a `StepRecord`. Its events are paired with the plan's instructions by op and shape, in order.
        seconds: see `job_seconds`.
    """
    if isinstance(plan, str):
        return {"summary": f"There is no plan: {plan}.", "rows": [], "of_event": {}}
    instructions = [
        (position, instruction)
        for position, instruction in enumerate(plan.instructions)
        if not isinstance(instruction, Read)
    ]
    rows = [_row(plan, position, instruction, seconds or {}) for position, instruction in instructions]
    compiled = sum(row["how"] == "compiled" for row in rows)
    summary = f"{plan.traced} traced operations became {len(rows)} instructions, {compiled} of them compiled."
    return {"summary": summary, "rows": rows, "of_event": _pairs(plan, instructions, step)}


def _row(plan, position, instruction, seconds):
    jobs = plan.jobs.get(position, ())
    parts = instruction.parts if isinstance(instruction, Fused) else [instruction]
    results = [plan.buffers[i] for i in instruction.writes if i is not None]
    shapes = [str(buffer.shape) for buffer in results if buffer.dtype is not None]
    return {
        "how": how(plan, position),
        "title": instruction.title,
        "parts": [part.title for part in parts] if len(parts) > 1 else [],
        "results": ", ".join(shapes[:4]),
        "tasks": ", ".join(str(job.tasks) for job in jobs),
        "kernels": [[job.kernel.name, seconds.get(id(job))] for job in jobs],
    }


def _pairs(plan, instructions, step):
    """{number of an event: the plan's instruction for it}."""
    waiting = {}  # (kind, op, shape) -> titles, in order
    for position, instruction in instructions:
        title = f"{instruction.title} ({how(plan, position)})"
        for part in instruction.parts if isinstance(instruction, Fused) else [instruction]:
            for key in _keys_of_part(part, plan.buffers):
                waiting.setdefault(key, deque()).append(title)
    found = {}
    for event in step.events:
        for key in _keys_of_event(event, step):
            if waiting.get(key):
                found.setdefault(str(event.number), waiting[key].popleft())
    return found


def _keys_of_part(part, buffers):
    if isinstance(part, Update):
        return [("update",)]
    if isinstance(part, Compute):
        return [("op", type(part.op).__name__, buffers[part.writes[0]].shape)]
    if isinstance(part, Gradient):
        dy = next((i for i in part.dys if i is not None), None)
        return [] if dy is None else [("gradient", type(part.op).__name__, buffers[dy].shape)]
    return []


def _keys_of_event(event, step):
    """A product with an epilogue is up to three ops in a plan's trace."""
    if event.kind == "update":
        return [("update",)]
    if event.kind not in ("op", "gradient"):
        return []
    numbers = event.dys if event.kind == "gradient" else event.outputs
    shape = next((step.values[number].shape for number in numbers if number is not None), ())
    product = event.settings.get("product")
    names = [product["op"], "Add", *["Relu"] * bool(event.settings.get("relu"))] if product else [event.name]
    return [(event.kind, name, shape) for name in names]
