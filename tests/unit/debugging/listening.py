"""`program.py` as debugpy attaches to it: `python listening.py MODEL WHEN`; the port is printed.

WHEN is "first": the debugger is there before the program begins. "between batches": it is attached by a callback after
the tenth of twenty batches. "outside": by another thread, while `fit` trains without callbacks until it is stopped.
"""

import sys
import threading

import debugpy  # noqa: T100
from program import BATCH, STEPS, X, Y, compiled, main

import minikeras as keras


def wait_for_debugger():
    """Print the port, and wait until a debugger is attached."""
    _, port = debugpy.listen(("127.0.0.1", 0))  # noqa: T100
    print(f"port: {port}", flush=True)
    debugpy.wait_for_client()  # noqa: T100


class AttachesAfter(keras.callbacks.Callback):
    """Lets a debugger attach after `count` batches."""

    def __init__(self, count):
        super().__init__()
        self.count = count

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.count:
            wait_for_debugger()


class AttachesDuring(keras.callbacks.Callback):
    """Lets a debugger attach in a thread of its own, after the first epoch; no callback looks at batches."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            threading.Thread(target=wait_for_debugger, daemon=True).start()


if __name__ == "__main__":
    kind, when = sys.argv[1:]
    if when == "first":
        wait_for_debugger()
        main(kind)
    else:
        model = compiled(kind)
        if when == "between batches":
            model.fit(X, Y, batch_size=BATCH, verbose=0, callbacks=[AttachesAfter(STEPS // 2)])
        else:
            model.fit(X, Y, batch_size=BATCH, verbose=0, epochs=10**9, callbacks=[AttachesDuring()])
    print("end", flush=True)
