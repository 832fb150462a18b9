"""StatelessScope, RematScope, one device: the same values, gradients and answers as in tf.keras."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from tests.parity.backends import both, copy_weights  # noqa: E402
from tests.parity.comparing import LAYER, assert_close, assert_same_nested  # noqa: E402

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

GROUP = "scopes: stateless, rematerialized"
X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def as_arrays(values):
    return [None if value is None else np.asarray(value) for value in values]


def nested_scopes(backend):
    """What variables hold in scopes inside one another and after them."""
    variable, other = backend.Variable(np.ones(2, "float32")), backend.Variable(2.0)
    seen = []
    with backend.StatelessScope([(variable, np.full(2, 5.0))]) as outer:
        seen.append(variable + 0)
        variable.assign(variable * 3)
        with backend.StatelessScope([(other, 7.0)]) as inner:
            seen += [variable + 0, other + 0]
            other.assign_add(1.0)
        seen += [variable + 0, other + 0]
    scopes = (outer, inner)
    return as_arrays(seen + [variable, other] + [s.get_current_value(v) for s in scopes for v in (variable, other)])


def test_values_in_scopes():
    ours, theirs = both(nested_scopes)
    assert_same_nested(GROUP, ours, theirs, 0.0)


@pytest.mark.parametrize("collect", [True, False])
def test_losses_in_scopes(collect):
    def losses(backend):
        layer = backend.layers.Dense(3, activity_regularizer="l1", kernel_regularizer="l2")
        layer.build((None, 4))
        with backend.StatelessScope([(v, v + 1) for v in layer.variables], collect_losses=collect) as scope:
            layer(X)
        return as_arrays(scope.losses), as_arrays(layer.losses)

    ours, theirs = both(losses)
    assert_same_nested(GROUP, ours, theirs, LAYER)


def make_layers(backend, mode):
    with backend.RematScope(mode, output_size_threshold=14, layer_names=["second"]):
        first = backend.layers.Dense(3, activation="tanh", name="first")
        second = backend.layers.Dense(2, activation="softplus", name="second")
    first.build((None, 4))
    second.build((None, 3))
    return first, second


@pytest.mark.parametrize("mode", ["full", "activations", "larger_than", "list_of_layers", None])
def test_gradients_of_rematerialized_layers(mode):
    ours, theirs = both(lambda backend: make_layers(backend, mode))
    for our, their in zip(ours, theirs, strict=True):
        copy_weights(their, our)
    with minikeras.GradientTape() as tape:
        loss = minikeras.ops.sum(ours[1](ours[0](X)) ** 2)
    our_gradients = tape.gradient(loss, [v for layer in ours for v in layer.trainable_variables])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(theirs[1](theirs[0](X)) ** 2)
    their_gradients = tape.gradient(loss, [v.value for layer in theirs for v in layer.trainable_variables])
    assert_same_nested(GROUP, as_arrays(our_gradients), as_arrays(their_gradients), LAYER)


@pytest.mark.parametrize("mode", ["full", "list_of_layers", "larger_than"])
def test_which_layers_run_twice(mode):
    """They are counted in eager mode, by a layer that says its output's shape itself."""

    def calls(backend):
        class Counted(backend.layers.Layer):
            count = 0

            def call(self, inputs):
                Counted.count += 1
                return inputs * 2.0

            def compute_output_shape(self, input_shape):
                return input_shape

        with backend.RematScope(mode, output_size_threshold=19, layer_names=["a"]):
            layers = [Counted(name="a"), Counted(name="b")]
        layers[0].build((None, 4)), layers[1].build((None, 4))
        x = tf.constant(X) if backend is keras else minikeras.Tensor(X)
        with (tf if backend is keras else minikeras).GradientTape() as tape:
            tape.watch(x)
            y = layers[1](layers[0](x))
        return Counted.count, np.asarray(tape.gradient(y, x))

    (our_count, ours), (their_count, theirs) = both(calls)
    assert our_count == their_count
    assert_close(GROUP, ours, theirs, 0.0)


def test_functions_rematerialized():
    def outputs(backend):
        function = backend.remat(lambda a, b: {"sum": a + b, "product": [a * b]})
        a, b = (
            (tf.constant(X), tf.constant(X + 1)) if backend is keras else (minikeras.Tensor(X), minikeras.Tensor(X + 1))
        )
        with (tf if backend is keras else minikeras).GradientTape() as tape:
            tape.watch([a, b])
            y = function(a, b)
            loss = backend.ops.sum(y["sum"] * y["product"][0])
        return as_arrays(tape.gradient(loss, [a, b]))

    ours, theirs = both(outputs)
    assert_same_nested(GROUP, ours, theirs, LAYER)


def test_the_strategy_of_one_device():
    def answers(backend):
        model = backend.Sequential([backend.Input((3,)), backend.layers.Dense(1)])
        model.compile("sgd", "mse")
        strategy = model.distribute_strategy
        values = backend.ops.convert_to_tensor([1.0, 2.0])
        return as_arrays(
            [strategy.reduce(op, values, axis) for op in ("SUM", "mean") for axis in (None, 0)]
            + [strategy.run(lambda a, b: a - b, (values,), {"b": 1.0}), strategy.gather(values, 0)]
            + [strategy.num_replicas_in_sync, *strategy.experimental_local_results(values)]
        )

    ours, theirs = both(answers)
    assert_same_nested(GROUP, ours, theirs, 0.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda backend: backend.RematScope("half"),
        lambda backend: backend.StatelessScope([(np.ones(2), np.ones(2))]),
        lambda backend: backend.StatelessScope([(backend.Variable(np.ones(2)), np.ones(3))]),
        lambda backend: backend.Sequential([backend.Input((3,)), backend.layers.Dense(1)]).export("x", format="foo"),
        lambda backend: backend.Sequential([backend.Input((3,)), backend.layers.Dense(1)]).layers[0].quantized_call(X),
        lambda backend: backend.device("foo").__enter__(),
        lambda backend: backend.device(3).__enter__(),
    ],
)
def test_errors_are_of_the_same_kind(make):
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - the type is compared
        make(keras)
    with pytest.raises(theirs.type):
        make(minikeras)


class TestSymbolicScope:
    @pytest.mark.parametrize("collect", [False, True])
    def test_losses_are_collected_as_without_it(self, collect):
        def counts(backend):
            class Summed(backend.layers.Layer):
                def call(self, x):
                    self.add_loss(backend.ops.sum(x))
                    return x

            layer = Summed()
            with backend.StatelessScope(collect_losses=collect) as scope, backend.SymbolicScope() as symbolic:
                layer(np.ones((2, 2), "float32"))
                assert isinstance(symbolic, backend.SymbolicScope)
            return len(scope.losses), len(layer.losses)

        assert counts(minikeras) == counts(keras)
