"""Exercise: the loop of `fit`: epochs, shuffled batches, the mean of their losses, validation, early stopping."""

import numpy as np

from minikeras.tools.learn.exercise import (
    FORMULA,
    MISSING_TERM,
    ORDER,
    SHAPE,
    SIDE_EFFECT,
    Exercise,
    Hint,
    PropertyTask,
)

STARTER = '''"""The loop of `fit`."""

import numpy as np


def fit(train_step, test_loss, x, y, batch_size, orders, patience=None):
    """Train, and return the history {"loss": […], "val_loss": […]}, one number per epoch.

    train_step(x_batch, y_batch): one step; returns the mean loss of the batch's samples.
    test_loss(): the loss on the validation data, called once after each epoch.
    orders: for each epoch the order of the samples, an array of row indices. Batches are `batch_size` rows in that
    order; the last batch of an epoch may have fewer.
    An epoch's loss is the mean over all samples, as `fit` reports it.
    patience: no further epoch begins if `val_loss` was not below its best for this many epochs in a row.
    """
    raise NotImplementedError
'''

SAMPLES, BATCH = 7, 3


class _Recorder:
    """A `train_step` whose loss can be known in advance: the mean of the batch's x. It records its arguments."""

    def __init__(self, val_losses):
        self.events = []
        self.val_losses = list(val_losses)

    def train_step(self, x, y):
        self.events.append((np.asarray(x).tolist(), np.asarray(y).tolist()))
        return float(np.mean(x))

    def test_loss(self):
        self.events.append("test")
        count = sum(event == "test" for event in self.events)
        return self.val_losses[min(count, len(self.val_losses)) - 1]


def check(fit):
    """Raise a `Hint` about the first property that fails."""
    x, y = np.arange(SAMPLES) ** 2.0, np.arange(SAMPLES)
    rng = np.random.default_rng(4)
    orders = [rng.permutation(SAMPLES) for _ in range(6)]
    recorder, history = _run(fit, x, y, orders[:2], [1.0, 0.5])
    _check_batches(recorder.events, x, y, orders[:2])
    _check_history(history, x, [1.0, 0.5], orders[:2])
    _check_patience(fit, x, y, orders)


def _run(fit, x, y, orders, val_losses, *patience):
    recorder, before = _Recorder(val_losses), (x.copy(), y.copy())
    history = fit(recorder.train_step, recorder.test_loss, x, y, BATCH, orders, *patience)
    if not (np.array_equal(before[0], x) and np.array_equal(before[1], y)):
        raise Hint(SIDE_EFFECT, "x or y were changed in place: `x[rows]` makes a new array.")
    if not isinstance(history, dict) or set(history) != {"loss", "val_loss"}:
        raise Hint(SHAPE, f'Expected {{"loss": […], "val_loss": […]}}. Received: {history!r}')
    return recorder, history


def _expected(x, y, orders):
    events = []
    for order in orders:
        for begin in range(0, SAMPLES, BATCH):
            rows = order[begin : begin + BATCH]
            events.append((x[rows].tolist(), y[rows].tolist()))
        events.append("test")
    return events


def _check_batches(events, x, y, orders):
    steps = [event for event in events if event != "test"]
    right = _expected(x, y, orders)
    per_epoch = -(-SAMPLES // BATCH)
    if any(np.sqrt(row) != label for rows, labels in steps for row, label in zip(rows, labels, strict=False)):
        raise Hint(ORDER, "x and y of a batch do not belong together: both must be taken in the epoch's order.")
    if len(steps) == SAMPLES // BATCH * len(orders):
        raise Hint(MISSING_TERM, f"The last batch, of {SAMPLES % BATCH} of {SAMPLES} samples, was left out.")
    if len(steps) != per_epoch * len(orders):
        text = f"{len(steps)} steps were made, expected {per_epoch} in each of {len(orders)} epochs."
        raise Hint(FORMULA, text)
    if [event for event in right if event != "test"] != steps:
        if steps == [event for event in _expected(x, y, [np.arange(SAMPLES)] * len(orders)) if event != "test"]:
            raise Hint(ORDER, "`orders` is ignored: the rows came in the order of the data.")
        if steps == [event for event in _expected(x, y, [orders[0]] * len(orders)) if event != "test"]:
            raise Hint(ORDER, "Each epoch has an order of its own: all epochs used the first.")
        raise Hint(ORDER, f"The first batch was x = {steps[0][0]}, expected {right[0][0]}, or a later one is wrong.")
    if events != right:
        raise Hint(ORDER, "`test_loss` is to be called once after each epoch, when all of its steps are done.")


def _check_history(history, x, val_losses, orders):
    if len(history["loss"]) != 2 or len(history["val_loss"]) != 2:
        raise Hint(SHAPE, f"The history of two epochs should have two numbers under each name. Received: {history}")
    if not np.allclose(history["val_loss"], val_losses):
        raise Hint(FORMULA, f"val_loss is what `test_loss` returned, {val_losses}. Received: {history['val_loss']}")
    mean = float(x.mean())
    if not np.allclose(history["loss"], mean):
        text = f"The loss of an epoch is {history['loss'][0]:.6g}, expected {mean:.6g}. "
        raise Hint(FORMULA, text + _about_loss(history["loss"], [x[order] for order in orders]))


def _about_loss(losses, epochs):
    """The mistake made instead of a mean over the samples, whose values are in `epochs` in the order of training."""
    batches = [[np.mean(data[i : i + BATCH]) for i in range(0, SAMPLES, BATCH)] for data in epochs]
    if np.allclose(losses, np.sum(batches, axis=1)):
        return "That is the sum of the batches' losses: divide what is a sum over samples by their number."
    if np.allclose(losses, np.array(batches)[:, -1]):
        return "That is the loss of the last batch: the epoch's is a mean over all of them."
    return "The batches' losses are means of 3, 3 and 1 samples: does the last weigh as much as the others?"


def _check_patience(fit, x, y, orders):
    # Best is 2.0, then a worse and an equal one; with patience=2 that is the end, though the next would be better.
    plateau = [3.0, 2.0, 2.5, 2.0, 1.0, 0.5]
    # Single setbacks, each followed by an improvement: the count begins again.
    zigzag = [3.0, 4.0, 2.0, 2.5, 1.0, 0.5]
    for val_losses, patience, epochs in (
        (plateau, 2, 4),
        (plateau, 1, 3),
        (plateau, None, 6),
        (plateau, 3, 6),
        (zigzag, 2, 6),
    ):
        _, history = _run(fit, x, y, orders, val_losses, patience)
        found = len(history["val_loss"])
        if found != epochs:
            raise Hint(
                FORMULA if found < epochs else MISSING_TERM,
                f"With val_loss {val_losses} and patience={patience} there should be {epochs} epochs, there were "
                f"{found}. Count the epochs in a row since the best one: an equal loss is no improvement, and after an "
                "improvement the count begins again.",
            )


EXERCISE = Exercise(
    name="fit_loop",
    title="the loop of fit: batches, mean loss, early stopping",
    where="minikeras/trainers/trainer.py, minikeras/callbacks/early_stopping.py",
    starter=STARTER,
    tasks=(PropertyTask("fit", check),),
)
