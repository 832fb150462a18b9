"""Gradient tapes: the loss of a loop of one's own, and within the step in question the gradients of layers' outputs."""

from .arrays import as_numpy, is_concrete
from .wrapping import wrap_method


def watch_tapes(tape_class, recorder, steps):
    """Wrap `GradientTape.gradient` and the beginning of a tape."""
    open_tapes = recorder.open_tapes

    def gradient(original, tape, target, sources, *args, **kwargs):
        with recorder.clock.observing():
            if recorder.depth == 0 and is_concrete(target):
                value = as_numpy(target)
                steps.loss = float(value.sum()) if value.size == 1 else float(value.mean())
        detail = steps.detail
        if detail is None or not detail.active or not is_concrete(_first(target)):
            return original(tape, target, sources, *args, **kwargs)
        return detail.gradient(original, tape, target, sources, *args, **kwargs)

    def enter(original, tape):
        if not open_tapes and recorder.depth == 0 and steps.detail is not None:
            steps.detail.step_begins()
        open_tapes.append(tape)
        return original(tape)

    def leave(original, tape, *error):
        open_tapes[:] = [other for other in open_tapes if other is not tape]
        return original(tape, *error)

    wrap_method(tape_class, "gradient", gradient)
    wrap_method(tape_class, "__enter__", enter)
    wrap_method(tape_class, "__exit__", leave)


def _first(target):
    while isinstance(target, (list, tuple)) and target:
        target = target[0]
    return target
