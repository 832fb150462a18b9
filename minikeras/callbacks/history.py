"""`History`: the losses and metrics that `fit` returns."""

from minikeras.callbacks.callback import Callback
from minikeras.utils.plotting.charts import line_chart


class History(Callback):
    """Records the loss and metrics of every epoch.

    `fit` creates one and returns it:

        history = model.fit(x, y, epochs=3)
        history.history     # {"loss": [0.7, 0.5, 0.4], "accuracy": [...]}
        history.epoch       # [0, 1, 2]

    Each `fit` starts with an empty one.
    """

    def __init__(self):
        super().__init__()
        self.history = {}

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self  # the user may pass a History too: the last one wins

    def _repr_html_(self):
        panels = {}
        for name, values in self.history.items():
            title = name.removeprefix("val_")
            panels.setdefault(title, {})["validation" if name != title else "training"] = [float(v) for v in values]
        charts = [line_chart(title, lines) for title, lines in panels.items()]
        return f'<div style="display: flex; flex-wrap: wrap">{"".join(charts)}</div>'
