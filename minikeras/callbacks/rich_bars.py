"""`RichBars`: the display of `fit(verbose="rich")`: progress bars, a sparkline of the loss, throughput, time left."""

import time

from minikeras.base.optional_packages import optional_module
from minikeras.base.quantities import remaining_time
from minikeras.callbacks.progbar_logger import ProgbarLogger

INTERVAL = 0.1  # seconds between two drawings
BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 30  # losses in the sparkline
CELLS = 24


class RichBars(ProgbarLogger):
    """Live progress bars on a terminal, drawn by rich; a line per epoch if the output is not a terminal.

    Args:
        console: a `rich.console.Console`; by default one for standard output.
    """

    def __init__(self, console=None):
        super().__init__()
        self.losses = []
        self._console, self._live = console, None
        self._epoch = self._drawn = 0

    def set_params(self, params):
        super().set_params(params)
        console, live, text = (
            optional_module(f"rich.{name}", '`fit(verbose="rich")`') for name in ("console", "live", "text")
        )
        self._console = self._console or console.Console(highlight=False)
        self._live_class, self._text_class = live.Live, text.Text
        self._is_live = self._console.is_terminal
        self.verbose = 1 if self._is_live else 2  # `ProgbarLogger` prints the line per epoch

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._begin = time.perf_counter()
        if self._is_live:
            self._live = self._live_class(console=self._console, auto_refresh=False)
            self._live.start()

    def on_epoch_begin(self, epoch, logs=None):
        if self._live is None:
            super().on_epoch_begin(epoch, logs)
            return
        self._epoch, self.seen, self._epoch_begin = epoch, 0, time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if self._live is None:
            super().on_train_batch_end(batch, logs)
            return
        self.seen = batch + 1
        now = time.perf_counter()
        if now - self._drawn >= INTERVAL:
            self._drawn = now
            self._draw(logs or {})

    def on_epoch_end(self, epoch, logs=None):
        if "loss" in (logs or {}):
            self.losses.append(float(logs["loss"]))
        if self._live is None:
            super().on_epoch_end(epoch, logs)
            return
        self.target = self.target or self.seen
        seconds = time.perf_counter() - self._epoch_begin
        parts = [f"Epoch {epoch + 1}/{self.epochs}", f"{seconds:.1f} s", *_values(logs or {})]
        self._live.console.print("\n".join(lines_of(parts, self._console.width)))
        self._draw(logs or {})

    def on_train_end(self, logs=None):
        self._release()

    def _release(self):
        if self._live is not None:  # otherwise the terminal would be left without a cursor
            self._live.stop()
            self._live = None

    def _draw(self, logs):
        self._live.update(self._text_class("\n".join(self.lines(logs))), refresh=True)

    def lines(self, logs):
        """The lines to draw: the epoch with its metrics, and training with its losses; two if they fit."""
        now = time.perf_counter()
        per_second = self.seen / max(now - self._epoch_begin, 1e-9)
        steps = f"{self.seen}/{self.target}" if self.target else f"{self.seen}"
        share = self.seen / self.target if self.target else 0.0
        done = (self._epoch + min(share, 1.0)) / max(self.epochs, 1)
        left = (now - self._begin) * (1 - done) / done if done > 0 else None
        ahead = [] if left is None or not self.target else [f"{remaining_time(left)} left"]
        current = [*self.losses, float(logs["loss"])] if "loss" in logs and share < 1 else self.losses
        label = f"epoch {self._epoch + 1}/{self.epochs}"
        epoch = [f"{label} {bar(share)} {steps}", f"{per_second:.0f} steps/s", *_values(logs)]
        training = [f"{'training':<{len(label)}} {bar(done)} {done:4.0%}", *ahead, f"loss {sparkline(current)}"]
        return [*lines_of(epoch, self._console.width), *lines_of(training, self._console.width)]

    def on_test_begin(self, logs=None):
        if self._live is None:
            super().on_test_begin(logs)

    def on_test_end(self, logs=None):
        if self._live is None:
            super().on_test_end(logs)


def bar(share):
    """A bar of 24 cells."""
    full = round(CELLS * min(max(share, 0.0), 1.0))
    return "━" * full + "─" * (CELLS - full)


def sparkline(values):
    """The last 30 numbers as blocks of growing height; "!" for one that is not finite."""
    shown = values[-WIDTH:]
    finite = [v for v in shown if abs(v) < float("inf")]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    span = (high - low) or 1.0
    return "".join(BLOCKS[round((v - low) / span * 7)] if abs(v) < float("inf") else "!" for v in shown)


def lines_of(parts, width):
    """Parts joined by two spaces, in lines of at most `width` characters; a part that fits in a line is not split."""
    lines = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(f"  {part}" if lines else part)
    return lines


def _values(logs):
    return [f"{name} {float(value):.4g}" for name, value in logs.items()]
