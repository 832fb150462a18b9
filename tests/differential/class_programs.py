"""Programs with classes of models, layers and trainings, in which `keras` is either package."""

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


def numbered_batches(keras, steps_per_execution, samples=7, **arguments):
    """The numbers of the batches at whose ends callbacks are called."""
    numbers = []
    call = keras.callbacks.Callback
    members = {
        f"on_{kind}_batch_end": lambda self, batch, logs=None: numbers.append(batch) for kind in ("train", "predict")
    }
    counter = type("Counter", (call,), members)()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
    x = np.ones((samples, 3), "float32")
    model.fit(x, x[:, :1], batch_size=1, verbose=0, callbacks=[counter], **arguments)
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
