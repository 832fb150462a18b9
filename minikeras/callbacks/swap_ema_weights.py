"""`SwapEMAWeights`: evaluates and saves the moving averages of the weights."""

from minikeras.callbacks.callback import Callback
from minikeras.callbacks.learning_rates import optimizers_of


class SwapEMAWeights(Callback):
    """Swaps the moving averages of the weights into the model while it is evaluated, and the weights back afterwards.

    The optimizer must keep the averages: `Adam(use_ema=True)`. When `fit` ends, they stay in the model permanently.

    Args:
        swap_on_epoch: whether to swap them in at the end of each epoch too, until the next begins, so that a
            `ModelCheckpoint` later in the list of callbacks saves them.

    Raises:
        ValueError: the optimizer keeps no averages (yet).
    """

    def __init__(self, swap_on_epoch=False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._ema_weights_in_model = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch and self._ema_weights_in_model:
            self._swap()

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch and not self._ema_weights_in_model:
            self._swap()
            if self.model.stop_training or epoch == self.params["epochs"] - 1:
                self._keep_averages()

    def on_test_begin(self, logs=None):
        if not self._ema_weights_in_model:
            self._swap()

    def on_test_end(self, logs=None):
        if self._ema_weights_in_model:
            self._swap()

    def on_predict_begin(self, logs=None):
        if not self._ema_weights_in_model:
            self._swap()

    def on_predict_end(self, logs=None):
        if self._ema_weights_in_model:
            self._swap()

    def _pairs(self):
        """(weight, its moving average)."""
        optimizers = [getattr(o, "inner_optimizer", o) for o in optimizers_of(self.model)]  # in a LossScaleOptimizer
        averaging = [optimizer for optimizer in optimizers if getattr(optimizer, "use_ema", False)]
        if not averaging:
            raise ValueError(
                "SwapEMAWeights needs an optimizer that keeps averages. Received: use_ema=False. Make it with "
                "`use_ema=True`."
            )
        if not all(optimizer.built for optimizer in averaging):
            raise ValueError("SwapEMAWeights needs a model that has been trained: the optimizer has no averages yet.")
        return [
            pair
            for optimizer in averaging
            for pair in zip(optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True)
        ]

    def _swap(self):
        for weight, average in self._pairs():
            values = weight.numpy(), average.numpy()
            average.assign(values[0])
            weight.assign(values[1])
        self._ema_weights_in_model = not self._ema_weights_in_model

    def _keep_averages(self):
        """Set the optimizer's averages to the model's weights, since `fit` ends by copying them to the model."""
        for weight, average in self._pairs():
            average.assign(weight.numpy())
        self._ema_weights_in_model = False
