"""Rows like those of `class_cases.py`: what `fit` does with its arguments and data, and how it is reported."""

import warnings

import numpy as np

X = np.linspace(-1, 1, 30, dtype="float32").reshape(10, 3)
Y = 2 * X[:, :1] + 1
LIST_SHAPES = {
    "Conv1DTranspose": ((2, 5, 4), {"filters": 2, "kernel_size": 3}),
    "UpSampling1D": ((2, 5, 4), {"size": 3}),
    "MelSpectrogram": (
        (2, 32),
        {"fft_length": 8, "sequence_stride": 4, "num_mel_bins": 3, "sampling_rate": 16, "min_freq": 1},
    ),
    "ReversibleEmbedding": ((3, 4), {"input_dim": 5, "output_dim": 3}),
}
"""Layers whose `compute_output_shape` gives a list, with a shape and arguments."""


def line(keras, loss="mse", activation=None, **options):
    """A small model that is run eagerly, since the subject is not the tracing of TensorFlow."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.1), loss, run_eagerly=True, **options)
    return model


def fitted(keras, *data, **arguments):
    with warnings.catch_warnings(action="ignore"):
        return line(keras).fit(*data, verbose=0, shuffle=False, **arguments).history


def generator(count=3, endless=False):
    """Batches of three samples."""
    while True:
        for i in range(count):
            yield X[3 * i : 3 * i + 3], Y[3 * i : 3 * i + 3]
        if not endless:
            return


def two_outputs(keras, labels, batch_size=4, **compiled):
    x = keras.Input((3,))
    model = keras.Model(x, [keras.layers.Dense(n, kernel_initializer="ones", name=f"d{n}")(x) for n in (1, 2)])
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True, **compiled)
    return model.fit(X, labels, batch_size=batch_size, shuffle=False, verbose=0).history


def scores_of_one_class(keras):
    labels = (np.arange(10) % 2.0)[:, None]
    model = line(keras, "binary_crossentropy", "sigmoid", metrics=["f1_score"])
    return model.fit(X, labels, verbose=0, shuffle=False).history, model.evaluate(X, labels, verbose=0)


def overwritten_with_gradients(keras):
    """Paths of Adafactor's variables, of which one has a matrix that is overwritten."""
    variables = [keras.Variable(np.ones(shape), name=f"v{len(shape)}") for shape in ((2, 3), (3,), ())]
    for variable in variables[::2]:
        variable.overwrite_with_gradient = True
    optimizer = keras.optimizers.Adafactor()
    optimizer.build(variables)
    return [variable.path for variable in optimizer.variables]


CASES = {
    "single losses of batches of unequal size": lambda k: two_outputs(k, [Y, X[:, :2]], loss=["mse", "mae"]),
    "more labels than outputs": lambda k: two_outputs(k, [Y, X[:, :2], Y], loss="mse"),
    "epochs of a generator that has ended": lambda k: fitted(k, generator(), epochs=3),
    "validation by a generator": lambda k: fitted(
        k, X, Y, epochs=3, validation_data=generator(endless=True), validation_steps=2
    ),
    "class weights beside a generator": lambda k: fitted(k, generator(), class_weight={0: 2.0}),
    "validation in a set of epochs": lambda k: fitted(k, X, Y, validation_data=(X, Y), validation_freq={1}),
    "validation in a list of epochs": lambda k: fitted(k, X, Y, validation_data=(X, Y), validation_freq=[2], epochs=2),
    "epochs of no steps": lambda k: fitted(k, X, Y, steps_per_epoch=0),
    "scores of one class": scores_of_one_class,
    "Adafactor beside variables overwritten with gradients": overwritten_with_gradients,
    **{
        f"{name} split": lambda k, data=data: len(k.utils.split_dataset(data, left_size=2)[0])
        for name, data in {"list of numbers": [1, 2, 3], "tuple of lists": ([1, 2, 3],) * 2, "dict": {"a": X}}.items()
    },
    **{
        f"output of a layer of {policy}": lambda k, policy=policy: k.layers.Dense(
            1, dtype=policy, kernel_initializer="ones"
        )(X[:1])
        for policy in ("float8_from_mixed_bfloat16", "float8_from_float32")
    },
    **{
        f"output shape of {name}": lambda k, name=name: getattr(k.layers, name)(
            **LIST_SHAPES[name][1]
        ).compute_output_shape(LIST_SHAPES[name][0])
        for name in LIST_SHAPES
    },
}

QUICK = {"class weights beside a generator", "output shape of UpSampling1D", "scores of one class"}
"""Cases that run every time."""
