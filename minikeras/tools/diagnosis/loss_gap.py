"""Why the loss that `fit` prints differs from that of `evaluate` on the same data, in parts that add up.

`fit` prints the mean over the batches of an epoch, each with the weights as they were then, in training mode.
`evaluate` uses the weights after the epoch, in inference mode. With L(θ, mode) the mean loss over the batches of the
epoch, R its regularization part, and θ_b, θ the weights at batch b and at the end:

    moving weights         L(θ_b, training) − L(θ, training), without R
    BatchNormalization     L(θ, training) − the same with moving instead of batch statistics
    dropout                … − L(θ, inference): dropout, noise, anything else that depends on the mode
    regularization         the differences of R, from all these steps
    sample weights         with − without the weights of samples and classes, which `evaluate` does not get
    batches                these batches − those of `evaluate`: order and a partial batch, which count where a loss is
                           no plain mean (masks, sums)
    rounding               the rest: float32 sums in another order
"""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from minikeras import tree
from minikeras.autodiff.observers import Observer, observing
from minikeras.data import unpack_x_y_sample_weight
from minikeras.layers import BatchNormalization
from minikeras.utils.kept_state import kept_state, state_of

PARTS = ("moving weights", "BatchNormalization", "dropout", "regularization", "sample weights", "batches", "rounding")
SHOWN = 5e-7  # half of the last digit
_REASONS = {
    "moving weights": "fit averages over an epoch in which the weights change; evaluate uses the last ones",
    "BatchNormalization": "fit normalizes by the statistics of each batch, evaluate by the moving ones",
    "dropout": "fit drops units (and has other noise), evaluate does not",
    "regularization": "the penalties were larger or smaller during the epoch",
    "sample weights": "fit weights samples or classes, evaluate does not",
    "batches": "the batches are cut in another order, and the last is smaller",
    "rounding": "float32 sums in another order",
}


@dataclass
class LossGap:
    """The loss that an epoch of `fit` prints, that of `evaluate` after it, and the parts of their difference.

    Attributes:
        fit, evaluate: the two losses.
        parts: {name: part}, whose sum is fit − evaluate.
    """

    fit: float
    evaluate: float
    parts: dict

    def __str__(self):
        lines = [f"fit prints     {self.fit:12.6f}", f"evaluate gives {self.evaluate:12.6f}"]
        lines.append(f"difference     {self.fit - self.evaluate:+12.6f}, of which")
        for name, part in sorted(self.parts.items(), key=lambda item: -abs(item[1])):
            if abs(part) >= SHOWN:
                lines.append(f"  {part:+12.6f}  {name}: {_REASONS[name]}")
        return "\n".join(lines)

    __repr__ = __str__


def loss_gap(model, x, y, batch_size, shuffle, sample_weight, class_weight):
    """See `Model.why_differs`."""
    if not type(model).train_step.__module__.startswith("minikeras."):
        raise ValueError(
            f"`why_differs` explains the training step of `fit`; {type(model).__name__} has a `train_step` of its own, "
            "whose loss can be anything."
        )
    count = len(tree.flatten(x)[0])
    order = np.random.default_rng(0).permutation(count) if shuffle else np.arange(count)
    rows = [None if p is None else tree.map_structure(lambda a: np.asarray(a)[order], p) for p in (x, y, sample_weight)]
    settings = {"batch_size": batch_size, "sample_weight": rows[2], "class_weight": class_weight}
    settings |= {"epochs": 1, "shuffle": False, "verbose": 0}
    _build(model, rows[0])  # before the state is kept, so that it is all there
    history = getattr(model, "history", None)
    try:
        with kept_state(model), observing(Observer(), eagerly=True):
            printed = model.fit(rows[0], rows[1], **settings).history["loss"][0]
            end = {id(v): v.array.copy() for v in state_of(model)}
            evaluated = model.evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True)["loss"]
        epoch = EpochAgain(model, end)
        with kept_state(model), observing(epoch, eagerly=True):
            model.fit(rows[0], rows[1], **settings)
    finally:
        if history is not None:
            model.history = history
    return LossGap(printed, evaluated, epoch.parts(printed, evaluated))


def _build(model, x):
    if not model.built or not getattr(model.optimizer, "built", False):
        model(tree.map_structure(lambda a: np.asarray(a)[:1], x), training=False)
        model.optimizer.build(model.trainable_variables)


@contextmanager
def _frozen(layers):
    """A context in which the layers are not trainable, and so BatchNormalization uses its moving statistics."""
    flags = [layer.trainable for layer in layers]
    try:
        for layer in layers:
            layer.trainable = False
        yield
    finally:
        for layer, flag in zip(layers, flags, strict=True):
            layer.trainable = flag


class EpochAgain(Observer):
    """Watches an epoch that runs a second time, and computes for each batch the losses between fit's and evaluate's.

    Args:
        end: {id of a Variable: its value after the epoch}.
    """

    def __init__(self, model, end):
        self.model, self.end = model, end
        self.rows, self.sizes = [], []

    def step_begins(self, kind, batch):
        """The weights are those of this batch now."""
        if kind != "train":
            return
        model = self.model
        layers = [layer for layer in model._flatten_layers() if isinstance(layer, BatchNormalization)]
        x, y, weights = unpack_x_y_sample_weight(batch)
        with kept_state(model):
            seeds = [(v, v.array.copy()) for v in model.variables if "seed_generator_state" in v.path]
            row = [self._loss(x, y, weights, True, seeds)]
            for variable in state_of(model):
                if id(variable) in self.end:
                    variable.assign(self.end[id(variable)])
            row.append(self._loss(x, y, weights, True, seeds))
            with _frozen(layers):
                row.append(self._loss(x, y, weights, True, seeds))
            row += [self._loss(x, y, weights, False, seeds), self._loss(x, y, None, False, seeds)]
        self.rows.append(row)
        self.sizes.append(len(tree.flatten(x)[0]))

    def _loss(self, x, y, weights, training, seeds):
        """(loss without regularization, regularization) with the dropout masks of this step."""
        for variable, array in seeds:
            variable.assign(array)
        model = self.model
        end = [(v, v.array.copy()) for v in model.non_trainable_variables]  # moving averages move in training mode
        y_pred = model(x, training=training)
        total = float(model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weights, training=training))
        penalty = sum(float(loss) for loss in model.losses)
        for variable, array in end:
            variable.assign(array)
        return total - penalty, penalty

    def parts(self, printed, evaluated):
        """{name: part} of printed − evaluated."""
        share = np.array(self.sizes, np.float64) / sum(self.sizes)
        losses = np.tensordot(share, np.array(self.rows, np.float64), 1)  # (stage, [loss, regularization])
        moving, normalized, dropped, weighted = (losses[:-1] - losses[1:])[:, 0]
        parts = {
            "moving weights": moving,
            "BatchNormalization": normalized,
            "dropout": dropped,
            "regularization": losses[0, 1] - losses[-1, 1],
            "sample weights": weighted,
        }
        left = (printed - evaluated) - sum(parts.values())
        last = losses[-1].sum() - evaluated
        parts = {name: float(part) for name, part in parts.items()}
        return {**parts, "batches": float(last), "rounding": float(left - last)}
