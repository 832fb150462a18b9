"""Steps of training: whenever the counter of an optimizer has gone up, one step (or more) has been made.

The counter can be read from outside, whichever code makes the step: Keras's compiled train function, a `tf.function` of
the script's, or an optimizer called eagerly in a loop. So a step is known by (number of the optimizer, its iteration).
"""

from .arrays import as_numpy
from .hand_made import HAND_MADE, HandMadeSteps
from .recorder import numbers
from .wrapping import wrap_method


class Steps:
    """Watches the optimizers.

    Attributes:
        optimizers: those that have been used, in order of their first use.
    """

    def __init__(self, recorder, variables):
        self.recorder, self.variables = recorder, variables
        self.optimizers = []
        self._counted = []  # iterations seen so far, per optimizer
        self._without_data = []  # iterations among them that were not steps: see `leave_out_steps_without_data`
        self._changes = []  # numbers of the variables that each changes
        self._applying = False
        recorder.facts["optimizers"] = []
        self.detail = None  # what records the layers of one step, in mode "detail"
        self.loss = None  # of the last tape, if it held a number
        self.hand_made = HandMadeSteps(recorder, variables, self)

    def number(self, optimizer):
        """The optimizer's number; it is counted from now on."""
        for number, known in enumerate(self.optimizers):
            if known is optimizer:
                return number
        self.optimizers.append(optimizer)
        self._counted.append(0)
        self._without_data.append(0)
        self._changes.append([])
        self.recorder.facts["optimizers"].append(
            {"class": type(optimizer).__name__, "config": {}, "variables": self._changes[-1]}
        )
        return len(self.optimizers) - 1

    def iteration(self, number):
        """How many steps the optimizer has made on data."""
        try:
            with self.variables.eagerly():
                optimizer = self.optimizers[number]
                count = int(as_numpy(getattr(optimizer, "_iterations", optimizer.iterations)))
                return count - self._without_data[number]
        except (NotImplementedError, TypeError, ValueError, AttributeError):
            return self._counted[number]

    def collect(self, phase, logs=None):
        """Write an event for each optimizer that has made steps since the last look. Returns whether there was one."""
        recorder = self.recorder
        with recorder.clock.observing():
            advanced = [
                (number, iteration)
                for number in range(len(self.optimizers))
                if (iteration := self.iteration(number)) > self._counted[number]
            ]
            if not advanced:
                return False
            made = sum(iteration - self._counted[number] for number, iteration in advanced)
            found = numbers(logs)
            if not found and self.loss is not None:
                found = {"loss": self.loss}
            for number, iteration in advanced:
                self._counted[number] = iteration
            self.record(advanced, phase, found, made)
            return True

    def leave_out_steps_without_data(self):
        """At the end of an epoch, after its last batch has been collected: returns how many steps had no data.

        Of data whose length it does not know, tf.keras finds the end by running its compiled step once more. That fails
        when it asks for a batch; by then the optimizer's counter, the state of random layers and more have moved.
        """
        extra = 0
        for number in range(len(self.optimizers)):
            found = max(0, self.iteration(number) - self._counted[number])
            self._without_data[number] += found
            extra = max(extra, found)
        return extra

    def record(self, advanced, phase, logs, made=1):
        """Write an event for each (optimizer, iteration), and digests of all variables.

        Args:
            advanced: pairs of numbers.
            phase: "fit", "train_on_batch", "function" or "loop".
            logs: {name: number} of the losses and metrics.
            made: how many steps there were since the last look, for the time of each.
        """
        recorder = self.recorder
        seconds = recorder.step_seconds() / made
        self.loss = None
        for number, iteration in advanced:
            recorder.event("step", optimizer=number, iteration=iteration, phase=phase, logs=logs, seconds=seconds)
            if self.detail is not None:
                self.detail.step_ended(number, iteration)
        if self.detail is not None and self.detail.ends_the_script:
            raise SystemExit(0)
        if recorder.mode == "steps":
            self.variables.forget_pending()
            self.variables.digest_all(len(recorder.events) - 1)

    def made(self, number):
        """How many steps of the optimizer have been recorded."""
        if number == HAND_MADE:
            return self.hand_made.count
        return self._counted[number] if number < len(self._counted) else 0

    def finish(self):
        """Add the optimizers' settings to the facts: while a graph is traced they cannot be read."""
        self.hand_made.settle()
        for optimizer, facts in zip(self.optimizers, self.recorder.facts["optimizers"], strict=True):
            facts["config"] = plain_config(optimizer)

    def watch(self, keras):
        """Look at each use of an optimizer."""
        wrap_method(keras.optimizers.Optimizer, "apply", self._apply)

    def _apply(self, original, optimizer, grads, trainable_variables=None, *args, **kwargs):
        if self._applying:  # an optimizer around another one
            return original(optimizer, grads, trainable_variables, *args, **kwargs)
        with self.recorder.clock.observing():
            self.hand_made.forget()
            number = self.number(optimizer)
            grads = list(grads)
            if trainable_variables is not None:
                trainable_variables = list(trainable_variables)
            changed = trainable_variables or getattr(optimizer, "_trainable_variables", [])
            numbers_of_changed = [self.variables.add(variable) for variable in changed]
            self._changes[number][:] = sorted({*self._changes[number], *numbers_of_changed})
            if self.detail is not None:
                self.detail.before_apply(grads, numbers_of_changed, optimizer, number)
        self._applying = True
        try:
            result = original(optimizer, grads, trainable_variables, *args, **kwargs)
        finally:
            self._applying = False
        if self.detail is not None:
            with self.recorder.clock.observing():
                self.detail.after_apply(optimizer, number, numbers_of_changed)
        if self.recorder.depth == 0:
            self.collect("loop")
        return result


def plain_config(thing):
    """Those entries of `get_config()` that are numbers, strings or booleans."""
    try:
        config = thing.get_config()
    except Exception:  # a user's class may raise anything here, and nothing depends on it
        return {}
    found = {}
    for name, value in config.items():
        if hasattr(value, "item") and getattr(value, "size", 0) == 1:
            value = value.item()
        if isinstance(value, (bool, int, float, str)) or value is None:
            found[name] = value
        elif isinstance(value, (list, tuple)) and all(isinstance(n, (int, float, str)) for n in value):
            found[name] = list(value)
    return found
