"""The table of `model.summary()`, and how sizes in memory are written."""

import re
import subprocess
import sys

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.base.quantities import readable_size
from minikeras.utils.memory import number_count, size_in_bytes
from tests.waiting import DEADLINE


def text(model, **arguments):
    printed = []
    model.summary(print_fn=printed.append, **arguments)
    assert len(printed) == 1
    return printed[0]


def rows(summary):
    """The cells of the table's rows, lines of one row joined."""
    table = summary[summary.index("┡") : summary.index("└─")]
    found = []
    for row in re.split(r"\n[├┡].*\n", "\n" + table):
        lines = [[cell.strip() for cell in line.strip("│").split("│")] for line in row.splitlines() if "│" in line]
        found.append([" ".join(filter(None, cells)) for cells in zip(*lines, strict=True)])
    return [row for row in found if row]


def small():
    return keras.Sequential(
        [keras.Input((2,)), layers.Dense(4, name="a"), layers.BatchNormalization(name="b"), layers.Dense(3, name="c")],
        name="small",
    )


def test_layers_shapes_and_counts():
    summary = text(small())
    assert summary.startswith('Model: "small"\n┏')
    assert rows(summary) == [
        ["a (Dense)", "(None, 4)", "12"],
        ["b (BatchNormalization)", "(None, 4)", "16"],
        ["c (Dense)", "(None, 3)", "15"],
    ]
    assert summary.endswith(
        " Total params: 43 (172.00 B)\n Trainable params: 35 (140.00 B)\n Non-trainable params: 8 (32.00 B)\n"
    )


def test_layers_that_are_not_built():
    summary = text(keras.Sequential([layers.Dense(4, name="a")]))
    assert rows(summary) == [["a (Dense)", "?", "0 (unbuilt)"]]


def test_the_optimizer_is_counted_once_it_has_its_slots():
    model = small()
    model.compile("adam", "mse")
    assert "Optimizer" not in text(model)
    model.train_on_batch(np.ones((2, 2)), np.ones((2, 3)))
    assert "Optimizer params: 72 (292.00 B)" in text(model)  # iteration (8 bytes), learning rate, 2 · 35 slots
    assert "Total params: 115 (464.00 B)" in text(model)


def test_frozen_layers():
    model = small()
    model.layers[0].trainable = False
    last_cells = [row[-1] for row in rows(text(model, show_trainable=True))]
    assert last_cells == ["N", "Y", "Y"]
    assert "Non-trainable params: 20" in text(model)


def test_a_graph_shows_what_is_connected_to_what():
    a = keras.Input((4,), name="a")
    shared = layers.Dense(4, name="shared")
    model = keras.Model(a, layers.Add(name="sum")([shared(shared(a)), a]))
    assert [row[-1] for row in rows(text(model))] == ["-", "a[0][0], shared[0][0]", "shared[1][0], a[0][0]"]


def test_nested_models_are_expanded_on_demand():
    inner = keras.Sequential([keras.Input((2,)), layers.Dense(2, name="x")], name="inner")
    model = keras.Sequential([keras.Input((2,)), inner])
    assert [row[0] for row in rows(text(model))] == ["inner (Sequential)"]
    assert [row[0] for row in rows(text(model, expand_nested=True))] == ["inner (Sequential)", "└ x (Dense)"]


def test_a_range_of_layers():
    assert [row[0] for row in rows(text(small(), layer_range=["b", "c"]))] == ["b (BatchNormalization)", "c (Dense)"]
    with pytest.raises(ValueError, match="that the model lacks"):
        text(small(), layer_range=["b", "nothing"])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"line_length": 10}, "columns are too narrow"),
        ({"positions": [0.5, 1.0]}, "an entry for each of the 3 columns"),
        ({"positions": [0.5, 0.4, 1.0]}, "columns are too narrow"),
    ],
)
def test_refused_layouts(arguments, message):
    with pytest.raises(ValueError, match=message):
        text(small(), **arguments)


def test_it_is_printed_where_messages_go(capsys, caplog):
    small().summary()
    assert 'Model: "small"' in capsys.readouterr().out
    keras.utils.disable_interactive_logging()
    try:
        with caplog.at_level("INFO", logger="minikeras"):
            small().summary()
    finally:
        keras.utils.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert 'Model: "small"' in caplog.text


@pytest.mark.parametrize(
    "size, expected",
    [(0, "0.00 B"), (0.375, "0.38 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (1024**2 - 1, "1024.00 KB"),
     (1024**2, "1.00 MB"), (3 * 1024**5, "3.00 PB"), (1024**6, "1024.00 PB")],
)  # fmt: skip
def test_readable_size(size, expected):
    assert readable_size(size) == expected


def test_counts_and_bytes():
    one, two = keras.Variable(np.ones((2, 3)), dtype="float16"), keras.Variable(np.zeros(4), dtype="bool")
    assert number_count([one, two, one]) == 10
    assert size_in_bytes([one, two, one]) == 12.5


def test_a_first_summary_leaves_python_s_random_numbers_alone():
    """rich draws some while it is loaded, and initializers take their seeds from them."""
    program = (
        "import random, minikeras as keras\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
        "state = random.getstate()\n"
        "model.summary()\n"
        "print(random.getstate() == state)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert done.stdout.endswith("True\n")


def test_a_notebook_shows_the_table_as_a_display_of_its_own(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda segments, text: shown.append(text))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)], name="named")
    model.summary()
    assert capsys.readouterr().out == ""
    (text,) = shown
    for part in ('Model: "named"', "Dense", "Trainable params", "15"):
        assert part in text
    lines = []
    model.summary(print_fn=lines.append)
    assert len(shown) == 1
    assert "Dense" in lines[0]
    assert "\x1b" not in lines[0]
    assert capsys.readouterr().out == ""


def test_costs_equal_hand_counts():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="conv")(inputs)
    x = layers.Flatten(name="flat")(x)
    model = keras.Model(inputs, layers.Dense(5, name="dense")(x))
    summary = text(model, show_cost=True)
    cells = {row[0].split()[0]: row for row in rows(summary)}
    convolution, dense = 2 * 64 * 27 * 6, 2 * 384 * 5 + 5
    assert cells["conv"][3:5] == [f"{convolution:,}", "1.50 KB"]  # 8 · 8 · 6 floats
    assert cells["flat"][3] == "0"
    assert cells["dense"][3:5] == [f"{dense:,}", "20.00 B"]
    assert f"One sample: {convolution + dense:,} FLOPs" in summary


def test_costs_of_a_model_without_input_shape_are_refused():
    model = keras.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match="needs the shape of the inputs"):
        model.summary(show_cost=True)
