"""The progress bar that `fit` shows, in Keras's text form.

3/8 ━━━━━━━━━━━━━━━━━━━━ 0s 20ms/step - accuracy: 0.9123 - loss: 0.3021
"""

import math
import os
import re
import sys
import time

import numpy as np

from minikeras.base.messages import print_message, progress_line_is
from minikeras.base.quantities import remaining_time

BOLD, GREEN, WHITE, PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"
COLOUR_CODE = re.compile(r"\x1b\[\d+m")
CELL = "━"
SMALL = 1e-3  # values up to this are shown as 1.2345e-04


def redraws_in_place():
    """Whether a new state overwrites the line instead of starting another.

    Keras assumes one on every POSIX system, even when the output is a file; so files there hold backspaces.
    """
    return (
        os.name == "posix"
        or (hasattr(sys.stdout, "isatty") and sys.stdout.isatty())
        or "ipykernel" in sys.modules
        or "PYCHARM_HOSTED" in os.environ
    )


class Progbar:
    """Shows the progress of a loop, its duration and the averages of some values.

    Args:
        target: Total number of steps; None when unknown.
        width: Cells of the bar.
        verbose: 0 shows nothing, 1 a bar that is redrawn, 2 one line at the end.
        interval: Seconds that must pass between two drawings; the last state is always drawn.
        stateful_metrics: Names of values to show as they come. All others are averaged over the steps.
        stateless_metrics: The opposite: names of values to average; all others are shown as they come.
            Give one of the two at most.
        unit_name: The name of one step: the text shows "20ms/step".
    """

    def __init__(
        self,
        target,
        width=20,
        verbose=1,
        interval=0.05,
        stateful_metrics=None,
        stateless_metrics=None,
        unit_name="step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` (shown as they come) and `stateless_metrics` "
                "(averaged) can be provided. "
                f"Received: stateful_metrics={stateful_metrics}, stateless_metrics={stateless_metrics}"
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = None if stateless_metrics is not None else set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._sums = {}  # name -> (sum over steps, number of steps), in the order of first appearance
        self._seen_so_far = 0
        self._start = time.perf_counter()
        self._first_step_end = None
        self._last_drawn = -math.inf
        self._drawn_width = 0
        self._in_place = redraws_in_place()

    def update(self, current, values=None, finalize=None):
        """Move to step `current` and draw, unless the last drawing was a moment ago.

        Args:
            current: Number of steps done.
            values: Pairs (name, value at this step).
            finalize: Whether this is the last state. None means: when `current` reaches the target.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._record(current, values or (), finalize)
        now = time.perf_counter()
        step_time = self._step_duration(current, now)
        if self.verbose == 1:
            if now - self._last_drawn < self.interval and not finalize:
                return
            self._draw(current, now - self._start, step_time, finalize)
        elif self.verbose == 2 and finalize and self._target_is_known():
            self._print_line(current, now - self._start, step_time)
        self._last_drawn = now

    def add(self, n, values=None):
        """Move on by `n` steps: `update` from where the bar is."""
        self.update(self._seen_so_far + n, values)

    def _record(self, current, values, finalize):
        """Add the values of the steps since the last update. The last ones are those of the whole epoch."""
        steps = max(current - self._seen_so_far, 1)  # the final update repeats a step that was counted already
        for name, value in values:
            if finalize or not self._is_averaged(name):
                self._sums[name] = (value, 1)
            else:
                total, count = value * steps, steps
                if name in self._sums:
                    total, count = total + self._sums[name][0], count + self._sums[name][1]
                self._sums[name] = (total, count)
        self._seen_so_far = current

    def _is_averaged(self, name):
        if self.stateful_metrics is not None:
            return name not in self.stateful_metrics
        return name in self.stateless_metrics

    def _target_is_known(self):
        return self.target is not None and self.target > 0

    def _step_duration(self, current, now):
        """Seconds per step so far. From the second step on, the first is left out: it includes all the warming up."""
        if not current:
            return 0
        if self._first_step_end is not None and current > 1:
            duration = (now - self._first_step_end) / (current - 1)
        else:
            duration = (now - self._start) / current
        if current == 1:
            self._first_step_end = now
        return duration

    def _draw(self, current, elapsed, step_time, finalize):
        """One state of the bar, over the one before: verbose=1."""
        if self._target_is_known() and not finalize:
            duration = remaining_time(step_time * (self.target - current))
        else:
            duration = f"{elapsed:.0f}s"
        text = f"{self._bar(current)} {BOLD}{duration}{PLAIN} {_time_per_unit(step_time, self.unit_name)}"
        text += "".join(f" - {name}: {_number(mean, abs(mean) > SMALL)}" for name, mean in self._means())
        width = len(COLOUR_CODE.sub("", text))
        beginning = "\b" * self._drawn_width + "\r" if self._in_place else "\n"
        cover = " " * (self._drawn_width - width)  # the state before may have been longer
        print_message(beginning + text + cover + ("\n" if finalize else ""), line_break=False)
        self._drawn_width = width
        progress_line_is(None if finalize else width)

    def _print_line(self, current, elapsed, step_time):
        """One line for the whole loop: verbose=2."""
        text = f"{self._count(current)} - {elapsed:.0f}s - {_time_per_unit(step_time, self.unit_name)}"
        # Without `abs`, as in Keras: here negative values are shown as -1.2345e+00.
        text += "".join(f" - {name}: {_number(mean, mean > SMALL)}" for name, mean in self._means())
        print_message(text)

    def _means(self):
        for name, (total, count) in self._sums.items():
            yield name, (total if isinstance(total, float) else np.mean(total)) / count

    def _count(self, current):
        """ "  3/120": the step, as wide as the target, and the target."""
        return f"{int(current):{len(str(int(self.target)))}d}/{int(self.target)}"

    def _bar(self, current):
        if not self._target_is_known():
            return f"{int(current):7d}/Unknown"
        done = int(self.width * (float(current) / self.target))
        green = f"{GREEN}{CELL * done}{PLAIN}" if done > 0 else ""
        return f"{BOLD}{self._count(current)}{PLAIN} {green}{WHITE}{CELL * (self.width - done)}{PLAIN}"


def _time_per_unit(seconds, unit_name):
    """ "2s/step", "20ms/step" or "300us/step"."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/{unit_name}"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/{unit_name}"
    return f"{seconds * 1e6:.0f}us/{unit_name}"


def _number(value, fixed):
    return f"{value:.4f}" if fixed else f"{value:.4e}"
