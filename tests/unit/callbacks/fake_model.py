"""As much of a model as callbacks need."""


class FakeModel:
    """Remembers what callbacks do to it."""

    def __init__(self, metrics=()):
        self.metrics = list(metrics)
        self.stop_training = False
        self.weights = [0.0]

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = list(weights)


class FakeMetric:
    """A metric of which it is known whether more is better."""

    def __init__(self, name, direction):
        self.name = name
        self._direction = direction


def run_epochs(callback, values, name="val_loss", model=None):
    """Call the hooks of a training whose watched value is `values[epoch]`; returns the number of epochs that ran.

    The model's only weight is the number of the epoch.
    """
    model = model or FakeModel()
    callback.set_model(model)
    model.stop_training = False
    callback.on_train_begin({})
    epochs = 0
    for epoch, value in enumerate(values):
        model.weights = [epoch]
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, {"loss": 9.0, name: value})
        epochs += 1
        if model.stop_training:
            break
    callback.on_train_end({})
    return epochs
