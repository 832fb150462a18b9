"""Writes diagrams in Graphviz's language."""

from html import escape

from minikeras.base.optional_packages import optional_module
from minikeras.utils.plotting.diagram import Frame, Options, diagram_of

HEADER = '<tr><td colspan="{columns}" bgcolor="black"><font point-size="16" color="white">{text}</font></td></tr>'
CELL = '<td bgcolor="{background}"><font point-size="14" color="{color}">{text}</font></td>'
WIDE_ROW = '<tr><td colspan="{columns}" bgcolor="white"><font point-size="14">{text}</font></td></tr>'
TRAINABLE = {True: ("Trainable", "forestgreen"), False: ("Non-trainable", "firebrick")}


def model_to_dot(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    subgraph=False,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """A model as a `pydot.Dot` graph, whose `to_string()` is text for Graphviz.

    Args:
        model: a built Model.
        show_shapes: write the layers' input and output shapes.
        show_dtype: write the layers' output dtypes.
        show_layer_names: write the layers' names next to their classes.
        rankdir: "TB" from top to bottom, "LR" from left to right, "BT", "RL".
        expand_nested: draw models inside layer by layer, in a dashed frame.
        dpi: dots per inch of the picture.
        subgraph: return a `pydot.Cluster` instead, to be put into another graph.
        show_layer_activations: write the layers' activation functions.
        show_trainable: mark which layers are trained and which are frozen.
        splines: how Graphviz draws the arrows: "ortho", "line", "curved", …

    Raises:
        ImportError: pydot is not installed.
        ValueError: the model is not built, or an argument is unknown.
    """
    refuse_unknown(kwargs)
    options = Options(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    diagram = diagram_of(model, options)
    pydot = optional_module(
        "pydot", "A Graphviz graph", otherwise='(or `plot_model(model, to_file="model.svg")` or "model.txt")'
    )
    if subgraph:
        graph = _cluster(pydot, diagram)
    else:
        graph = pydot.Dot("G", graph_type="digraph")
        for name, value in (("rankdir", rankdir), ("concentrate", True), ("dpi", dpi), ("splines", splines)):
            graph.set(name, value)
        graph.set_node_defaults(shape="record")
    _fill(pydot, graph, diagram)
    return graph


def refuse_unknown(kwargs):
    """Raise Keras's error for keyword arguments that `plot_model` and `model_to_dot` do not have."""
    if "layer_range" in kwargs:
        raise ValueError("Keras 3 has no `layer_range` any more. Draw a model of the layers that you want.")
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")


def _fill(pydot, graph, frame):
    for item in frame.items:
        if isinstance(item, Frame):
            cluster = _cluster(pydot, item)
            _fill(pydot, cluster, item)
            graph.add_subgraph(cluster)
        else:
            graph.add_node(
                pydot.Node(_quoted(item.key), label=f"<{label(item)}>", fontname="Helvetica", border="0", margin="0")
            )
    for source, target in frame.arrows:
        graph.add_edge(pydot.Edge(_quoted(source), _quoted(target), penwidth="2"))


def _cluster(pydot, frame):
    name = "".join(letter if letter.isalnum() else "_" for letter in frame.name)
    return pydot.Cluster(name, style="dashed", label=_quoted(frame.name), labeljust="l")


def _quoted(name):
    """A name with any characters, quoted for DOT (pydot alone would take "a:b" for a port)."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def label(box):
    """The box as a table in Graphviz's HTML."""
    cells = [
        CELL.format(background="white", color="black", text=f"{what}: <b>{escape(value)}</b>")
        for what, value in box.cells
    ]
    if box.trainable is not None:
        text, background = TRAINABLE[box.trainable]
        cells.append(CELL.format(background=background, color="white", text=f"<b>{text}</b>"))
    columns = max(len(cells), 1)
    title = f"<b>{escape(box.name)}</b> ({escape(box.kind)})" if box.name else f"<b>{escape(box.kind)}</b>"
    rows = [HEADER.format(columns=columns, text=title)]
    if box.activation is not None:
        rows.append(WIDE_ROW.format(columns=columns, text=f"Activation: <b>{escape(box.activation)}</b>"))
    if cells:
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f'<table border="0" cellborder="1" bgcolor="black" cellpadding="10">{"".join(rows)}</table>'
