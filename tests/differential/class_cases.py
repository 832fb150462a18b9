"""Uses of classes in which the packages once differed, as functions of the package: layers, models, metrics, files.

A row is `name: function(keras)`. Its result, or the type of its exception, must be that of Keras.
"""

import numpy as np

X = np.ones((2, 3), "float32")


def layer_class(keras, call, **members):
    """A class of layers with this `call`."""
    return type("Custom", (keras.layers.Layer,), {"call": call, **members})


def set_after_build(keras, make):
    """How many layers and weights a built Dense has after a new attribute."""
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    layer.added = make(keras)
    return len(layer.weights)


def built_again(keras):
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    layer.build((None, 3))


def sequential_with_attributes(keras):
    model = keras.Sequential([keras.layers.Dense(2)])
    model(X)
    model.extra = keras.Variable(1.0)
    model.add(keras.layers.Dense(3))
    return len(model.weights)


def subclass_that_adds_to_its_base(keras):
    def build(self, input_shape):
        keras.layers.Dense.build(self, input_shape)
        self.extra = self.add_weight(shape=(2,))

    layer = type("Wider", (keras.layers.Dense,), {"build": build})(2)
    layer.build((None, 3))
    return len(layer.weights)


def policy_beside_a_map(keras):
    layer = keras.layers.Dense(2, dtype=keras.dtype_policies.DTypePolicyMap())
    layer.build((None, 1))
    layer.dtype_policy = "mixed_bfloat16"
    return type(layer.dtype_policy).__name__, layer.dtype_policy[layer.path].name


def two_patterns(keras):
    layouts = keras.distribution.LayoutMap(keras.distribution.DeviceMesh((1,), ("batch",), ["cpu:0"]))
    layouts["dense.*"] = layouts[".*bias"] = (None,)
    return layouts["dense/bias"]


def masks_of_grouped_attention(keras):
    tokens = keras.layers.Embedding(4, 8, mask_zero=True)(np.array([[1, 2, 0]]))
    outputs = keras.layers.GroupedQueryAttention(2, 2, 2)(tokens, np.ones((1, 3, 8), "float32"))
    return [np.asarray(x._keras_mask).tolist() for x in (tokens, outputs)]


def add_mask(self, x, mask=None):
    return x if mask is None else x + mask


def trained_weight(keras, weights):
    x = keras.Input((2,))
    outputs = {name: keras.layers.Dense(1, kernel_initializer="ones", name=name)(x) for name in weights}
    model = keras.Model(x, outputs)
    model.compile(loss=dict.fromkeys(weights, "mse"), loss_weights=weights)
    return model.evaluate(np.ones((2, 2), "float32"), dict.fromkeys(weights, np.zeros((2, 1), "float32")), verbose=0)


def tensors_compared(keras):
    x, y = keras.KerasTensor((2, 3)), keras.KerasTensor((2, 3))
    return [x == y, x == x, y in [x, y], [x, y].index(y), x == None]  # noqa: E711


def with_zeros_masked(keras):
    return keras.Sequential([keras.Input((3,)), layer_class(keras, lambda self, x: keras.ops.where(x == 1, 2.0, x))()])(
        X
    )


def optional_input(keras, nest):
    def call(self, x, y=None):
        return x if y is None else x + y

    layer = layer_class(keras, call, compute_output_shape=lambda self, x_shape: x_shape)()
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b", optional=True)
    model = keras.Model(nest(a, b), layer(a, b))
    return model(nest(X, None)), model(nest(X, X))


def outputs_of(keras, nest):
    x = keras.Input((3,))
    ones = {"kernel_initializer": "ones"}
    model = keras.Model(x, nest(keras.layers.Dense(1, **ones)(x), keras.layers.Dense(2, **ones)(x)))
    return model(X), model.predict(X, verbose=0), type(model).from_config(model.get_config())(X)


def sequential_on(keras, call, inputs):
    return keras.Sequential([layer_class(keras, call)()])(inputs)


def input_layer(keras, **arguments):
    return keras.layers.InputLayer(input_tensor=keras.KerasTensor((2, 3)), **arguments).batch_shape


def masks_of(keras, name, inputs, mask):
    x = keras.KerasTensor((2, 3))
    return getattr(keras.layers, name)().compute_mask([x, x] if inputs == "list" else x, mask)


def own_function(keras):
    x = keras.KerasTensor((2, 3))
    return keras.Function(x, x * 2)(X)


def intermediate_function(keras):
    y = keras.Input((3,)) * 2
    return len(keras.Function(y, y + 1).operations)


def softmax(keras, mask, **arguments):
    return keras.layers.Softmax(**arguments)(X, mask=np.asarray(mask))


def functional(keras, batch_size):
    x = keras.Input((3,), batch_size=batch_size)
    return keras.Model(x, x * 2)(X)


def manual_input_spec(keras, shape):
    x = keras.Input((None,))
    model = keras.Model(x, x * 2)
    model.input_spec = keras.layers.InputSpec(shape=(None, 3))
    return model(np.ones(shape, "float32"))


def variable(keras, values=(1.25, 2.0, 3.0), **arguments):
    return keras.Variable(values, **arguments)


def with_attribute(keras, name, value):
    """The type of a Variable's attribute after it was set."""
    changed = variable(keras)
    setattr(changed, name, value)
    return type(getattr(changed, name)).__name__


def operation(keras, *args, **kwargs):
    """The config of an operation whose attributes have other names than its arguments."""

    def init(self, alpha, *, beta=2, name=None):
        keras.Operation.__init__(self, name=name)
        self.factors = alpha, beta

    return type("Scaling", (keras.Operation,), {"__init__": init})(*args, name="scaling", **kwargs).get_config()


def operation_with_outputs(keras):
    members = {"call": lambda self, x: {"a": x, "b": x * 2}}
    op = type("Two", (keras.Operation,), members)()
    op(keras.KerasTensor((2, 3)))
    return op.output


def revived(keras):
    """A subclass that can be made of inputs and outputs, from its config."""

    class Own(keras.Model):
        def __init__(self, *args, power=1, **kwargs):
            super().__init__(*args, **kwargs)
            self.power = power

        def get_config(self):
            return {**super().get_config(), "power": self.power}

    x = keras.Input((3,))
    return Own.from_config(Own(inputs=x, outputs=x * 2, power=3).get_config()).power


def trained(keras, kind, loss, labels, **arguments):
    """The losses of one step of a model whose outputs are 3 and 6."""
    x = keras.Input((3,))
    a, b = (
        keras.layers.Dense(1, name=name, kernel_initializer=keras.initializers.Constant(value))(x)
        for name, value in (("a", 1.0), ("b", 2.0))
    )
    outputs = {"list": [a, b], "tuple": (a, b), "dict": {"p": a, "q": b}, "nested": {"p": [a, b], "q": a}}[kind]
    model = keras.Model(x, outputs)
    model.compile("sgd", loss, run_eagerly=True)
    history = model.fit(X, labels, verbose=0, **arguments).history
    return {name: float(history[name][0]) for name in sorted(history)}


def numbered_batches(keras, steps_per_execution):
    """The numbers of the batches at whose ends callbacks are called."""
    numbers = []
    call = keras.callbacks.Callback
    members = {
        f"on_{kind}_batch_end": lambda self, batch, logs=None: numbers.append(batch) for kind in ("train", "predict")
    }
    counter = type("Counter", (call,), members)()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
    x = np.ones((7, 3), "float32")
    model.fit(x, x[:, :1], batch_size=1, verbose=0, callbacks=[counter])
    model.predict(x, batch_size=1, verbose=0, callbacks=[counter])
    return numbers


def learning_rates(keras, callback):
    """The learning rates of two optimizers after two epochs."""
    first, second = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.01)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="one"), keras.layers.Dense(1)])
    both = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(second, {".*one/.*": first}))
    model.compile(both, "mse", run_eagerly=True)
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[callback(keras.callbacks)])
    return [round(float(optimizer.learning_rate), 6) for optimizer in (first, second)]


def with_averages(keras):
    """Weights while a model is evaluated with averages, which only one of its two optimizers keeps."""
    first, second = keras.optimizers.SGD(0.1, use_ema=True), keras.optimizers.SGD(0.01)
    ones = {"kernel_initializer": "ones", "use_bias": False}
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="one", **ones), keras.layers.Dense(1, **ones)]
    )
    both = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(second, {".*one/.*": first}))
    model.compile(both, "mse", run_eagerly=True)
    model.train_on_batch(X, Y)
    model.layers[0].kernel.assign(2 * np.ones((3, 2)))
    swap = keras.callbacks.SwapEMAWeights()
    swap.set_model(model)
    swap.on_test_begin()
    within = model.get_weights()
    swap.on_test_end()
    return within, model.get_weights()


Y = np.ones((2, 1), "float32")
PAIR = [Y, Y]
NAMED = {"p": Y, "q": Y}
NESTED = {"p": [Y, Y], "q": Y}

CASES = {
    "variable rounded": lambda k: round(variable(k)),
    "variable rounded to a digit": lambda k: round(variable(k), 1),
    "truth of a variable": lambda k: bool(k.Variable(1.0)),
    "length of a variable": lambda k: len(variable(k)),
    "variables joined by |": lambda k: variable(k, [1, 0]) | variable(k, [2, 0]),
    "variable with another synchronization": lambda k: variable(k, synchronization="often"),
    "regularizer that is a number": lambda k: with_attribute(k, "regularizer", 3),
    "regularizer that is a name": lambda k: with_attribute(k, "regularizer", "l2"),
    "regularizer": lambda k: with_attribute(k, "regularizer", k.regularizers.L2()),
    "constraint that is a number": lambda k: with_attribute(k, "constraint", 3),
    "constraint that is a function": lambda k: with_attribute(k, "constraint", lambda x: x),
    "overwriting by a name": lambda k: with_attribute(k, "overwrite_with_gradient", "yes"),
    "shape that is a number": lambda k: k.KerasTensor(2),
    "shape with a negative length": lambda k: k.KerasTensor((-1, 2)),
    "shape with a fraction": lambda k: k.KerasTensor((2.5,)),
    "symbolic tensor rounded": lambda k: round(k.KerasTensor((2,))),
    "symbolic tensors joined by &": lambda k: k.KerasTensor((2,), dtype="int32") & 1,
    "symbolic index out of range": lambda k: k.KerasTensor((2, 3))[5],
    "too many symbolic indices": lambda k: k.KerasTensor((2, 3))[0, 1, 2],
    "symbolic tensor by a name": lambda k: k.KerasTensor((2, 3))["a"],
    "arguments of an operation": lambda k: operation(k, 3),
    "nested arguments of an operation": lambda k: operation(k, [1, {"a": 2}], beta=None),
    "array for an operation": lambda k: operation(k, np.ones(2)),
    "operation with a wrong name": lambda k: k.Operation(name="a/b"),
    "outputs of an operation": operation_with_outputs,
    "subclass of its config": revived,
    "loss of two outputs": lambda k: trained(k, "nested", {"p": "mse", "q": ["mae"]}, NESTED),
    "two losses of an output": lambda k: trained(k, "dict", {"p": ["mse", "mae"], "q": "mse"}, NAMED),
    "two losses in a list": lambda k: trained(k, "list", ["mse", ["mae", "mse"]], PAIR),
    "losses of a tuple": lambda k: trained(k, "tuple", ["mse", ["mae", "mse"]], PAIR),
    "loss of an unknown output": lambda k: trained(k, "dict", {"z": "mse"}, NAMED),
    "labels of one of two outputs": lambda k: trained(k, "dict", "mse", {"p": Y}),
    "weights of one of two outputs": lambda k: trained(k, "list", "mse", PAIR, sample_weight=[Y[:, 0]]),
    "weights by name for a list": lambda k: trained(k, "list", "mse", PAIR, sample_weight={"a": Y[:, 0]}),
    "steps_per_execution=3": lambda k: numbered_batches(k, 3),
    "steps_per_execution=20": lambda k: numbered_batches(k, 20),
    "two learning rates by a schedule": lambda k: learning_rates(
        k, lambda c: c.LearningRateScheduler(lambda epoch, rate: rate / 2)
    ),
    "two learning rates on a plateau": lambda k: learning_rates(
        k, lambda c: c.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100.0, min_lr=0.02)
    ),
    "loss that is a number": lambda k: layer_class(k, lambda self, x: self.add_loss(1.0))()(X),
    "loss that is a tensor": lambda k: layer_class(k, lambda self, x: self.add_loss(k.ops.sum(x)) or x)()(X),
    "averages of one of two optimizers": with_averages,
    "spec with an axis by name": lambda k: k.layers.InputSpec(axes={"a": 1}),
    "weights of both outputs": lambda k: trained(k, "dict", "mse", NAMED, sample_weight={"p": Y[:, 0], "q": Y[:, 0]}),
    "variable after build": lambda k: set_after_build(k, lambda k: k.Variable(1.0)),
    "layer after build": lambda k: set_after_build(k, lambda k: k.layers.Dense(2)),
    "layers in a list after build": lambda k: set_after_build(k, lambda k: [k.layers.Dense(2)]),
    "metric after build": lambda k: set_after_build(k, lambda k: k.metrics.Mean()),
    "generator after build": lambda k: set_after_build(k, lambda k: k.random.SeedGenerator(1)),
    "optimizer after build": lambda k: set_after_build(k, lambda k: k.optimizers.SGD()),
    "list of numbers after build": lambda k: set_after_build(k, lambda k: [1, 2]),
    "built again": built_again,
    "weight in call": lambda k: layer_class(k, lambda self, x: self.add_weight(shape=()))()(X),
    "layer in call": lambda k: layer_class(k, lambda self, x: setattr(self, "d", k.layers.Dense(2)))()(X),
    "weight of a layer without weights": lambda k: k.layers.Dropout(0.5).add_weight(shape=()),
    "sequential with attributes": sequential_with_attributes,
    "subclass that adds to its base": subclass_that_adds_to_its_base,
    "subclass of a built layer": lambda k: type("S", (k.layers.ReLU,), {"build": lambda self, s: None})().built,
    "number by position": lambda k: layer_class(k, lambda self, x, flag: x)()(X, True),
    "text by position": lambda k: layer_class(k, lambda self, x, flag: x)()(X, "a"),
    "None by position": lambda k: layer_class(k, lambda self, x, flag: x)()(X, None),
    "number by name": lambda k: layer_class(k, lambda self, x, flag: x)()(X, flag=True),
    "trainable='yes'": lambda k: k.layers.Dense(2, trainable="yes"),
    "trainable=1": lambda k: k.layers.Dense(2, trainable=1),
    "trainable=None": lambda k: k.layers.Dense(2, trainable=None),
    "add_weight by Keras 2": lambda k: k.layers.Dense(2).add_weight("w", shape=(2,)),
    "add_weight by position": lambda k: k.layers.Dense(2).add_weight((2,), "ones", "float32").shape == (2,),
    "add_weight with four by position": lambda k: k.layers.Dense(2).add_weight((2,), "ones", "float32", True),
    "add_weight with two shapes": lambda k: k.layers.Dense(2).add_weight((2,), shape=(2,)),
    "add_weight with a number": lambda k: k.layers.Dense(2).add_weight(3),
    "tensors compared": tensors_compared,
    "tensors compared in call": with_zeros_masked,
    "optional input in a list": lambda k: optional_input(k, lambda a, b: [a, b]),
    "optional input in a dict": lambda k: optional_input(k, lambda a, b: {"a": a, "b": b}),
    "outputs in a tuple": lambda k: outputs_of(k, lambda a, b: (a, b)),
    "outputs in a list": lambda k: outputs_of(k, lambda a, b: [a, b]),
    "outputs in a dict": lambda k: outputs_of(k, lambda a, b: {"a": a, "b": b}),
    "sequential on a dict": lambda k: sequential_on(k, lambda self, x: x["a"] + x["b"], {"a": X, "b": X}),
    "sequential on a list": lambda k: sequential_on(k, lambda self, x: x[0] + x[1], [X, X]),
    "sequential on two arguments": lambda k: k.Sequential([layer_class(k, lambda self, x, y: x)()]),
    "sequential built for another shape": lambda k: k.Sequential([k.Input((3,)), k.layers.ReLU()]).build((None, 4)),
    "sequential built for its shape": lambda k: k.Sequential([k.Input((3,)), k.layers.ReLU()]).build((5, 3)),
    "sequential of a config without a name": lambda k: k.Sequential.from_config({"layers": []}),
    "input tensor": input_layer,
    "input tensor with its shape": lambda k: input_layer(k, shape=(3,)),
    "input tensor with another shape": lambda k: input_layer(k, shape=(4,)),
    "input tensor with another dtype": lambda k: input_layer(k, dtype="float16"),
    "input tensor with another batch size": lambda k: input_layer(k, batch_size=5),
    "input tensor that is a number": lambda k: k.layers.InputLayer(input_tensor=3),
    "input with two batch sizes": lambda k: k.layers.InputLayer(batch_size=2, batch_shape=(2, 3)),
    "input layer called": lambda k: k.layers.InputLayer((3,)).call(),
    "symbolic tensor without shape": lambda k: k.KerasTensor(None),
    "merged masks that are no list": lambda k: masks_of(k, "Add", "list", np.ones(3)),
    "merged mask of one": lambda k: masks_of(k, "Add", "one", [None, None]),
    "merged masks of another number": lambda k: masks_of(k, "Concatenate", "list", [None]),
    "embedding with weights": lambda k: k.layers.Embedding(3, 4, weights=np.ones((3, 4))).embeddings.numpy(),
    "embedding of a bad config": lambda k: k.layers.Embedding.from_config({"input_dim": 3.7, "output_dim": 8}),
    "dense of a bad config": lambda k: k.layers.Dense.from_config({"units": -1}),
    "softmax of nothing": lambda k: softmax(k, [[False] * 3, [True, False, True]]),
    "softmax with a mask that is broadcast": lambda k: softmax(k, [[True, True, False]]),
    "softmax with a larger mask": lambda k: softmax(k, np.ones((3, 3), bool)),
    "softmax with a mask of more axes": lambda k: softmax(k, np.ones((1, 2, 3), bool)),
    "reshape to -2": lambda k: k.layers.Reshape((-2, 5)),
    "reshape to two unknown lengths": lambda k: k.layers.Reshape((-1, -1)),
    "repeated no times": lambda k: k.layers.RepeatVector(0),
    "axis that is a dict": lambda k: k.layers.LayerNormalization(axis={"axis": -1}),
    "attention with a float output shape": lambda k: k.layers.MultiHeadAttention(2, 16, output_shape=8.0),
    "implementation=0": lambda k: k.layers.GRU(2, implementation=0).units,
    "function of the user's own tensor": own_function,
    "function of an intermediate tensor": intermediate_function,
    "function without outputs": lambda k: k.Function(k.KerasTensor((2, 3)), []),
    "other batch size": lambda k: functional(k, 3),
    "input spec that fits": lambda k: manual_input_spec(k, (2, 3)),
    "input spec that does not fit": lambda k: manual_input_spec(k, (2, 4)),
    "labels that are no classes": lambda k: k.metrics.MeanIoU(2)(np.array([0, -1, 1, 5]), np.array([0, 1, 1, 0])),
    "float of several elements": lambda k: float(k.Variable(np.ones((2, 2)))),
    "int of several elements": lambda k: int(k.ops.ones((2,))),
    "no global policy": lambda k: k.config.set_dtype_policy(None),
    "policy of a layer whose policy is a map": policy_beside_a_map,
    "sparse InputLayer of a dense tensor": lambda k: k.layers.InputLayer(
        sparse=True, input_tensor=k.KerasTensor((2, 3))
    ),
    "layer without a call": lambda k: k.layers.Layer().compute_output_shape((2, 3)),
    "two patterns of a LayoutMap": two_patterns,
    "masks of grouped attention": masks_of_grouped_attention,
    "shapes of grouped attention": lambda k: k.layers.GroupedQueryAttention(2, 4, 4).compute_output_shape(
        (2, 4, 8), (2, 4, 7), (2, 4, 7)
    ),
    "mask of a pipeline": lambda k: k.layers.Pipeline([layer_class(k, add_mask)()])(X, mask=X),
    "fake quantization of unknown bounds": lambda k: k.quantizers.fake_quant_with_min_max_vars(
        k.KerasTensor((2, 3, 4)), k.KerasTensor(()), k.KerasTensor(()), axis=-1
    ),
    "list as an array": lambda k: [k.ops.convert_to_numpy(x).dtype.name for x in ([1, 2], [1.0], 3, [True])],
    "scan without outputs": lambda k: k.ops.scan(lambda c, x: (c + x, None), np.float32(0), np.ones(3, "float32")),
    "hashes of a sparse tensor": lambda k: k.layers.Hashing(3)(k.KerasTensor((2, 3), "int32", sparse=True)).shape,
    "weight of a loss that is an array": lambda k: trained_weight(k, {"a": np.float32(2.0), "b": 0.5}),
    "config of a class that is a list": lambda k: k.saving.deserialize_keras_object(
        {"class_name": "Dense", "config": [1, 2]}
    ),
    "config of a function that is a list": lambda k: k.saving.deserialize_keras_object(
        {"class_name": "function", "config": ["relu"]}
    ),
    "config of a type": lambda k: k.saving.deserialize_keras_object({"class_name": "__typespec__", "config": "x"}),
    "layer registered under another name": lambda k: k.saving.deserialize_keras_object(
        {"class_name": "Dense", "module": "keras.layers", "registered_name": "my>Dense", "config": {"units": 1}}
    ),
    "layer registered under its name": lambda k: (
        k.saving.deserialize_keras_object(
            {"class_name": "ReLU", "module": "keras.layers", "registered_name": "ReLU", "config": {"name": "r"}}
        ).name
    ),
}

TRAINING = {
    name
    for name, case in CASES.items()
    if {"trained", "numbered_batches", "learning_rates", "outputs_of", "train_on_batch"} & {*case.__code__.co_names}
}
"""Cases that train or predict, which takes TensorFlow a quarter of a second each."""
