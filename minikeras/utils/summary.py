"""The table that `model.summary()` prints.

Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 4)              │            12 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 12 (48.00 B)
"""

import random
import re
import shutil
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import NamedTuple

from minikeras.autodiff.node import node_of
from minikeras.base.messages import is_interactive_logging_enabled, print_message
from minikeras.base.quantities import readable_size
from minikeras.base.suggestions import did_you_mean
from minikeras.layers.layer import Layer
from minikeras.utils.memory import number_count, size_in_bytes

CLASS_COLOR, NUMBER_COLOR, NONE_COLOR = "color(33)", "color(34)", "color(45)"  # Keras's: blue, green, light blue
NARROWEST = 4  # characters of a column: a border, a space on each side, one character


class Layout(NamedTuple):
    """The columns of a table and its usual width in characters."""

    headings: list  # pairs (text, alignment)
    right_edges: list  # one for each column; 1.0 is the table's edge
    length: int


LAYER, SHAPE, PARAMS = ("Layer (type)", "left"), ("Output Shape", "left"), ("Param #", "right")
CHAIN = Layout([LAYER, SHAPE, PARAMS], [0.45, 0.80, 1.0], 88)
GRAPH = Layout([LAYER, SHAPE, PARAMS, ("Connected to", "left")], [0.30, 0.56, 0.74, 1.0], 108)
COSTS, COST_WIDTHS = [("FLOPs", "right"), ("Activations", "right"), ("ms", "right")], (13, 16, 9)
TRAINABLE, TRAINABLE_LENGTH, TRAINABLE_SHARE = ("Trainable", "center"), 12, 0.1  # it takes a tenth of a longer table


def print_summary(
    model,
    line_length=None,
    positions=None,
    print_fn=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
    show_cost=False,
):
    """Print the layers of a model with their output shapes and numbers of parameters.

    Args:
        model: a Model.
        line_length: width of the table in characters; 88 or 108 if None, or less in a narrower terminal.
        positions: relative positions (0 to 1) of the columns' right edges.
        print_fn: function that gets the whole text, without colours; None prints it, coloured where the terminal can.
        expand_nested: show the layers of models that are layers of this one, indented.
        show_trainable: add a column: Y trained, N frozen, - nothing to train.
        layer_range: names, or beginnings of names as regular expressions, of the first and last layer to show.
        show_cost: add columns with the FLOPs, bytes of activations and time of each layer for one sample.

    Raises:
        ValueError: too few `positions`, a table too narrow for its columns, no layer for a name in `layer_range`, or
            costs of a model whose input shape is not known.
    """
    graph_nodes = _graph_nodes(model)
    is_chain = _is_chain(graph_nodes)
    layout = CHAIN if is_chain else GRAPH
    if positions is not None:
        layout = _with_positions(layout, positions)
    if show_trainable:
        layout = _with_trainable(layout)
    line_length = line_length or min(
        layout.length + (sum(COST_WIDTHS) if show_cost else 0), shutil.get_terminal_size().columns - 4
    )
    costs = None
    if show_cost:
        from minikeras.utils.layer_costs import layer_costs  # here: few summaries need it

        layout, costs = _with_costs(layout, line_length), layer_costs(model)

    table = _empty_table(layout, line_length)
    layers = getattr(model, "operations", model.layers)
    for layer in layers if layer_range is None else _layers_in_range(layers, layer_range):
        for depth, shown in _with_nested(layer, 0, expand_nested):
            cells = _cells(shown, depth, None if is_chain else graph_nodes, show_trainable)
            table.add_row(*cells, *(_cost_cells(costs.get(id(shown))) if show_cost else ()))

    parts = [_text((f'Model: "{model.name}"', "bold" if print_fn is None else "")), table]
    for name, count, size in _totals(model):
        parts.append(_text((f" {name}: ", "bold"), (f"{count:,}", NUMBER_COLOR), f" ({readable_size(size)})"))
    if show_cost:
        cells = _cost_cells(costs[id(model)])
        parts.append(_text((" One sample: ", "bold"), f"{cells[0]} FLOPs, {cells[1]} of activations, {cells[2]} ms"))
    _print(parts, print_fn)


def _print(parts, print_fn):
    """Print the parts of a summary: as HTML in a notebook, coloured on a terminal, as text for `print_fn`."""
    Console = _rich().Console
    console = Console(highlight=False)
    if print_fn is None and console.is_jupyter and is_interactive_logging_enabled():
        console.print(_rich().Group(*parts))  # rich shows it in the notebook, as HTML with colours
        return
    colors = "auto" if print_fn is None else None
    console = Console(highlight=False, force_jupyter=False, color_system=colors)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    if print_fn is None:
        print_message(capture.get(), line_break=False)
    else:
        print_fn(capture.get())


@cache
def _rich():
    """The classes of rich for a summary; rich is loaded only to print one.

    Python's random numbers are not affected: rich draws some while it loads, and the seeds of the next
    model's initializers come from there.
    """
    state = random.getstate()
    from rich import console, table, text  # takes 80 ms

    random.setstate(state)
    return SimpleNamespace(
        Console=console.Console, Group=console.Group, Column=table.Column, Table=table.Table, Text=text.Text
    )


# --- the graph --------------------------------------------------------------------------------------------------------


def _graph_nodes(model):
    """The nodes of a functional model, those of its inputs included; none for other models."""
    if not hasattr(model, "operations"):
        return []
    inputs = {id(node_of(x)): node_of(x) for x in model.inputs}
    return [*inputs.values(), *model._nodes]


def _is_chain(nodes):
    """Whether every node has at most one input: the node before it. (No nodes, no graph: that is a chain too.)"""
    parents = [[id(node_of(x)) for x in node.input_tensors] for node in nodes]
    uses = [id(node.operation) for node in nodes]
    return len(set(uses)) == len(uses) and parents[1:] == [[id(node)] for node in nodes[:-1]]


# --- the table --------------------------------------------------------------------------------------------------------


def _with_positions(layout, positions):
    if len(positions) < len(layout.headings):
        raise ValueError(
            f"`positions` must have an entry for each of the {len(layout.headings)} columns of this model's summary. "
            f"Received: positions={positions}"
        )
    return layout._replace(right_edges=list(positions))  # there may be one more, for the column that says "Trainable"


def _with_trainable(layout):
    edges = [edge * (1 - TRAINABLE_SHARE) for edge in layout.right_edges]
    return Layout([*layout.headings, TRAINABLE], [*edges, 1.0], layout.length + TRAINABLE_LENGTH)


def _with_costs(layout, line_length):
    """The columns of costs have a fixed width at the right edge; the others share the rest."""
    rest = 1 - sum(COST_WIDTHS) / line_length
    edges = [edge * rest for edge in layout.right_edges]
    for width in COST_WIDTHS:
        edges.append(edges[-1] + width / line_length)
    return layout._replace(headings=[*layout.headings, *COSTS], right_edges=edges)


def _cost_cells(cost):
    """FLOPs, activation memory and milliseconds as text; "-" for an op of the graph, which is not a layer."""
    if cost is None:
        return ["-"] * len(COSTS)
    time = "-" if cost.milliseconds == float("inf") else f"{cost.milliseconds:.3f}"
    return [f"{cost.flops:,}", readable_size(cost.activation_bytes), time]


def _empty_table(layout, line_length):
    edges = [0, *[int(line_length * edge) for edge in layout.right_edges]]
    widths = [right - left for left, right in pairwise(edges)]
    if min(widths) < NARROWEST:
        raise ValueError(
            "The summary does not fit: its columns are too narrow. "
            f"Received: line_length={line_length}, which gives columns of {widths} characters."
        )
    columns = [
        _rich().Column(heading, justify=alignment, width=width)
        for (heading, alignment), width in zip(layout.headings, widths, strict=False)
    ]
    return _rich().Table(*columns, width=line_length, show_lines=True)


def _cells(layer, depth, graph_nodes, show_trainable):
    """The row of one layer."""
    indent = "   " * depth + "└ " if depth else ""
    cells = [
        _text(f"{indent}{layer.name} (", (type(layer).__name__, CLASS_COLOR), ")"),
        _shape_text(output_shape(layer)),
        _count_text(layer),
    ]
    if graph_nodes is not None:
        cells.append(_connections_text(layer, graph_nodes))
    if show_trainable:
        cells.append(_trainable_text(layer))
    return cells


def _text(*parts):
    return _rich().Text.assemble(*parts)


def output_shape(layer):
    """The output shape of a layer's last use, a structure of them if it has several outputs, None if it is not known.

    A layer in a graph has it on its node, as a functional model has on its own graph. A layer that was called on data
    computes it from the shapes with which it was built, if its class has a `compute_output_shape`.
    """
    if layer._inbound_nodes:
        shapes = [x.shape for x in layer._inbound_nodes[-1].outputs]
        return shapes[0] if len(shapes) == 1 else shapes
    if hasattr(layer, "outputs") and hasattr(layer, "layers"):
        return layer.output_shape
    input_shapes = getattr(layer, "_build_shapes", None)
    if not input_shapes or type(layer).compute_output_shape is Layer.compute_output_shape:
        return None
    return layer.compute_output_shape(*input_shapes.values())


def _shape_text(shape):
    return "?" if shape is None else _text(*_shape_parts(shape))


def _shape_parts(shape):
    """ "(None, 4)", "[(None, 4), (None, 2)]" or "{a: (None, 4)}", in parts with their colours."""
    if shape is None or isinstance(shape, int):
        return [(str(shape), NONE_COLOR if shape is None else NUMBER_COLOR)]
    if isinstance(shape, dict):
        items = [[f"{key}: ", *_shape_parts(inner)] for key, inner in shape.items()]
        opening, closing = "{}"
    else:
        items = [_shape_parts(inner) for inner in shape]
        opening, closing = "[]" if isinstance(shape, list) else "()"
    inside = [part for item in items for part in (", ", *item)][1:]
    return [opening, *inside, closing]


def _count_text(layer):
    if not getattr(layer, "built", True):  # mathematical operations have nothing to build
        return _text(("0", NUMBER_COLOR), " (unbuilt)")
    return _text((f"{number_count(getattr(layer, 'weights', ())):,}", NUMBER_COLOR))


def _connections_text(layer, graph_nodes):
    """ "dense[0][0], add[1][0]": name, number of the use, number of the output of each symbolic input."""
    parts = []
    known = {id(node) for node in graph_nodes}
    for node in layer._inbound_nodes or ():
        for x in node.input_tensors if id(node) in known else ():
            operation, node_index, tensor_index = x._keras_history
            use, output = (str(node_index), NUMBER_COLOR), (str(tensor_index), NUMBER_COLOR)
            parts += [", ", f"{operation.name}[", use, "][", output, "]"]
    return _text(*parts[1:]) if parts else "-"


def _trainable_text(layer):
    if not getattr(layer, "weights", None):
        return _text(("-", "bold"))
    return _text(("Y", "bold color(34)")) if layer.trainable else _text(("N", "bold color(9)"))


# --- the rows ---------------------------------------------------------------------------------------------------------


def _with_nested(layer, depth, expand_nested):
    """Pairs (depth, layer): the layer, then the layers of models inside it."""
    yield depth, layer
    if expand_nested:
        for inner in getattr(layer, "layers", None) or ():
            yield from _with_nested(inner, depth + 1, expand_nested)


def _layers_in_range(layers, layer_range):
    """The layers from the first that matches one name to the last that matches the other, in any order."""
    if len(layer_range) != 2:
        raise ValueError(
            "`layer_range` must be two names of layers. Received: "
            f"layer_range = {layer_range} of length {len(layer_range)}"
        )
    matches = []
    for name in layer_range:
        found = [i for i, layer in enumerate(layers) if layer.name == name or re.match(name, layer.name)]
        if not found:
            names = [layer.name for layer in layers]
            raise ValueError(
                f"`layer_range` names a layer that the model lacks. Received: {layer_range}.{did_you_mean(name, names)}"
            )
        matches.append(found)
    start, end = matches
    if start[0] > end[-1]:
        start, end = end, start
    return layers[start[0] : end[-1] + 1]


def _totals(model):
    """(what, number of parameters, bytes) for the lines below the table."""
    groups = {
        "Trainable params": model.trainable_weights,
        "Non-trainable params": model.non_trainable_weights,
    }
    optimizer = getattr(model, "optimizer", None)
    if getattr(model, "compiled", False) and getattr(optimizer, "built", False):
        groups["Optimizer params"] = optimizer.variables
    lines = [(name, number_count(group), size_in_bytes(group)) for name, group in groups.items()]
    total = ("Total params", sum(count for _, count, _ in lines), sum(size for _, _, size in lines))
    return [total, *lines]
