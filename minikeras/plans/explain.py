"""The plans of a model's steps, or of a function's calls, as text, which `explain_plan()` prints."""

from minikeras.base.quantities import readable_size
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Effect, Gradient, Read
from minikeras.plans.layout import CopyIn, Jobs
from minikeras.plans.micro_batches import MicroBatches
from minikeras.plans.plan import Plan
from minikeras.plans.update import Update

WHAT = {"train": "training", "test": "evaluation", "predict": "prediction"}
STRINGS = (
    "the batches hold strings, and a plan holds numbers only. Apply the layers that take strings in the data set, and "
    "the others run by a plan: dataset.map(lambda x, y: (layer(x), y))"
)
HEAD = ("runs", "operation", "result", "MFLOP", "tasks")


def explain(planner):
    """The plans of a `Planner`, or why there are none."""
    if not planner.entries:
        return "There is no plan yet: a plan is made of the first two steps of fit, evaluate or predict."
    parts = [_about(key, entry) for key, entry in planner.entries.items()]
    if planner.python is not None:
        parts.append(f"Where there is a plan, your Python runs only while it is traced: {planner.python}.")
    return "\n\n".join(parts)


def explain_function(plans):
    """The plans of `FunctionPlans`, or why there are none."""
    if not plans.entries:
        return "There is no plan yet: a plan is made of the first two calls with one kind of arguments."
    return "\n\n".join(
        _text(f"Calls with {_arguments(plan_key[0].leaves)}", entry, "call", "as Python")
        for plan_key, entry in plans.entries.items()
    )


def _arguments(kinds):
    """The arguments of a call, from their key: (shape, dtype) of a tensor, (class, value) of others."""
    return ", ".join(f"{b}{list(a)}" if isinstance(a, tuple) else f"{a} {b!r}" for a, b in kinds) or "no arguments"


def _about(key, entry):
    shapes = ", ".join(f"{'string' if dtype.hasobject else dtype.name}{list(shape)}" for shape, dtype in key.arrays)
    if isinstance(entry, str) and any(dtype.hasobject for _, dtype in key.arrays):
        entry = STRINGS
    return _text(f"{WHAT[key.kind].capitalize()} on batches of {shapes}", entry, "step", "by the tape")


def _text(title, entry, unit, otherwise):
    """The plan of one kind of steps or calls, or why there is none."""
    if isinstance(entry, str):
        return f"{title}: {otherwise}, because {entry}."
    if isinstance(entry, MicroBatches):
        return f"{title}: in micro-batches of {entry.size} samples, whose arrays stay in the cache."
    if not isinstance(entry, Plan):
        return f"{title}: traced once; the next such {unit} will confirm the plan."
    return "\n".join([title, *_summary(entry), "", *_table(_rows(entry))])


def _summary(plan):
    """Lines with the plan's figures."""
    calls = sum(isinstance(step, Jobs) for step in plan.program)
    copies = sum(isinstance(step, CopyIn) for step in plan.program)
    kept = len(plan.weight_forms.jobs)
    jobs = sum(len(jobs) for jobs in plan.jobs.values()) - kept
    total = sum(flops(instruction, plan.buffers) for instruction in plan.instructions)
    compiled = sum(flops(plan.instructions[position], plan.buffers) for position in plan.jobs)
    yield f"  {plan.traced} operations traced, {len(plan.instructions)} after fusion"
    yield f"  {jobs} compiled jobs in {calls} call(s), {copies} array(s) copied to their buffers"
    if plan.weight_values:
        yield f"  {len(plan.weight_values)} weight(s) computed of others, and again only when these have changed"
    if kept:
        yield f"  {kept} more job(s) prepare kernels, and run again only when these have changed"
    yield f"  {total / 1e6:.2f} MFLOP in products and convolutions, {compiled / 1e6:.2f} of them compiled"
    wanted, used = readable_size(plan.arena.wanted), readable_size(plan.arena.nbytes)
    yield f"  {plan.arena.count} buffers of {wanted} share {used} of memory"
    yield f"  {len(plan.bound.bindings)} variables known by address; {plan.replays} replays so far"


def _rows(plan):
    for position, instruction in enumerate(plan.instructions):
        if isinstance(instruction, Read):
            continue
        results = [plan.buffers[i] for i in instruction.writes if i is not None]
        count = flops(instruction, plan.buffers)
        yield (
            how(plan, position),
            instruction.title,
            ", ".join(_shape(buffer) for buffer in results),
            f"{count / 1e6:.2f}" if count else "",
            ", ".join(str(job.tasks) for job in plan.jobs.get(position, ())),
        )


def how(plan, position):
    """How an instruction runs: "compiled", as a "view", by the optimizer's "kernels", in "NumPy" or in "Python"."""
    instruction = plan.instructions[position]
    if position in plan.jobs:
        return "compiled"
    if position in plan.views:
        return "view"
    return "Python" if isinstance(instruction, Effect) else "kernels" if isinstance(instruction, Update) else "NumPy"


def _shape(buffer):
    return "rows of a table" if buffer.dtype is None else f"{buffer.dtype.name}{list(buffer.shape)}"


def _table(rows):
    rows = [HEAD, *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def flops(instruction, buffers):
    """Floating-point operations of matrix products and convolutions, by their definition: two per product."""
    if isinstance(instruction, Fused):
        return sum(flops(part, buffers) for part in instruction.parts)
    if isinstance(instruction, Gradient):
        (dy, *_), count = instruction.dys, sum(i is not None for i in instruction.writes)
        shapes, result = instruction.call.input_shapes, () if dy is None else buffers[dy].shape
    elif isinstance(instruction, Compute):
        shapes, result, count = [buffers[i].shape for i in instruction.reads], buffers[instruction.writes[0]].shape, 1
    else:
        return 0
    return 2 * count * instruction.op.multiplications(shapes, result)
