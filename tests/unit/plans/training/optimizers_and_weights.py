"""Scenarios about optimizers, constraints, and weights changed in mid-training: Mode -> nested numbers."""

import numpy as np

import minikeras as keras
from minikeras import layers
from tests.unit.plans.training.mode import IMAGES, Call, X, Y, fit, mlp


def schedule(mode):
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    model = mode.compile(mlp(), keras.optimizers.SGD(rate, momentum=0.9))
    return fit(model), model.get_weights(), int(model.optimizer.iterations)


def learning_rate_by_callback(mode):
    def halve(model, batch):
        model.optimizer.learning_rate = float(model.optimizer.learning_rate) * 0.8

    model = mode.compile(mlp(), keras.optimizers.Adam(0.05))
    return fit(model, callbacks=[Call(halve)]), model.get_weights()


def weights_set_by_hand(mode):
    def shrink(model, batch):
        if batch == 2:
            model.set_weights([w * 0.5 for w in model.get_weights()])

    model = mode.compile(mlp())
    before = fit(model, callbacks=[Call(shrink)])
    model.layers[0].kernel.assign(np.full((6, 16), 0.1))
    return before, fit(model), model.predict(X, verbose=0), model.get_weights()


def values_that_the_user_holds(mode):
    held = []

    def hold(model, batch):
        held.append((model.layers[0].kernel.value, model.layers[0].kernel.numpy()))
        held.append((np.asarray(model.layers[1].kernel), model.layers[1].kernel.numpy()))
        held.append((model.optimizer.variables[2].value, model.optimizer.variables[2].numpy()))

    model = mode.compile(mlp())
    history = fit(model, callbacks=[Call(hold)])
    for value, copy in held:
        np.testing.assert_array_equal(value, copy)
    return history, model.get_weights(), [copy for _, copy in held]


def frozen_in_mid_training(mode):
    model = mode.compile(mlp(layers.BatchNormalization()))
    first = fit(model)
    model.layers[0].trainable = False
    model.layers[1].trainable = False
    second = fit(model)
    model.layers[0].kernel.trainable = True
    return first, second, fit(model), [v.numpy() for v in model.variables]


def decay_of_kernels_alone():
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.05)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


OPTIMIZERS = {
    "decay_of_kernels": decay_of_kernels_alone,
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "adagrad": lambda: keras.optimizers.Adagrad(0.05),
    "nadam": lambda: keras.optimizers.Nadam(0.01),
    "lion": lambda: keras.optimizers.Lion(0.01, weight_decay=0.1),
    "lamb": lambda: keras.optimizers.Lamb(0.01),
    "adafactor": lambda: keras.optimizers.Adafactor(0.01),
    "amsgrad": lambda: keras.optimizers.Adam(0.01, amsgrad=True),
    "clipnorm": lambda: keras.optimizers.Adam(0.01, clipnorm=0.1),
    "clipvalue": lambda: keras.optimizers.Adam(0.01, clipvalue=0.01, loss_scale_factor=8.0),
    "global_clipnorm": lambda: keras.optimizers.SGD(0.1, global_clipnorm=0.1),
    "averages": lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=5),
    "accumulation": lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "loss_scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), dynamic_growth_steps=3),
    "loss_scale_factor": lambda: keras.optimizers.SGD(0.05, loss_scale_factor=8.0),
}


def optimizer_named(name):
    def scenario(mode):
        model = mode.compile(mlp(), OPTIMIZERS[name]())
        history = fit(model, epochs=4)
        return history, model.get_weights(), [v.numpy() for v in model.optimizer.variables]

    return scenario


def constraints(mode):
    """Of each kind, over several axes and none of the first; changed in mid-training; one of the user's."""
    c, results = keras.constraints, []
    for constraint in (
        c.MaxNorm(0.5),
        c.NonNeg(),
        c.UnitNorm(axis=[0, 1]),
        c.MinMaxNorm(0.3, 0.6, rate=0.7),
        c.MaxNorm(0.5, axis=1),
        lambda w: w * 0.9,
    ):
        model = mode.compile(
            mlp(kernel_constraint=constraint), keras.optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=3)
        )
        results += [fit(model), model.get_weights()]
        if isinstance(constraint, c.MinMaxNorm):
            assert mode.name != "compiled" or all(plan.repeat is not None for plan in mode.plans())
            constraint.max_value = 0.4
            results.append(fit(model))
            model.layers[0].kernel.constraint = None
            results += [fit(model), model.get_weights()]
    model = keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Conv2D(5, 3, kernel_constraint=c.MaxNorm(0.5, axis=[0, 1, 2]), bias_constraint=c.MaxNorm(0.01)),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    mode.compile(model)
    return [*results, fit(model, IMAGES, Y[:24], batch_size=8), model.get_weights()]
