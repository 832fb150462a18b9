"""Gradient tapes: the loss of a custom loop, and within the step in question the gradients of layers' outputs."""

from .arrays import as_numpy, is_concrete
from .wrapping import wrap_method


def watch_tapes(tape_class, keras, recorder, steps):
    """Wrap what the class itself defines: the tape of minikeras's `tf` namespace extends the one of `fit`."""
    open_tapes, asked = recorder.open_tapes, recorder.asked_tapes

    def gradient(original, tape, target, sources, *args, **kwargs):
        detail = steps.detail
        if asked or not is_concrete(_first(target)):
            return original(tape, target, sources, *args, **kwargs)
        asked.append(tape)
        try:
            if detail is not None and detail.active:
                gradients = detail.gradient(original, tape, target, sources, *args, **kwargs)
            else:
                gradients = original(tape, target, sources, *args, **kwargs)
        finally:
            asked.clear()
        if recorder.depth == 0:
            with recorder.clock.observing():
                losses = [part for part in keras.tree.flatten(target) if is_concrete(part)]
                steps.loss = float(as_numpy(losses[0]).mean())
                steps.hand_made.gradients_asked(losses, keras.tree.flatten(sources), keras.tree.flatten(gradients))
        return gradients

    def enter(original, tape):
        if not open_tapes and recorder.depth == 0:
            steps.hand_made.settle()
            if steps.detail is not None:
                steps.detail.step_begins()
        if not any(other is tape for other in open_tapes):
            open_tapes.append(tape)
        return original(tape)

    def leave(original, tape, *error):
        open_tapes[:] = [other for other in open_tapes if other is not tape]
        return original(tape, *error)

    for name, around in (("gradient", gradient), ("__enter__", enter), ("__exit__", leave)):
        if name in vars(tape_class):
            wrap_method(tape_class, name, around)


def _first(target):
    while isinstance(target, (list, tuple)) and target:
        target = target[0]
    return target
