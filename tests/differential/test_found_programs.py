"""Short programs in which minikeras once differed from Keras: each runs on both packages and the results are compared.

`test_found_cases.py` has single calls; here are classes of a user's own, and objects that change.
"""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from tests.differential.outcomes import difference, outcome_of  # noqa: E402

X = np.arange(12, dtype="float32").reshape(4, 3) / 10
PROGRAMS = []


def program(function):
    """Decorator: run it with each package as its argument."""
    PROGRAMS.append(function)
    return function


@pytest.mark.parametrize("run", PROGRAMS, ids=lambda run: run.__name__)
def test_both_packages_agree(run):
    for package in (minikeras, keras):
        package.utils.clear_session(free_memory=False)  # names count from the start
    found = difference(outcome_of(minikeras, run), outcome_of(keras, run))
    assert found is None, found


# --- configs of a user's own classes --------------------------------------------------------------------------------


def own_layer(k):
    class Own(k.layers.Layer):
        def __init__(self, a, b=2, *, c=(1, 2), **kwargs):
            super().__init__(**kwargs)
            self.a = a * 2

    return Own


@program
def config_of_own_layer_has_the_arguments_as_passed(k):
    layer = own_layer(k)(3, name="own", trainable=False)
    config = layer.get_config()
    return sorted(config), config["a"], config["c"], own_layer(k).from_config(config).name


@program
def config_of_own_layer_without_kwargs_has_no_name(k):
    class Own(k.layers.Layer):
        def __init__(self, a, **kw):
            super().__init__(**kw)

    return Own(1, name="own").get_config()


@program
def objects_as_arguments_need_a_config(k):
    return own_layer(k)(np.ones(2)).get_config()


@program
def functions_as_arguments_need_a_config(k):
    return own_layer(k)(1, len).get_config()


@program
def variadic_arguments_need_a_config(k):
    class Own(k.layers.Layer):
        def __init__(self, *sizes):
            super().__init__()

    return Own(1, 2).get_config()


@program
def models_with_required_arguments_need_a_config(k):
    class Own(k.Model):
        def __init__(self, units):
            super().__init__()

    return Own(3).get_config()


@program
def class_below_dense_has_denses_config(k):
    class Own(k.layers.Dense):
        def __init__(self, units, extra=1, **kwargs):
            super().__init__(units, **kwargs)

    return sorted(Own(3, name="own").get_config())


@program
def tuples_are_read_as_lists(k):
    return k.saving.deserialize_keras_object(k.saving.serialize_keras_object({"a": (1, (2, 3))}))


@program
def a_config_has_a_class_name(k):
    return k.losses.deserialize({})


@program
def names_of_one_kind_are_none_of_another(k):
    return k.constraints.get({"class_name": "L1", "config": {}})


@program
def hard_swish_is_hard_silu(k):
    return k.activations.serialize(k.activations.hard_swish)


# --- layers ---------------------------------------------------------------------------------------------------------


@program
def paths_begin_to_exist_with_build(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__(name="own")
            self.dense, self.flat = k.layers.Dense(2, name="d"), k.layers.Flatten(name="f")

        def call(self, x):
            return self.flat(self.dense(x))

    model, unbuilt = Own(), k.layers.Dense(1)
    before = model.path, unbuilt.path
    model(X)
    return before, model.path, model.dense.path, model.flat.path


@program
def path_of_a_functional_model(k):
    inputs = k.Input((3,))
    return k.Model(inputs, k.layers.ReLU(name="r")(inputs), name="m").path


@program
def names_in_compute_output_shape_must_fit(k):
    class Own(k.layers.Layer):
        def call(self, x, y):
            return x

        def compute_output_shape(self, x, y):
            return x

    return Own()(k.Input((3,)), k.Input((3,)))


@program
def shapes_reach_compute_output_shape_by_name(k):
    class Own(k.layers.Layer):
        def call(self, x, y, z=None):
            return x

        def compute_output_shape(self, y_shape, x_shape, z_shape=None):
            return (*y_shape, *x_shape)

    return Own()(k.Input((3,)), k.Input((4,)))


@program
def stateless_call_needs_a_built_layer(k):
    return k.layers.Dense(2).stateless_call([], [], X)


@program
def a_scope_without_state_makes_no_variable_of_a_value(k):
    with k.StatelessScope():
        k.Variable([1.0])


@program
def call_makes_no_variable_of_a_value_while_shapes_are_inferred(k):
    class Own(k.layers.Layer):
        def call(self, x):
            return x * k.Variable(1.0)

    return Own()(k.Input((3,)))


@program
def call_may_make_a_seed_generator(k):
    class Own(k.layers.Layer):
        def call(self, x):
            return x * k.random.uniform((1,), seed=k.random.SeedGenerator(1))

    return Own()(k.Input((3,)))


@program
def attributes_that_scripts_read(k):
    attention, norm = k.layers.GroupQueryAttention(2, 2, 1, use_bias=False), k.layers.BatchNormalization()
    recurrent = k.layers.GRU(1, use_cudnn=False), k.layers.SimpleRNN(1)
    return (
        [attention.dropout, attention.use_bias, attention.kernel_regularizer, norm.gamma, norm.moving_mean],
        [hasattr(layer, "use_cudnn") for layer in recurrent],
        [k.layers.Dense(1).supports_jit, list(k.layers.Dense(1).call_signature_parameters), k.metrics.F1Score().axis],
        k.RematScope().mode,
    )


@program
def an_attention_of_ones_own_gets_all_masks(k):
    seen = []
    for base, arguments in ((k.layers.MultiHeadAttention, (2, 2)), (k.layers.GroupQueryAttention, (2, 2, 1))):

        class Own(base):
            def _compute_attention(self, query, key, value, attention_mask=None, training=None, *others):
                seen.append((tuple(query.shape), tuple(key.shape), attention_mask))
                return super()._compute_attention(query, key, value, attention_mask, training, *others)

        Own(*arguments, kernel_initializer="ones")(X[None], X[None], use_causal_mask=True)
    return seen


@program
def scalars_are_merged(k):
    return k.layers.Add()([np.float32(1), np.float32(2)]), k.layers.Average()([np.float32(1), np.float32(2)])


@program
def shapes_of_two_directions_are_a_tuple(k):
    return k.layers.Bidirectional(k.layers.GRU(3), merge_mode=None).compute_output_shape((2, 5, 4))


@program
def text_is_no_number(k):
    return k.losses.MeanSquaredError()("a", X)


@program
def axes_of_an_input_spec_are_those_of_its_rank(k):
    k.layers.InputSpec(ndim=2, axes={3: 1})


@program
def ops_keep_their_names_in_configs(k):
    inputs = k.Input((3,), name="i")
    model = k.Model(inputs, k.ops.relu(inputs[:, :2] - 1))
    return [op.name for op in k.Model.from_config(model.get_config()).operations]


# --- models and metrics ---------------------------------------------------------------------------------------------


@program
def optimizer_begins_to_exist_with_compile(k):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
    before = hasattr(model, "optimizer")
    model.compile("sgd")
    return before, model.optimizer.name


@program
def symbolic_results_are_no_layers_of_a_sequential(k):
    k.Sequential().add(k.layers.Dense(1)(k.Input((3,))))


@program
def config_of_a_graph_has_tuples(k):
    inputs = k.Input((3,), name="i")
    return k.Model(inputs, k.layers.ReLU(name="r")(inputs)).get_config()["layers"][1]["inbound_nodes"]


@program
def each_loss_of_a_dict_has_a_weight(k):
    inputs = k.Input((3,))
    model = k.Model(inputs, {name: k.layers.Dense(1, name=name)(inputs) for name in "pq"})
    model.compile("sgd", {"p": "mse", "q": "mae"}, loss_weights={"p": 0.5}, run_eagerly=True)
    model.test_on_batch(X, {"p": X[:, :1], "q": X[:, :1]})


@program
def arrays_are_no_left_operands_of_symbolic_tensors(k):
    return np.ones(3) * k.Input((3,))


@program
def arrays_are_left_operands_while_shapes_are_inferred(k):
    class Own(k.layers.Layer):
        def call(self, x):
            return np.ones(3, "float32") * x

    return Own()(k.Input((3,)))


@program
def one_loss_has_one_weight(k):
    inputs = k.Input((3,))
    ones = {"kernel_initializer": "ones"}
    model = k.Model(inputs, [k.layers.Dense(1, name=name, **ones)(inputs) for name in "pq"])
    model.compile("sgd", "mse", loss_weights=[0.5], run_eagerly=True)
    first = model.test_on_batch(X, [X[:, :1], X[:, :1]])
    model.compile("sgd", "mse", loss_weights=[0.5, 2.0], run_eagerly=True)
    return first, model.test_on_batch(X, [X[:, :1], X[:, :1]])


@program
def generators_yield_tuples(k):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
    model.predict((x for x in [X, X]), verbose=0)


@program
def params_have_verbose_as_it_was_passed(k):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    return model.fit(X, X[:, :1], verbose=False).params


@program
def none_is_no_metric_of_one_output(k):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[None], run_eagerly=True)
    model.test_on_batch(X, X[:, :1])


@program
def counts_of_iou_are_returned(k):
    return k.metrics.IoU(2, [0]).update_state([0, 1, 1], [0, 1, 0])


@program
def negative_tokens_are_rows_from_the_end(k):
    layer = k.layers.Embedding(4, 2, weights=np.arange(8.0).reshape(4, 2))
    model = k.Sequential([layer, k.layers.Flatten(), k.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    model.fit(np.array([[-1, 0], [3, -4]]), np.zeros((2, 1)), verbose=0)
    return np.asarray(layer.embeddings), np.asarray(layer(np.array([-1, -4, 2])))


@program
def registered_arguments_reach_layers_inside(k):
    class Inner(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self._register_call_context_args("amount")

        def call(self, x, amount=1):
            return x + amount

    class Outer(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = [Inner(), Inner()]
            self._register_call_context_args("amount")

        def call(self, x):
            return self.inner[1](self.inner[0](x, amount=5))

    layer, x = Outer(), np.zeros((1, 1), "float32")
    inputs = k.Input((1,))
    model = k.Model(inputs, Outer()(inputs, amount=2))
    return [float(y[0, 0]) for y in (layer(x), layer(x, amount=3), layer(x), model(x))]


@program
def attention_asks_its_steps(k):
    class Own(k.layers.Attention):
        def _calculate_scores(self, query, key):
            return super()._calculate_scores(query, key) * 0

        def _calculate_score_mask(self, scores, v_mask, use_causal_mask):
            return super()._calculate_score_mask(scores, v_mask, True)

    x = np.arange(6, dtype="float32").reshape(1, 3, 2)
    return np.asarray(Own()([x, x], mask=[None, np.array([[True, True, False]])]))


@program
def a_scalar_has_no_spectrum(k):
    return k.ops.rfft(np.array(1.0, "float32"))


@program
def a_sampling_rate_is_an_integer(k):
    return k.utils.audio_dataset_from_directory("nowhere", sampling_rate=1.2)


@program
def functions_in_graphs(k):
    @k.saving.register_keras_serializable("found")
    def double(x):
        return x * 2

    @k.saving.register_keras_serializable("found")
    def add(a, b):
        return a + b

    x, found = k.Input((3,)), []
    for y in (
        k.ops.map(double, x),
        k.ops.vectorized_map(double, x),
        k.ops.switch(0, [double, k.ops.relu], x),
        k.ops.associative_scan(add, x, reverse=True, axis=1),
        k.ops.scan(lambda total, row: (add(total, row), total), np.zeros(3, "float32"), x)[1],
    ):
        model = k.Model(x, y)
        found.append((type(model.layers[-1]).__name__, np.asarray(model(X))))
        try:
            found.append(np.asarray(k.models.model_from_json(model.to_json())(X)))
        except ValueError as error:  # a lambda
            found.append(isinstance(error, ValueError))
    return found


@program
def loops_in_graphs_have_no_config(k):
    x, found = k.Input((3,)), []
    for y in (k.ops.while_loop(lambda x: k.ops.sum(x) < 9, lambda x: x + 1, x), k.ops.fori_loop(0, 3, k.ops.add, x)):
        model = k.Model(x, y)
        found.append(np.asarray(model(X)))
        with pytest.raises(NotImplementedError):
            model.to_json()
    return found


@program
def lists_of_numpys_numbers(k):
    found = []
    for dtype in ("float16", "float32", "float64", "int8", "uint32", "int64", "bool", "complex64"):
        one = np.ones(2, dtype)
        for nested in ([one, one], [one[0]], [[one[0]]], [one[0], one[0]], [True, one[0]]):
            try:
                found.append(k.backend.standardize_dtype(k.ops.convert_to_tensor(nested).dtype))
            except ValueError:
                found.append(None)
    return found


@program
def products_of_complex_numbers(k):
    z = np.array([[1 + 1j, 2 - 1j, 0], [0.5j, 3, 1]], "complex64")
    return k.ops.vdot(z, z[::-1]), k.ops.corrcoef(z), k.ops.eigh(z[:, :2] @ z[:, :2].conj().T)[0]


@program
def symbolic_dtypes_of_layers_that_move_elements(k):
    x = k.Input((4, 4, 3), dtype="uint8")
    made = k.layers.Flatten(), k.layers.Reshape((-1,)), k.layers.Permute((2, 1, 3)), k.layers.RandomGrayscale()
    return [layer(x).dtype for layer in (*made, k.layers.Equalization(), k.layers.ZeroPadding2D())]


@program
def lists_of_numbers_are_no_data(k):
    for x, y in ((X.tolist(), X), (X, X.tolist()), ([1.0, 2.0], X[:2])):
        model = k.Sequential([k.layers.Dense(3)])
        model.compile("sgd", "mse")
        for method in (model.fit, model.evaluate, model.train_on_batch):
            with pytest.raises(ValueError, match=r"list of numbers|nrecognized|structure|ambiguous"):
                method(x, y)
    weights = np.ones(4).tolist()
    return np.isfinite(model.train_on_batch(X, X, sample_weight=weights))


@program
def symbolic_losses_are_added_in_a_call(k):
    x, found = k.Input((3,)), []
    for model in (k.Model(x, k.layers.Dense(2)(x)), k.Sequential([k.Input((3,)), k.layers.Dense(2)])):
        with pytest.raises((NotImplementedError, ValueError)) as raised:
            model.add_loss(k.ops.sum(model.outputs[0]))
        found.append(raised.type.__name__)
    return found


@program
def the_shape_of_inputs_has_two_names_in_layers(k):
    found = []
    for cls, arguments in ((k.layers.Dense, (2,)), (k.layers.Embedding, (4, 2)), (k.layers.LSTM, (2,))):
        for shape in ({"batch_input_shape": (None, 3)}, {"batch_size": 2, "input_shape": (3,)}, {"input_shape": (3,)}):
            try:
                found.append(cls(*arguments, **shape) is not None)
            except ValueError as error:
                found.append("nrecognized" in str(error))
    with pytest.raises(TypeError):
        k.Input(batch_input_shape=(2, 3))
    layer = k.layers.InputLayer(batch_input_shape=(2, 3))
    return found, layer.batch_shape


@program
def layers_of_ones_own_say_their_output_shape(k):
    class Own(k.layers.Layer):
        def call(self, x):
            return x * 2

    x = k.Input((3, 4))
    found = [Own()(x).shape, k.Sequential([k.Input((3,)), Own()]).compute_output_shape((2, 3))]
    found.append(k.Model(x, Own()(x)).compute_output_shape((5, 3, 4)))
    calls = (
        lambda: Own().compute_output_shape((2, 3)),
        lambda: k.Sequential([Own()]).compute_output_shape((2, 3)),
        lambda: k.layers.TimeDistributed(Own())(x),
        lambda: k.layers.Wrapper(Own()).compute_output_shape((2, 3)),
        lambda: k.layers.Layer().compute_output_shape((2, 3)),
    )
    for call in calls:
        with pytest.raises(NotImplementedError):
            call()
    return found, k.layers.Lambda(lambda x: x * 2).compute_output_shape((2, 3))
