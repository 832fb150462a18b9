"""`TerminateOnNaN`: ends training whose loss is not finite."""

import numpy as np

from minikeras.base.messages import print_message
from minikeras.callbacks.callback import Callback


class TerminateOnNaN(Callback):
    """Stops `fit` as soon as the loss is NaN or infinite.

    Args:
        raise_error: whether to raise an error instead of stopping with a message.

    Raises:
        RuntimeError: the loss is NaN or infinite, and `raise_error` is set.
    """

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None or np.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"NaN or Inf loss encountered: training ends at batch {batch}, whose loss is {loss}.")
        print_message(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
