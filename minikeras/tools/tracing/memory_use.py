"""The bytes alive at each moment of a step: from the event that makes an array to the last that uses it."""

from itertools import accumulate

MADE = ("op", "gradient", "sum", "changed", "seed")  # origins of values that the step makes, unlike weights


def live_bytes(step):
    """Bytes of arrays that are alive after each event of a `StepRecord`, without weights and the batch.

    A tape holds the arrays that gradients need: one that a gradient rule reads is alive until then. Arrays that share
    their elements (`Value.alias`) count once. This is the memory that must be held, not what an allocator reserves.
    """
    born, dies, size = {}, {}, {}
    for event in step.events:
        used = event.details.get("kept", ()) if event.kind == "gradient" else event.inputs
        for number in (*used, *event.dys, *event.outputs):
            if number is None:
                continue
            value = step.values[number]
            if value.origin[0] not in MADE:
                continue
            root = number if value.alias is None else value.alias
            if step.values[root].origin[0] not in MADE:
                continue
            born.setdefault(root, event.number)
            dies[root] = event.number
            size[root] = step.values[root].nbytes
    changes = [0] * (len(step.events) + 1)
    for root, first in born.items():
        changes[first] += size[root]
        changes[dies[root] + 1] -= size[root]
    return list(accumulate(changes[: len(step.events)]))
