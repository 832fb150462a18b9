"""How a scenario of `test_same_training.py` runs its models, and the data and models that most of them use."""

import numpy as np

import minikeras as keras
from minikeras import layers
from minikeras.plans.plan import Plan
from minikeras.plans.planner import Planner
from minikeras.trainers.compile_loss import CompileLoss
from minikeras.trainers.planned_model import PlannedModel

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int64") + (X[:, 2] > 1)
IMAGES = RNG.normal(size=(24, 8, 8, 3)).astype("float32")
SPARSE = "sparse_categorical_crossentropy"


class LossOfPlans(CompileLoss):
    """In an eager step the means of single losses are those of a plan."""

    def __call__(self, y_true, y_pred, sample_weight=None, counts_samples=False):
        return super().__call__(y_true, y_pred, sample_weight, counts_samples=False)


class Mode:
    """How the models of a scenario run: "eager", "numpy" or "compiled". Remembers their plans."""

    def __init__(self, name):
        self.name = name
        self.models = []

    def compile(self, model, optimizer="adam", loss=SPARSE, metrics=("accuracy",), **arguments):
        """`model.compile(…)`, and the kind of plans."""
        if self.name == "eager":
            names = getattr(model, "output_names", None)
            loss = LossOfPlans(loss, arguments.pop("loss_weights", None), output_names=names)
        model.compile(optimizer, loss, metrics=list(metrics), run_eagerly=self.name == "eager", **arguments)
        if self.name != "eager":
            model._planner = Planner(PlannedModel(model), compiled=self.name == "compiled")
        self.models.append(model)
        return model

    def plans(self):
        """The plans of all models."""
        entries = [entry for model in self.models for entry in getattr(model._planner, "entries", {}).values()]
        return [entry for entry in entries if isinstance(entry, Plan)]

    def replays(self):
        """How many steps of all models ran by a plan."""
        return sum(plan.replays for plan in self.plans())


def mlp(*more, **dense):
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(16, activation="relu", **dense),
            *more,
            layers.Dense(8, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )


def fit(model, x=X, y=Y, epochs=3, batch_size=16, **arguments):
    """The history of a fit: three full batches and a partial one in each epoch."""
    return model.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=0, **arguments).history


class Call(keras.callbacks.Callback):
    """Calls a function after each batch of training."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def on_train_batch_end(self, batch, logs=None):
        self.function(self.model, batch)
