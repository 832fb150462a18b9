"""Rows like those of `class_cases.py`: constructors, dtype policies, nested outputs, losses of nothing, float16."""

import collections

import numpy as np

X = np.ones((2, 3), "float32")


def trained_in_order(keras):
    """What evaluation reports for outputs in an OrderedDict whose keys are not sorted."""
    x, ones = keras.Input((3,)), {"kernel_initializer": "ones"}
    outputs = {"b": keras.layers.Dense(2, name="p", **ones)(x), "a": keras.layers.Dense(1, name="q", **ones)(x)}
    model = keras.Model(x, collections.OrderedDict(outputs))
    model.compile("sgd", "mse", metrics={"a": ["mae"], "b": ["mse"]})
    labels = {"a": np.ones((2, 1), "float32"), "b": np.zeros((2, 2), "float32")}
    return model.evaluate(X, labels, verbose=0, return_dict=True), list(model.predict(X, verbose=0))


def with_policy(keras, kind, policy):
    """The weights of a built layer to which a policy is assigned."""
    layer = {
        "Dense": lambda: keras.layers.Dense(4),
        "EinsumDense": lambda: keras.layers.EinsumDense("abc,cd->abd", (None, 4)),
        "Embedding": lambda: keras.layers.Embedding(8, 4),
        "LayerNormalization": lambda: keras.layers.LayerNormalization(),
    }[kind]()
    layer.build((None, 3, 4))
    layer.dtype_policy = policy
    return [(tuple(v.shape), keras.backend.standardize_dtype(v.dtype)) for v in layer.weights], layer.dtype_policy.name


def quantizer_of_inputs(keras, mode):
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    layer.quantize(mode)
    return type(layer.inputs_quantizer).__name__


def all_masked(keras, dtype):
    """The mean loss of predictions of which none counts."""
    predictions = keras.ops.convert_to_tensor(X)
    predictions._keras_mask = keras.ops.convert_to_tensor(np.zeros(2, bool))
    return keras.losses.MeanSquaredError(dtype=dtype)(2 * X, predictions)


def channels_first(keras, make):
    """What a layer makes of an image (1, 3, 2, 2) where channels come first."""
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        return make(keras.layers)(np.ones((1, 3, 2, 2), "float32"))
    finally:
        keras.config.set_image_data_format(before)


def evaluated(keras, outputs, labels, **arguments):
    """What a model reports whose outputs "a" and "b" are 3 and 6 everywhere; `outputs` and `labels` nest a pair."""
    x = keras.Input((3,))
    a, b = (keras.layers.Dense(n, name=name, kernel_initializer="ones")(x) for n, name in ((1, "a"), (2, "b")))
    model = keras.Model(x, outputs(a, b))
    model.compile("sgd", run_eagerly=True, **arguments)
    report = model.evaluate(X, labels(X[:, :1], X[:, :2] * 2), verbose=0)
    return report, model.metrics_names


def pair(a, b):
    return [a, b]


def sorted_dict(a, b):
    return {"a": a, "b": b}


def other_dict(a, b):
    return {"b": b, "a": a}


def in_steps(keras, **arguments):
    """Losses of two epochs and of an evaluation whose steps are given, but no batch size."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=True)
    x = np.arange(36, dtype="float32").reshape(12, 3) / 36
    history = model.fit(x, x[:, :1], epochs=2, shuffle=False, verbose=0, **arguments).history
    return [float(loss) for loss in history["loss"]], model.evaluate(x, x[:, :1], steps=5, verbose=0)


TRAINING = (
    "outputs in an OrderedDict",
    "batches of steps",
    "labels in a list for a dict",
    "losses of a dict that is not sorted",
    "losses in a list for such a dict",
    "losses by name for a list",
)

CASES = {
    "batches of steps": lambda k: in_steps(k, steps_per_epoch=2),
    "labels in a list for a dict": lambda k: evaluated(
        k, sorted_dict, pair, loss="mse", metrics=[["mae"], ["mse", "mae"]]
    ),
    "losses of a dict that is not sorted": lambda k: evaluated(k, other_dict, sorted_dict, loss="mse"),
    "losses in a list for such a dict": lambda k: evaluated(k, other_dict, sorted_dict, loss=["mse", "mae"]),
    "losses by name for a list": lambda k: evaluated(k, pair, pair, loss={"b": ["mse", "mae"], "a": "mae"}),
    "loss by name of one output of a list": lambda k: evaluated(k, pair, pair, loss={"a": "mse"}),
    "text of a variable": lambda k: [repr(k.Variable(value, name="v")) for value in (1.0, 2, True)],
    "outputs in an OrderedDict": trained_in_order,
    "mean in integers": lambda k: k.metrics.Mean(dtype="int32")([1, 2, 4]),
    "root of a mean in integers": lambda k: k.metrics.RootMeanSquaredError(dtype="int32")([1, 2, 4], [1, 2, 2]),
    "loss of no samples with weights": lambda k: k.losses.MeanSquaredError()(X[:0], X[:0], np.ones((0, 1), "float32")),
    "loss of no steps": lambda k: k.losses.MeanSquaredError()(np.ones((2, 0, 3)), np.ones((2, 0, 3))),
    "loss of masked samples": lambda k: all_masked(k, None),
    "loss of masked samples in float16": lambda k: all_masked(k, "float16"),
    "logarithmic error in float16": lambda k: k.losses.mean_squared_logarithmic_error(X, X.astype("float16") / 2),
    "ctc of lists": lambda k: k.losses.ctc([[1, 2]], [[0.5, 0.5]]),
    "steps of Muon": lambda k: k.optimizers.Muon().lr_adjust(k.ops.ones((4, 2))),
    "scale per channel, channels first": lambda k: channels_first(k, lambda layers: layers.Rescaling([1.0, 2.0, 3.0])),
    "offset per column, channels first": lambda k: channels_first(k, lambda layers: layers.Rescaling(2.0, [1.0, 5.0])),
    "loop from a tensor": lambda k: k.ops.fori_loop(
        k.ops.convert_to_tensor(1), 4, lambda i, x: x + k.ops.cast(i, "float32") * len(i.shape + (1,)), np.float32(0)
    ),
    "accuracy in integers": lambda k: k.metrics.Accuracy(dtype="int32")(np.array([1, 2, 3]), np.array([1, 2, 4])),
    **{
        f"{policy} assigned to {kind}": lambda k, kind=kind, policy=policy: with_policy(k, kind, policy)
        for policy in ("int8_from_float32", "int4_from_float32", "float8_from_float32", "gptq/4/-1_from_float32")
        for kind in ("Dense", "EinsumDense", "Embedding", "LayerNormalization")
    },
    **{f"quantizer of {mode} inputs": lambda k, mode=mode: quantizer_of_inputs(k, mode) for mode in ("int8", "int4")},
    **{
        f"{name}({size!r})": lambda k, name=name, size=size: getattr(k.layers, name)(*[2] * (name[0] == "C"), size)
        for name in ("Conv2D", "MaxPooling2D", "UpSampling2D")
        for size in (0.5, None, ((1, 1), 2), (1, 2, 3))
    },
    "filters of NumPy's integers": lambda k: tuple(
        k.layers.Conv2D(np.int64(2), 1, groups=np.int64(1))(np.ones((1, 2, 2, 3), "float32")).shape
    ),
    "units of NumPy's integers": lambda k: k.layers.GRUCell(np.int64(2)).units,
    "policy of an empty config": lambda k: k.layers.Dense(1, dtype={}),
    "policy of a number": lambda k: k.layers.Dense(1, dtype=np.int64(2)),
    "dtype of a number": lambda k: k.backend.standardize_dtype(np.float32(2)),
    "repeated True times": lambda k: k.layers.RepeatVector(True),
    "grouped attention, last axes first": lambda k: k.layers.GroupedQueryAttention(2, 4, 2).compute_output_shape(
        (2, 4, 8), (2, 2, 7), 2
    ),
}
