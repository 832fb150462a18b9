"""Programs with extension types: what is defined, converted, refused, passed and dispatched."""

import copy
import inspect
from collections.abc import Mapping
from typing import List, Optional, Tuple, Union  # noqa: UP035  as programs of the time write them

import numpy as np

from tests.parity.compat.snippets import Raised, outcome

PROGRAMS = []


def program(function):
    """Decorator: one of the programs."""
    PROGRAMS.append(function)
    return function


def results(*calls):
    """What each call returns, or the name of its error."""
    found = [outcome(lambda _, call=call: call(), None) for call in calls]
    return [result.name if isinstance(result, Raised) else result for result in found]


def masked(tf):
    """The type of the guide: numbers, of which a mask tells which count."""

    class Masked(tf.experimental.BatchableExtensionType):
        values: tf.Tensor
        mask: tf.Tensor

        shape = property(lambda self: self.values.shape)
        dtype = property(lambda self: self.values.dtype)

        def __repr__(self):
            pairs = zip(self.values.numpy().ravel().tolist(), self.mask.numpy().ravel().tolist(), strict=True)
            return f"<{list(self.values.shape)} {[value if counts else '_' for value, counts in pairs]}>"

        def with_values(self, values):
            return Masked(values, self.mask)

        class Spec:
            def __init__(self, shape, dtype=tf.float32):
                self.values = tf.TensorSpec(shape, dtype)
                self.mask = tf.TensorSpec(shape, tf.bool)

            def __repr__(self):
                return f"Spec({self.values.shape}, {self.values.dtype.name})"

    return Masked


def kinds(tf):
    """A type with fields of every kind."""

    class Kinds(tf.experimental.ExtensionType):
        i: int
        f: float
        s: str
        b: bool
        n: None
        shape: tf.TensorShape
        dtype: tf.DType
        u: Union[int, float]  # noqa: UP007
        p: Tuple[int, float]  # noqa: UP006
        numbers: tuple[int, ...]
        tags: Mapping[str, str]
        o: Optional[tf.Tensor] = None  # noqa: UP045

    given = {
        "i": 1,
        "f": 2.0,
        "s": "a",
        "b": True,
        "n": None,
        "shape": [None, 2],
        "dtype": "float32",
        "u": 3,
        "p": (1, 2.0),
        "numbers": [1, 2],
    }
    return lambda **changed: Kinds(**{**given, "tags": {"a": "b"}, **changed})


@program
def fields(tf):
    make = kinds(tf)
    changes = [
        {"i": 1.5},
        {"i": True},
        {"f": 1},
        {"s": b"a"},
        {"b": 0},
        {"n": 1},
        {"shape": 3},
        {"dtype": "no"},
        {"u": "a"},
        {"u": 2.5},
        {"p": (1,)},
        {"p": [1, 2.0]},
        {"numbers": "ab"},
        {"numbers": (1, 2.5)},
        {"numbers": []},
        {"tags": {"a": 1}},
        {"tags": [1]},
        {"o": [1.0, 2.0]},
        {"o": object()},
        {"i": np.int32(3)},
        {"f": np.float32(2)},
        {"dtype": tf.int8},
        {"shape": tf.TensorShape(None)},
    ]
    return results(
        lambda: repr(make()), *[lambda change=change: repr(make(**change)).split("(", 1)[1] for change in changes]
    )


@program
def definitions(tf):
    def defined(annotations, **members):
        return type("C", (tf.experimental.ExtensionType,), {"__annotations__": annotations, **members}) and None

    annotations = [
        list[int],
        dict,
        np.ndarray,
        object,
        tf.Variable,
        Mapping[int, tf.Tensor],
        tuple[tf.Tensor, ...],
        bytes,
    ]
    return results(
        *[lambda annotation=annotation: defined({"x": annotation}) for annotation in annotations],
        lambda: defined({"self": int}),
        lambda: defined({"Spec": int}),
        lambda: defined({"_x": int}),
        lambda: defined({"x": int}, x="a"),
        lambda: defined({"x": int, "y": int}, x=1),
        lambda: defined({}, z=3),
        lambda: defined({"x": int}, Spec=3),
        lambda: tf.experimental.ExtensionType(),
    )


@program
def arguments(tf):
    class Pencil(tf.experimental.ExtensionType):
        color: str = "black"
        length: tf.Tensor = 1.0

    class Long(Pencil):
        owner: str

    Masked = masked(tf)
    return results(
        lambda: repr(Pencil()),
        lambda: repr(Pencil("blue", 2)),
        lambda: repr(Long(owner="a")),
        lambda: Long("a", 1, "b"),
        lambda: Masked([1]),
        lambda: Masked([1], [True], 3),
        lambda: Masked([1], mask=[True], x=1),
        lambda: [p.kind.name for p in inspect.signature(Long).parameters.values()],
        lambda: Pencil(3),
    )


@program
def constructors_of_ones_own(tf):
    class Toy(tf.experimental.ExtensionType):
        name: str
        price: tf.Tensor

        def __init__(self, name, price, discount=0):
            self.name = name
            self.price = price * (1 - discount)

    class Forgetful(tf.experimental.ExtensionType):
        x: tf.Tensor
        y: int

        def __init__(self, x):
            self.x = x

    class Talkative(tf.experimental.ExtensionType):
        x: tf.Tensor

        def __init__(self, x):
            self.x, self.more = x, 1

    class Checked(tf.experimental.ExtensionType):
        values: tf.Tensor
        mask: tf.Tensor

        def __validate__(self):
            self.values.shape.assert_is_compatible_with(self.mask.shape)
            assert self.mask.dtype.is_bool

    return results(
        lambda: Toy("ball", 5.0, discount=0.5).price,
        lambda: Forgetful(1),
        lambda: Talkative(1),
        lambda: Checked([1, 2], [True, False]).mask,
        lambda: Checked([1], [1]),
        lambda: Checked([1, 2], [True]),
    )


@program
def never_changes(tf):
    value = masked(tf)([1, 2], [True, False])
    tagged = kinds(tf)()

    def set_item():
        tagged.tags["a"] = "c"

    return results(
        lambda: setattr(value, "mask", [True]),
        lambda: setattr(value, "other", 1),
        lambda: delattr(value, "mask"),
        set_item,
        lambda: hash(value),
        lambda: repr(copy.deepcopy(value)),
        lambda: setattr(value._type_spec, "mask", 1),
    )


@program
def equality(tf):
    Masked = masked(tf)
    a = Masked([1, 2], [True, False])
    others = [
        a,
        Masked([1, 2], [True, False]),
        Masked([1, 3], [True, False]),
        Masked([1.0, 2], [True, False]),
        a.values,
    ]
    return [a == other for other in others], [a != other for other in others]


@program
def specs(tf):
    class Player(tf.experimental.ExtensionType):
        name: tf.Tensor
        attributes: Mapping[str, tf.Tensor]

    anne = Player("Anne", {"height": 8.5, "speed": 28.0})
    spec = tf.type_spec_from_value(anne)
    return (
        repr(spec),
        repr(anne),
        isinstance(spec, tf.TypeSpec),
        spec == Player.Spec.from_value(anne),
        spec.value_type is Player,
        spec.is_compatible_with(anne),
        spec.is_compatible_with(Player("Bo", {"height": 1.0})),
        spec.is_compatible_with(tf.constant(1)),
        hash(spec) == hash(tf.type_spec_from_value(anne)),
        *results(lambda: Player.Spec(1, {}), lambda: Player.Spec(tf.TensorSpec([])), lambda: Player.Spec(spec, {})),
        repr(masked(tf).Spec([3])),
        repr(spec.most_specific_common_supertype([Player.Spec(tf.TensorSpec([2], tf.string), spec.attributes)])),
        spec.is_subtype_of(Player.Spec(tf.TensorSpec(None, tf.string), spec.attributes)),
    )


@program
def functions(tf):
    Masked = masked(tf)
    traces = []

    @tf.function
    def doubled(x, key="a"):
        traces.append(1)
        return {key: Masked(x.values * 2, x.mask), "sum": tf.reduce_sum(x.values)}

    two, three = Masked([1.0, 2], [True, False]), Masked([1.0, 2, 3], [True, False, True])
    found = [repr(doubled(x)["a"]) for x in (two, two, two, three, three, three, two)]
    count = doubled.experimental_get_tracing_count()

    @tf.function(input_signature=[Masked.Spec([2])])
    def total(x):
        return tf.reduce_sum(x.values)

    concrete = tf.function(lambda x: x.values + 1.0).get_concrete_function(Masked.Spec([2]))
    return found, count, concrete(two), *results(lambda: total(two), lambda: total(three), lambda: total(3.0))


@program
def kinds_of_arguments_with_one_shape(tf):
    """The structure of the arguments matters too: dicts with other keys, a list or a tuple."""

    @tf.function
    def chosen(x):
        return x["a"] * 3 if isinstance(x, dict) and "a" in x else -x["b"] if isinstance(x, dict) else x[0] + len(x)

    x = tf.constant([2.0])
    calls = [{"a": x}] * 4 + [{"b": x}] * 4 + [[x]] * 4 + [(x,)] * 4
    return [chosen(call) for call in calls], chosen.experimental_get_tracing_count()


@program
def control_flow(tf):
    Masked = masked(tf)
    a, b = Masked([1.0, 2, 3], [True, False, True]), Masked([22.0, 33], [True, True])
    loop = tf.while_loop(lambda i, _: i < 4, lambda i, x: (i + 1, x.with_values(x.values * 2)), [0, b])
    return (
        repr(tf.cond(tf.constant(True), lambda: a, lambda: b)),
        repr(tf.case([(tf.constant(False), lambda: a)], lambda: b)),
        loop[0],
        repr(loop[1]),
        repr(tf.identity(a)),
        tf.is_tensor(a),
        tf.py_function(lambda x: x.values + 1.0, [a], tf.float32),
    )


@program
def nests(tf):
    class Pair(tf.experimental.ExtensionType):
        first: tf.Tensor
        rest: Mapping[str, tf.Tensor]
        rows: tf.RaggedTensor

    pair = Pair(1, {"b": 2, "a": 3.0}, tf.ragged.constant([[1], [2, 3]]))
    nest = tf.nest
    twice = nest.map_structure(lambda x: x * 1, pair, expand_composites=True)
    return (
        nest.flatten(pair)[0] is pair,
        nest.is_nested(pair),
        nest.flatten([pair, 3], expand_composites=True),
        twice.first,
        dict(twice.rest),
        twice.rows.flat_values,
        repr(tf.type_spec_from_value(pair)),
        tf.experimental.extension_type.as_dict(pair)["first"],
    )


@program
def gradients(tf):
    Masked = masked(tf)
    variable = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        x = Masked(variable * 2, [True, False])
        loss = tf.reduce_sum(tf.function(lambda x: x.values**2)(x))
    return tape.gradient(loss, variable), tape.gradient(loss, x.values)


@program
def data_sets(tf):
    Masked, Dataset = masked(tf), tf.data.Dataset
    rows = Masked(tf.reshape(tf.range(12), [4, 3]), tf.reshape(tf.range(12), [4, 3]) % 2 == 0)
    data = Dataset.from_tensor_slices(rows)

    def generated():
        for i in range(2, 4):
            yield Masked(list(range(3)), [j % i != 0 for j in range(3)])

    sets = [
        data,
        data.batch(3),
        data.batch(3).unbatch(),
        data.map(lambda x: x.with_values(x.values * 2)),
        Dataset.range(3).map(lambda i: Masked(tf.stack([i, i]), [True, False])),
        data.filter(lambda x: x.values[0] > 3),
        Dataset.from_tensors(rows),
        Dataset.from_generator(generated, output_signature=Masked.Spec([3], tf.int32)),
        Dataset.zip((data, Dataset.range(4))),
        Dataset.from_tensor_slices((rows, tf.range(4))).batch(2),
        data.repeat(2).skip(1).cache(),
        data.concatenate(data),
        data.shuffle(4, seed=1),
    ]
    total = data.reduce(0, lambda total, x: total + tf.reduce_sum(x.values))
    found = [[repr(x) if not isinstance(x, tuple) else (repr(x[0]), x[1]) for x in one] for one in sets[:-1]]
    return found, len(list(sets[-1])), [repr(one.element_spec) for one in sets[:3]], total


@program
def batches(tf):
    class Network(tf.experimental.BatchableExtensionType):
        shape: tf.TensorShape
        work: tf.Tensor
        links: tf.Tensor

        def __init__(self, work, links):
            self.work, self.links = tf.convert_to_tensor(work), tf.convert_to_tensor(links)
            self.shape = self.work.shape[:-1].merge_with(self.links.shape[:-2])

    class Plain(tf.experimental.ExtensionType):
        x: tf.Tensor

    networks = Network([[8.0, 5], [3, 2]], [[[0.0, 1], [1, 0]], [[0, 2], [2, 0]]])
    data = tf.data.Dataset.from_tensor_slices(networks)
    spec = networks._type_spec
    moved = tf.map_fn(lambda one: Network(one.work * 2, one.links), networks)
    encoder = tf.experimental.ExtensionTypeBatchEncoder()
    return (
        repr(list(data)),
        repr(list(data.batch(2))),
        repr(moved),
        repr(spec),
        tf.map_fn(lambda one: one.work[0], networks, fn_output_signature=tf.float32),
        tf.vectorized_map(lambda one: one.work + 1.0, networks),
        repr(encoder.batch(spec, 3)),
        repr(encoder.unbatch(spec)),
        *results(
            lambda: tf.data.Dataset.from_tensor_slices(Plain([1])),
            lambda: list(tf.data.Dataset.from_tensors(Plain([1])).batch(2)),
        ),
    )


@program
def keras_takes_none(tf):
    class Pair(tf.experimental.BatchableExtensionType):
        shape: tf.TensorShape
        x: tf.Tensor

    class Sum(tf.keras.layers.Layer):
        def call(self, pair):
            return pair.x * 2

    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    pair = Pair([2], [[1.0], [2.0]])
    return results(lambda: Sum()(pair), lambda: model.fit(pair, np.ones((2, 1)), verbose=0))


@program
def versions_of_functions(tf):
    Masked = masked(tf)
    experimental = tf.experimental
    x, y = Masked([1, -2, 3], [True, True, False]), Masked([4, 5, 6], [False, True, True])
    before = results(lambda: tf.stack([x, y]), lambda: tf.abs(x), lambda: tf.add(x, y), lambda: tf.reduce_sum(x))

    @experimental.dispatch_for_api(tf.stack)
    def stack(values: List[Masked], axis=0):  # noqa: UP006
        return Masked(tf.stack([v.values for v in values], axis), tf.stack([v.mask for v in values], axis))

    @experimental.dispatch_for_unary_elementwise_apis(Masked)
    def unary(function, x):
        return Masked(function(x.values), x.mask)

    either = Union[Masked, tf.Tensor]  # noqa: UP007

    @experimental.dispatch_for_binary_elementwise_apis(either, either)
    def binary(function, x, y):
        x, y = (v if isinstance(v, Masked) else Masked(v, tf.ones_like(v, tf.bool)) for v in (x, y))
        return Masked(function(x.values, y.values), x.mask & y.mask)

    @experimental.dispatch_for_binary_elementwise_assert_apis(Masked, Masked)
    def asserted(function, x, y):
        return function(x.values, y.values)

    @experimental.dispatch_for_api(tf.reduce_sum, {"input_tensor": Masked})
    def reduce_sum(input_tensor, axis=None, keepdims=False):
        return tf.reduce_sum(tf.where(input_tensor.mask, input_tensor.values, 0), axis, keepdims)

    calls = [
        lambda: tf.stack([x, y]),
        lambda: tf.stack((x, y), axis=1),
        lambda: tf.stack([x, tf.constant([1, 2, 3])]),
        lambda: tf.abs(x),
        lambda: tf.math.negative(x),
        lambda: tf.cast(x, tf.float32),
        lambda: tf.ones_like(x, dtype=tf.float32),
        lambda: tf.nn.relu(x),
        lambda: tf.clip_by_value(x, -1, 1),
        lambda: tf.strings.as_string(x),
        lambda: tf.math.sign(x=x),
        lambda: tf.add(x, y),
        lambda: tf.add(x, tf.constant(1)),
        lambda: tf.maximum(x=x, y=y, name="m"),
        lambda: tf.equal(x, y),
        lambda: tf.reduce_sum(x),
        lambda: tf.reduce_sum(x, name="s", axis=0),
        lambda: tf.reduce_mean(x),
        lambda: tf.debugging.assert_less(x, y),
        lambda: tf.debugging.assert_equal(x, y),
        lambda: tf.constant(1) + 1,
        lambda: experimental.dispatch_for_api(tf.reduce_max)(lambda a: a),
        lambda: experimental.dispatch_for_api(len),
        lambda: experimental.dispatch_for_unary_elementwise_apis(Masked)(unary),
    ]
    found = [repr(one) if isinstance(one, Masked) else one for one in results(*calls)]
    for version in (stack, unary, binary, reduce_sum):  # TensorFlow forgets `asserted` with an error
        experimental.unregister_dispatch_for(version)
    after = results(*calls[:4], lambda: experimental.unregister_dispatch_for(stack))
    return before, found[:21], found[21:], after
