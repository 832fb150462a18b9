"""Every optimizer on the same numbers as the live tf.keras.

One run of an optimizer has all kinds of gradients at once: a matrix with usual ones, a vector with tiny ones, and an
embedding table with rows, several of them for one token. After many steps the weights and every slot are compared.
"""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from minikeras.autodiff import IndexedSlices, Tensor, Variable  # noqa: E402
from tests.parity.comparing import SAME_OPERATIONS, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

STEPS = 50
STEPS_OF_SHARED_OPTIONS = 15  # in which all of them have acted at least twice
ROWS, WIDTH, ROWS_READ = 9, 5, 8
SUMS = 3e-6  # a norm or mean, whose terms are summed in another order: 1e-7, which the later steps build on
POWERS = 1e-5  # TensorFlow's vectorised x^p errs in its last bit (1 in 4), and Ftrl takes differences of such powers
GRAPH = 5e-6  # inside tf.function TensorFlow rewrites divisions (x / √y → x · rsqrt(y)) and orders of factors

DEFAULTS = {
    "SGD": {"learning_rate": 0.05},
    "RMSprop": {},
    "Adam": {},
    "AdamW": {},
    "Adagrad": {"learning_rate": 0.05},
    "Adadelta": {"learning_rate": 1.0},
    "Adamax": {},
    "Adafactor": {"learning_rate": 0.05},
    "Nadam": {},
    "Ftrl": {"learning_rate": 0.05},
    "Lion": {},
    "Lamb": {},
    "Muon": {},
    "ScheduleFreeAdamW": {},
}
OWN_OPTIONS = [
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"nesterov": True}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "rho": 0.95, "epsilon": 1e-3}),
    ("Adam", {"amsgrad": True}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    ("AdamW", {"amsgrad": True, "weight_decay": 0.1}),
    ("Adagrad", {"initial_accumulator_value": 0.5, "epsilon": 1e-3}),
    ("Adadelta", {"rho": 0.8, "epsilon": 1e-4}),
    ("Adamax", {"beta_1": 0.8, "beta_2": 0.9}),
    ("Adafactor", {"relative_step": False, "clip_threshold": 0.5, "beta_2_decay": -0.5, "epsilon_2": 1e-2}),
    ("Nadam", {"beta_1": 0.8, "beta_2": 0.9}),
    ("Ftrl", {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02, "beta": 0.1}),
    ("Ftrl", {"l2_shrinkage_regularization_strength": 0.03, "initial_accumulator_value": 0.5}),
    ("Ftrl", {"learning_rate_power": -0.7}),
    ("Lion", {"beta_1": 0.8, "beta_2": 0.9}),
    ("Lamb", {"beta_1": 0.8, "epsilon": 1e-3}),
    ("Muon", {"nesterov": False, "rms_rate": None, "adam_lr_ratio": 0.5}),
    ("Muon", {"exclude_layers": ["matrix"], "exclude_embeddings": False, "adam_weight_decay": 0.1}),
    ("ScheduleFreeAdamW", {"warmup_steps": 10, "weight_decay": 0.01}),
]
SHARED_OPTIONS = [
    {"weight_decay": 0.05},
    {"clipvalue": 0.3},
    {"clipnorm": 0.5},
    {"global_clipnorm": 1.0},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 7},
    {"gradient_accumulation_steps": 3},
    {"gradient_accumulation_steps": 2, "use_ema": True, "clipvalue": 0.3, "weight_decay": 0.01},
]
RUNS = [
    *((name, {}) for name in DEFAULTS),
    *OWN_OPTIONS,
    *(
        pytest.param(name, options, marks=[] if name in ("Adam", "Ftrl") else pytest.mark.full)
        for name in DEFAULTS
        for options in SHARED_OPTIONS
    ),
]
SUMMING = ("Adafactor", "Lamb", "Muon")


def group_and_tolerance(name, options):
    if "clipnorm" in options or "global_clipnorm" in options:
        return "optimizers: clipped by a norm", POWERS if name == "Ftrl" else SUMS
    allowed = POWERS if name == "Ftrl" else SUMS if name in SUMMING else SAME_OPERATIONS
    return f"optimizers: {name}", allowed


def start_values():
    rng = np.random.default_rng(0)
    shapes = {"matrix": (7, 4), "tiny": (6,), "embedding_table": (ROWS, WIDTH)}
    return {name: rng.normal(size=shape).astype("float32") for name, shape in shapes.items()}


def gradients_of_step(step, sparse=True):
    """(ours, theirs): gradients for the variables of `start_values`."""
    rng = np.random.default_rng(1000 + step)
    matrix = rng.normal(size=(7, 4)).astype("float32")
    tiny = (1e-12 * rng.normal(size=6)).astype("float32")
    if not sparse:
        table = rng.normal(size=(ROWS, WIDTH)).astype("float32")
        return [Tensor(g) for g in (matrix, tiny, table)], [tf.constant(g) for g in (matrix, tiny, table)]
    values = rng.normal(size=(ROWS_READ, WIDTH)).astype("float32")
    indices = rng.integers(0, ROWS - 3, ROWS_READ)  # at least two alike; the last three rows are never read
    ours = [Tensor(matrix), Tensor(tiny), IndexedSlices(values, indices, (ROWS, WIDTH))]
    slices = tf.IndexedSlices(tf.constant(values), tf.constant(indices), tf.constant([ROWS, WIDTH]))
    return ours, [tf.constant(matrix), tf.constant(tiny), slices]


def make_both(name, options):
    """(optimizer, variables) on both sides."""
    ours = [Variable(value, name=path) for path, value in start_values().items()]
    theirs = [keras.Variable(value, name=path) for path, value in start_values().items()]
    arguments = {**DEFAULTS[name], **options}
    optimizers = [getattr(library.optimizers, name)(**arguments) for library in (minikeras, keras)]
    return (optimizers[0], ours), (optimizers[1], theirs)


def assert_same_state(group, ours, theirs, allowed):
    (optimizer, variables), (keras_optimizer, keras_variables) = ours, theirs
    state = list(zip(optimizer.variables, keras_optimizer.variables, strict=True))
    assert [a.path for a, _ in state] == [b.path for _, b in state]
    assert [a.name for a, _ in state] == [b.name for _, b in state]
    assert [a.dtype for a, _ in state] == [b.dtype for _, b in state]
    for a, b in [*zip(variables, keras_variables, strict=True), *state]:
        value, expected = a.numpy(), b.numpy()
        largest = np.abs(expected).max()
        if 0 < largest < 1:  # `assert_close` takes small arrays for zeros; those of tiny gradients shall count in full
            value, expected = value / np.float64(largest), expected / np.float64(largest)
        assert_close(group, value, expected, allowed, b.path)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("name, options", RUNS, ids=str)
def test_many_steps(name, options):
    ours, theirs = make_both(name, options)
    for step in range(STEPS_OF_SHARED_OPTIONS if options in SHARED_OPTIONS else STEPS):
        gradients, keras_gradients = gradients_of_step(step)
        ours[0].apply_gradients(zip(gradients, ours[1], strict=True))
        theirs[0].apply_gradients(zip(keras_gradients, theirs[1], strict=True))
    group, allowed = group_and_tolerance(name, options)
    assert_same_state(group, ours, theirs, allowed)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", DEFAULTS)
def test_fifty_steps_inside_a_tf_function(name):
    """As `fit` runs them: TensorFlow rewrites the graph before it computes."""
    ours, theirs = make_both(name, {})
    keras_optimizer, keras_variables = theirs
    ours[0].build(ours[1])
    keras_optimizer.build(keras_variables)
    compiled = tf.function(lambda *gradients: keras_optimizer.apply(gradients, keras_variables))
    for step in range(STEPS):
        gradients, keras_gradients = gradients_of_step(step, sparse=False)
        ours[0].apply(gradients, ours[1])
        compiled(*keras_gradients)
    assert_same_state("optimizers in tf.function", ours, theirs, GRAPH)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", ["SGD", "Adam", "Nadam", "Adafactor"])
def test_learning_rate_that_changes(name):
    schedules = [
        library.optimizers.schedules.CosineDecay(0.01, 30, warmup_target=0.1, warmup_steps=10)
        for library in (minikeras, keras)
    ]
    ours, theirs = make_both(name, {})
    for step in range(STEPS):
        gradients, keras_gradients = gradients_of_step(step)
        for (optimizer, variables), values in ((ours, gradients), (theirs, keras_gradients)):
            if step == 5:
                optimizer.learning_rate = 0.02
            if step == 10:
                optimizer.learning_rate = schedules[optimizer is theirs[0]]
            optimizer.apply(values, variables)
    assert_same_state("optimizers: changing rate", ours, theirs, SUMS)


def test_loss_scale_optimizer_over_infinite_gradients():
    ours, theirs = make_both("Adam", {})
    wrapped = [
        (library.optimizers.LossScaleOptimizer(optimizer, initial_scale=64.0, dynamic_growth_steps=3), variables)
        for library, (optimizer, variables) in ((minikeras, ours), (keras, theirs))
    ]
    for step in range(STEPS):
        gradients, keras_gradients = gradients_of_step(step)
        if step % 7 == 3:
            gradients[0] = Tensor(np.full((7, 4), np.inf, "float32"))
            keras_gradients[0] = tf.constant(gradients[0].numpy())
        for (optimizer, variables), values in zip(wrapped, (gradients, keras_gradients), strict=True):
            optimizer.apply(values, variables)
    assert_same_state("optimizers: LossScaleOptimizer", *wrapped, SAME_OPERATIONS)


def test_multi_optimizer():
    states = []
    for library, (_, variables) in zip((minikeras, keras), make_both("SGD", {}), strict=True):
        optimizers = library.optimizers
        mapping = optimizers.OptimizerMap(optimizers.Adam(), {"embed.*": optimizers.SGD(0.1, momentum=0.9)})
        states.append((optimizers.MultiOptimizer(mapping), variables))
    for step in range(STEPS):
        for (optimizer, variables), values in zip(states, gradients_of_step(step), strict=True):
            optimizer.apply(values, variables)
    assert_same_state("optimizers: MultiOptimizer", *states, SAME_OPERATIONS)


def test_excluded_variables_and_constraints():
    ours, theirs = make_both("AdamW", {"weight_decay": 0.5})
    for library, (optimizer, variables) in ((minikeras, ours), (keras, theirs)):
        optimizer.exclude_from_weight_decay(var_list=[variables[0]], var_names=["table"])
        variables[0].constraint = library.constraints.MaxNorm(1.0)
        variables[1].constraint = library.constraints.NonNeg()
    for step in range(STEPS):
        gradients, keras_gradients = gradients_of_step(step)
        ours[0].apply(gradients, ours[1])
        theirs[0].apply(keras_gradients, theirs[1])
    assert_same_state("optimizers: constraints", ours, theirs, SUMS)


def test_finalizing_the_moving_average():
    ours, theirs = make_both("Adam", {"use_ema": True})
    for step in range(5):
        gradients, keras_gradients = gradients_of_step(step)
        ours[0].apply(gradients, ours[1])
        theirs[0].apply(keras_gradients, theirs[1])
    for optimizer, variables in (ours, theirs):
        optimizer.finalize_variable_values(variables)
    assert_same_state("optimizers: Adam", ours, theirs, SAME_OPERATIONS)


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Lion", "Lamb"])
@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_other_dtypes(name, dtype):
    rng = np.random.default_rng(0)
    start = rng.normal(size=20).astype(dtype)
    ours, theirs = Variable(start, name="w"), keras.Variable(start, name="w", dtype=dtype)
    optimizer, keras_optimizer = [getattr(library.optimizers, name)(0.01) for library in (minikeras, keras)]
    for _ in range(10):
        g = rng.normal(size=20).astype(dtype)
        optimizer.apply([Tensor(g)], [ours])
        keras_optimizer.apply([tf.constant(g)], [theirs])
    one_rounding = np.finfo(dtype).eps
    assert_close(f"optimizers in {dtype}", ours.numpy(), theirs.numpy(), 8 * one_rounding, name)


# --- configs, names and mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, options", [*((name, {}) for name in DEFAULTS), *OWN_OPTIONS], ids=str)
def test_configs(name, options):
    ours, theirs = [getattr(library.optimizers, name)(**options) for library in (minikeras, keras)]
    assert list(ours.get_config().items()) == list(theirs.get_config().items())
    config = keras.optimizers.serialize(theirs)
    assert minikeras.optimizers.serialize(ours) == config
    assert minikeras.optimizers.serialize(minikeras.optimizers.deserialize(config)) == config
    if name != "Lamb":  # Keras 3.15.1 forgot it in its table: it gives the string "Lamb" back
        assert keras.optimizers.serialize(keras.optimizers.deserialize(minikeras.optimizers.serialize(ours))) == config


@pytest.mark.parametrize(
    "make",
    [
        lambda optimizers: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
        lambda optimizers: optimizers.LossScaleOptimizer(optimizers.SGD(momentum=0.5), initial_scale=8.0),
        lambda optimizers: optimizers.MultiOptimizer(
            optimizers.OptimizerMap(optimizers.SGD(), {"a": optimizers.Adam()})
        ),
    ],
)
def test_nested_configs(make):
    ours, theirs = [library.optimizers.serialize(make(library.optimizers)) for library in (minikeras, keras)]
    assert ours == theirs
    assert minikeras.optimizers.serialize(minikeras.optimizers.deserialize(theirs)) == theirs


@pytest.mark.parametrize("name", DEFAULTS)
def test_variables_of_a_layer(name):
    paths = []
    for library in (minikeras, keras):
        layer = library.layers.Dense(2)
        layer.build((None, 3))
        optimizer = getattr(library.optimizers, name)(use_ema=True, gradient_accumulation_steps=2)
        optimizer.build(layer.trainable_variables)
        paths.append([(v.path, v.name, v.dtype, tuple(v.shape)) for v in optimizer.variables])
        paths[-1].append([v.numpy().tolist() for v in optimizer.variables if name != "ScheduleFreeAdamW"])
    assert paths[0] == paths[1]


@pytest.mark.parametrize(
    "use",
    [
        lambda optimizers: optimizers.get("adm"),
        lambda optimizers: optimizers.get(3),
        lambda optimizers: optimizers.Adam(lr=0.1),
        lambda optimizers: optimizers.Adam(learning_rate=1),
        lambda optimizers: optimizers.SGD(momentum=1),
        lambda optimizers: optimizers.AdamW(weight_decay=None),
        lambda optimizers: optimizers.Adam(clipnorm=1.0, clipvalue=1.0),
        lambda optimizers: optimizers.Adam(gradient_accumulation_steps=1),
        lambda optimizers: optimizers.Adam(use_ema=True, ema_momentum=2.0),
        lambda optimizers: optimizers.SGD().apply([np.ones(1)]),
        lambda optimizers: optimizers.SGD().set_weights([]),
        lambda optimizers: optimizers.SGD().apply_gradients([]),
        lambda optimizers: optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0),
        lambda optimizers: optimizers.legacy.SGD(),
        lambda optimizers: setattr(optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10)), "learning_rate", 0.5),
    ],
)
def test_mistakes_raise_the_same_kind_of_error(use):
    with pytest.raises(Exception) as theirs:  # noqa: PT011  which one is what the test finds out
        use(keras.optimizers)
    with pytest.raises(theirs.type):
        use(minikeras.optimizers)
