"""`MonitorCallback`: the base of callbacks that check after each epoch whether a value has improved."""

from minikeras.base.messages import warn
from minikeras.callbacks.callback import Callback
from minikeras.ops.comparison import greater, less


class MonitorCallback(Callback):
    """Base class of `EarlyStopping`, `ReduceLROnPlateau` and `ModelCheckpoint`.

    Args:
        monitor: name of a loss or metric in the logs, such as "val_loss".
        mode: "min", "max", or "auto": the metric determines whether higher is better.
        initial_value_threshold: the best value so far; None if there is none.
        min_delta: a value must be better by more than this to count as better.
    """

    def __init__(self, monitor="val_loss", mode="auto", initial_value_threshold=None, min_delta=0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warn(
                f"{type(self).__name__} mode '{mode}' is unknown, so 'auto' is used. There are 'auto', 'min' and 'max'."
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = initial_value_threshold
        self.min_delta = abs(min_delta)
        self.monitor_op = None  # "less" or "greater", known once there is a model

    def _set_monitor_op(self):
        """Determine whether lower or higher is better.

        Raises:
            ValueError: `mode` is "auto" and no metric of the model determines it.
        """
        direction = {"min": "down", "max": "up"}.get(self.mode) or self._direction_of_metric()
        if direction is None:
            raise ValueError(
                f"{type(self).__name__} cannot know whether a high or a low value is good. "
                f"Received: monitor={self.monitor}. Pass `mode='max'` if higher is better, else `mode='min'`."
            )
        self.monitor_op = greater if direction == "up" else less
        if direction == "down":
            self.min_delta = -self.min_delta

    def _direction_of_metric(self):
        """ "up" or "down" by the metric of that name. As in Keras, metrics of one of several outputs are not found."""
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return "down"
        for metric in getattr(self.model, "metrics", ()):
            for candidate in (metric, *getattr(metric, "metrics", ())):
                if candidate.name == name and getattr(candidate, "_direction", None):
                    return candidate._direction
        return None

    def _is_improvement(self, value, reference):
        """Whether `value` is better than `reference` by more than `min_delta`."""
        if reference is None:
            return True
        return bool(self.monitor_op(value - self.min_delta, reference))
