"""Detects steps without an optimizer: `w.assign_sub(0.1 * tape.gradient(loss, w))`.

Nothing announces such a step. But it lies between a gradient of some variables and the next tape, and it has happened
if one of the variables has changed by then. They count as the steps of an optimizer with the number `HAND_MADE`.
"""

from .arrays import as_numpy, digest

HAND_MADE = -1


class HandMadeSteps:
    """Watches the variables whose gradients the script has computed by a tape.

    Attributes:
        count: how many steps have been made.
    """

    def __init__(self, recorder, variables, steps):
        self.recorder, self.variables, self.steps = recorder, variables, steps
        self.count = 0
        self._losses, self._before = [], {}

    def gradients_asked(self, target, sources, gradients):
        """Handle the gradients, computed by the tape, of `target` with respect to `sources`, both flat lists."""
        pairs = [(s, g) for s, g in zip(sources, gradients, strict=True) if hasattr(s, "assign")]
        if not pairs:
            return
        numbers = [self.variables.add(source) for source, _ in pairs]
        self._losses += [float(as_numpy(part).mean()) for part in target]
        for number in numbers:
            value = self.variables.value(number)
            if value is not None:
                self._before.setdefault(number, digest(value))
        detail = self.steps.detail
        if detail is not None and detail.target[:2] == ("step", HAND_MADE):
            detail.before_apply([gradient for _, gradient in pairs], numbers)

    def forget(self):
        """Handle that an optimizer has used the gradients."""
        self._losses, self._before = [], {}

    def settle(self):
        """Write the event of a step, if one has been made since the gradients were computed."""
        losses, before = self._losses, self._before
        if not before:
            return
        self.forget()
        with self.recorder.clock.observing():
            if all(digest(self.variables.value(number)) == old for number, old in before.items()):
                return
            self.count += 1
            if self.steps.detail is not None:
                self.steps.detail.weights_after(before, optimizer=HAND_MADE)
            logs = {f"loss {i}" if i > 1 else "loss": loss for i, loss in enumerate(losses, start=1)}
            self.steps.record([(HAND_MADE, self.count)], "loop", logs)
