"""SavedModels that are written message by message: what is run, what is refused, and what damage gives."""

import random

import numpy as np
import pytest

import minikeras as keras
from minikeras import ops
from minikeras.base.errors import OpError, PermissionDeniedError, UnimplementedError
from minikeras.compat import tensorflow as tf
from minikeras.config import set_loading_limits
from minikeras.formats.saved_model import messages as m
from minikeras.formats.saved_model.graph_function import REFUSED, FunctionLibrary
from minikeras.formats.saved_model.graph_ops import GRAPH_OPS
from minikeras.formats.saved_model.loading import load_saved_model
from minikeras.layers import TFSMLayer
from tests.unit.formats.saved_model.graphs import FLOAT, constant, function, linear_model, node, write
from tests.waiting import interrupted_when

X = np.array([[1.0, 0.5]], "f")
KERNEL = np.array([[1.0, 2.0], [3.0, 4.0]], "f")


def run(nodes, results, *values, arguments=("x",), more=(), effects=()):
    """The results of a function of these nodes."""
    library = FunctionLibrary([function("f", dict.fromkeys(arguments, FLOAT), nodes, results, effects), *more])
    return library["f"](*map(ops.convert_to_tensor, values))


# --- running ----------------------------------------------------------------------------------------------------------


def test_a_model(tmp_path):
    layer = TFSMLayer(write(tmp_path, *linear_model()))
    assert np.allclose(layer(X), X @ KERNEL)
    assert [w.name for w in layer.weights] == ["kernel:0"]
    assert layer(keras.Input((2,))).shape == (None, 2)
    loaded = tf.saved_model.load(tmp_path)
    assert np.allclose(loaded.serve(X), X @ KERNEL)
    assert isinstance(loaded.kernel, tf.Variable)
    loaded.kernel.assign(2 * KERNEL)
    assert np.allclose(loaded.serve(X), 2 * X @ KERNEL)


def test_it_learns_in_a_compiled_plan(tmp_path):
    model = keras.Sequential([keras.Input((2,)), TFSMLayer(write(tmp_path, *linear_model()))])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x, y = np.random.default_rng(0).normal(size=(8, 2)).astype("f"), np.ones((8, 2), "f")
    losses = model.fit(x, y, epochs=6, batch_size=8, verbose=0, shuffle=False).history["loss"]
    assert losses == sorted(losses, reverse=True)
    assert not np.allclose(model.weights[0], KERNEL)


def test_lengths_are_plain_numbers():
    """Shapes and what is computed from them are arrays, so that a plan holds them as constants."""
    nodes = [
        node("shape", "Shape", "x"),
        constant("zero", [0], "int32"),
        constant("one", [1], "int32"),
        node(
            "rows",
            "StridedSlice",
            "shape:output:0",
            "zero:output:0",
            "one:output:0",
            "one:output:0",
            shrink_axis_mask=1,
        ),
        constant("two", 2, "int32"),
        node("twice", "Mul", "rows:output:0", "two:output:0"),
    ]
    (twice,) = run(nodes, {"y": "twice:z:0"}, np.zeros((3, 2), "f"))
    assert type(twice) is np.ndarray
    assert twice == 6


def test_loops_and_branches():
    condition = function(
        "under",
        {"i": FLOAT, "x": FLOAT},
        [constant("n", 3.0), node("less", "Less", "i", "n:output:0")],
        {"r": "less:z:0"},
    )
    body = function(
        "step",
        {"i": FLOAT, "x": FLOAT},
        [constant("one", 1.0), node("next", "AddV2", "i", "one:output:0"), node("y", "AddV2", "x", "x")],
        {"i": "next:z:0", "y": "y:z:0"},
    )
    types = ["dtype:float32", "dtype:float32"]
    nodes = [
        constant("start", 0.0),
        node("loop", "StatelessWhile", "start:output:0", "x", cond="f:under", body="f:step", T=types),
        node("big", "Less", "x", "loop:output:1"),
        node(
            "y", "StatelessIf", "big:z:0", "start:output:0", "x", then_branch="f:step", else_branch="f:step", Tin=types
        ),
    ]
    with keras.GradientTape() as tape:
        x = ops.convert_to_tensor(np.float32(2))
        tape.watch(x)
        library = FunctionLibrary(
            [function("f", {"x": FLOAT}, nodes, {"a": "loop:output:1", "b": "y:output:1"}), condition, body]
        )
        a, b = library["f"](x)
    assert (float(a), float(b)) == (16.0, 4.0)
    assert float(tape.gradient(a, x)) == 8.0


def test_a_loop_whose_turns_depend_on_values(tmp_path):
    """A plan for one batch is not replayed for another: x is doubled while its sum is below 10."""
    condition = function(
        "small",
        {"x": FLOAT},
        [
            constant("axes", [0, 1], "int32"),
            node("sum", "Sum", "x", "axes:output:0"),
            constant("ten", 10.0),
            node("less", "Less", "sum:output:0", "ten:output:0"),
        ],
        {"r": "less:z:0"},
    )
    body = function("double", {"x": FLOAT}, [node("y", "AddV2", "x", "x")], {"y": "y:z:0"})
    nodes = [node("y", "StatelessWhile", "x", cond="f:small", body="f:double", T=["dtype:float32"])]
    model, arrays = linear_model(nodes, more=[condition, body])
    model.meta_graphs[0].graph_def.library.function[0].ret["result"] = "y:output:0"
    network = keras.Sequential([keras.Input((2,)), TFSMLayer(write(tmp_path, model, arrays))])
    for _ in range(3):
        for start, end in ((1.0, 8.0), (3.0, 6.0), (20.0, 20.0)):
            found = network.predict(np.full((1, 2), start, "f"), verbose=0)
            assert found.tolist() == [[end, end]]


def test_lists_of_tensors():
    types = {"element_dtype": "dtype:float32"}
    nodes = [
        constant("shape", [], "int32"),
        constant("n", 3, "int32"),
        constant("i", 1, "int32"),
        node("list", "TensorListReserve", "shape:output:0", "n:output:0", **types),
        node("set", "TensorListSetItem", "list:handle:0", "i:output:0", "x", **types),
        node("stacked", "TensorListStack", "set:output_handle:0", "shape:output:0", **types),
    ]
    assert ops.convert_to_numpy(run(nodes, {"y": "stacked:tensor:0"}, 5.0)[0]).tolist() == [0.0, 5.0, 0.0]


def test_nodes_that_nothing_needs_are_not_run():
    nodes = [node("y", "Identity", "x"), node("other", "Unheard")]
    assert float(run(nodes, {"y": "y:output:0"}, 5.0)[0]) == 5.0


def test_checks_of_a_graph_raise():
    nodes = [constant("no", False, "bool"), node("check", "Assert", "no:output:0", "x", T=["dtype:float32"])]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"does not hold.*\[\[5\.0\]\]"):
        run(nodes, {"y": "x"}, 5.0, effects=["check"])


# --- refusing ---------------------------------------------------------------------------------------------------------


def test_an_unknown_operation_is_named():
    with pytest.raises(UnimplementedError, match=r"Unheard \(node 'y' of the function 'f'\)"):
        run([node("y", "Unheard", "x")], {"y": "y:output:0"}, 5.0)


@pytest.mark.parametrize("op", REFUSED)
def test_operations_that_reach_out_are_refused(op, tmp_path):
    assert op not in GRAPH_OPS
    nodes = [constant("path", b"/etc/passwd", "string"), node("y", op, "path:output:0")]
    with pytest.raises(UnimplementedError, match=f"{op}.*may not do here"):
        TFSMLayer(write(tmp_path, *linear_model(nodes)))


def test_a_table_reads_no_other_file():
    nodes = [
        constant("path", b"/etc/passwd", "string"),
        node("table", "HashTableV2", key_dtype="dtype:string", value_dtype="dtype:int64"),
        node(
            "y", "InitializeTableFromTextFileV2", "table:table_handle:0", "path:output:0", key_index=-2, value_index=-1
        ),
    ]
    with pytest.raises(PermissionDeniedError, match="not among the assets"):
        run(nodes, {"y": "x"}, 5.0, effects=["y"])


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "inner/../../outside"])
def test_assets_outside_of_the_folder_are_refused(name, tmp_path):
    model, arrays = linear_model()
    graph = model.meta_graphs[0]
    graph.asset_file_def = [m.AssetFileDef(filename=name)]
    graph.object_graph_def.nodes.append(m.SavedObject(asset=m.SavedAsset()))
    with pytest.raises(OSError, match="is not in its folder"):
        load_saved_model(write(tmp_path / "model", model, arrays))


def test_an_attribute_that_would_matter_is_refused():
    with pytest.raises(UnimplementedError, match="has the attribute 'invented'"):
        run([node("y", "Relu", "x", invented=3)], {"y": "y:activations:0"}, 5.0)


WRONG_GRAPHS = {
    "a node that is not there": ([node("y", "Identity", "none")], "has no node 'none'"),
    "nodes in a circle": ([node("y", "Identity", "z"), node("z", "Identity", "y")], "need each other"),
    "two of one name": ([node("y", "Identity", "x"), node("x", "Identity", "x")], "of one name"),
    "too many inputs": ([node("y", "Relu", "x", "x")], r"takes \['features'\]. Received: 2 values"),
    "too few inputs": ([node("y", "AddV2", "x")], "Received: 1 values"),
    "a missing attribute": ([node("y", "Conv2D", "x", "x")], r"attributes \['strides', 'padding'\] are missing"),
    "a function that is not there": ([node("y", "PartitionedCall", f="f:none", Tin=[])], "has no function 'none'"),
    "an output that is not there": (
        [node("z", "Identity", "x"), node("y", "Identity", "z:output:7")],
        "takes output 7 of a node that has one",
    ),
    "a part of an argument": ([node("y", "Identity", "x:output:7")], "is one of its arguments"),
}


@pytest.mark.parametrize("name", WRONG_GRAPHS)
def test_a_wrong_graph_is_a_clear_error(name):
    nodes, words = WRONG_GRAPHS[name]
    with pytest.raises((ValueError, OpError), match=words):
        run(nodes, {"y": "y:output:0"}, 5.0)


def test_a_function_that_calls_itself_ends():
    nodes = [node("y", "PartitionedCall", "x", f="f:f", Tin=["dtype:float32"])]
    with pytest.raises(RecursionError):
        run(nodes, {"y": "y:output:0"}, 5.0)


def test_an_endless_loop_can_be_interrupted(monkeypatch):
    relu, rounds = GRAPH_OPS["Relu"], []
    counted = relu._replace(function=lambda x: rounds.append(1) or relu.function(x))
    monkeypatch.setitem(GRAPH_OPS, "Relu", counted)
    always = function("always", {"x": FLOAT}, [constant("yes", True, "bool")], {"r": "yes:output:0"})
    same = function("same", {"x": FLOAT}, [node("same", "Relu", "x")], {"y": "same:activations:0"})
    nodes = [node("y", "While", "x", cond="f:always", body="f:same", T=["dtype:float32"])]
    with pytest.raises(KeyboardInterrupt), interrupted_when(lambda: len(rounds) > 9, "the loop runs"):
        run(nodes, {"y": "y:output:0"}, 5.0, more=[always, same])


def test_a_file_that_names_a_saved_model_is_refused(tmp_path):
    folder = write(tmp_path / "model", *linear_model())
    model = keras.Sequential([keras.Input((2,)), TFSMLayer(str(folder))])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match=r"TFSMLayer.*safe_mode=False"):
        keras.models.load_model(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    assert np.allclose(again(X), model(X))


def test_endpoints_that_are_not_there(tmp_path):
    folder = write(tmp_path, *linear_model())
    for word in ("call_endpoint", "call_training_endpoint"):
        with pytest.raises(ValueError, match=rf"'none'.*functions \['serve'\].*{word}='none'"):
            TFSMLayer(folder, **{word: "none"})


def test_limits_on_sizes(tmp_path):
    folder = write(tmp_path, *linear_model())
    set_loading_limits(characters=100)
    try:
        with pytest.raises(OSError, match="larger than"):
            load_saved_model(folder)
    finally:
        set_loading_limits(characters=None)


def test_a_variable_without_values(tmp_path):
    model, arrays = linear_model()
    del arrays["_CHECKPOINTABLE_OBJECT_GRAPH"]
    with pytest.raises(OpError, match="no values of a variable that 'serve' reads"):
        load_saved_model(write(tmp_path, model, arrays)).serve(X)


def test_a_saved_model_as_text(tmp_path):
    (tmp_path / "saved_model.pbtxt").write_text("")
    with pytest.raises(OSError, match="as text"):
        load_saved_model(tmp_path)


def test_a_graph_of_tensorflow_1(tmp_path):
    model, arrays = linear_model()
    model.meta_graphs[0].object_graph_def = None
    with pytest.raises(UnimplementedError, match="written by TensorFlow 1"):
        load_saved_model(write(tmp_path, model, arrays))


@pytest.mark.parametrize(
    "file", ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"]
)
def test_damaged_files_are_read_or_refused(file, tmp_path):
    """Bytes that are wrong, missing or too many: the same values, or an error that programs expect."""
    path = write(tmp_path, *linear_model()) / file
    good, rng = path.read_bytes(), random.Random(1)
    refused = 0
    for _ in range(300):
        data, at = bytearray(good), rng.randrange(len(good))
        kind = rng.random()
        if kind < 0.1:
            del data[at:]
        elif kind < 0.2:
            data[at:at] = rng.randbytes(3)
        else:
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, data[at] ^ 1 << rng.randrange(8)))
        path.write_bytes(data)
        try:
            layer = TFSMLayer(tmp_path)
            layer(X)
        except (OSError, ValueError, TypeError, OpError):
            refused += 1
    assert refused > 100
