"""`plot_model`: a picture of a model in a file."""

import shutil
from pathlib import Path

from minikeras.base.optional_packages import module_if_installed
from minikeras.utils.plotting.diagram import Options, diagram_of
from minikeras.utils.plotting.dot import model_to_dot, refuse_unknown
from minikeras.utils.plotting.raster import write_raster
from minikeras.utils.plotting.svg import as_svg
from minikeras.utils.plotting.text import as_text


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_dtype=False,
    show_layer_names=False,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Draw the layers of a model and how they are connected.

    The file's extension selects the format: ".txt" a list in words; ".svg" a picture; ".dot" text for Graphviz (needs
    the package pydot); ".png", ".pdf" and others a picture. Pictures are drawn by Graphviz if it and pydot are
    installed; otherwise by minikeras itself, which needs matplotlib for all but SVG.

    Args:
        model: a built Model.
        to_file: path of the file to write.
        show_shapes: write the layers' input and output shapes.
        show_dtype: write the layers' output dtypes.
        show_layer_names: write the layers' names next to their classes.
        rankdir: "TB" from top to bottom, "LR" from left to right, "BT", "RL".
        expand_nested: draw models inside layer by layer, in a dashed frame.
        dpi: dots per inch of the picture.
        show_layer_activations: write the layers' activation functions.
        show_trainable: mark which layers are trained and which are frozen.
        splines: how the arrows are drawn: "ortho", "line", "curved" and others of Graphviz's.

    Returns:
        In a notebook, the picture, to be shown in it; elsewhere None.

    Raises:
        ImportError: a package that the format needs (see above) is not installed.
        ValueError: the model is not built, or an argument or the format is unknown.
    """
    refuse_unknown(kwargs)
    path = Path(to_file)
    kind = path.suffix[1:].lower() or "png"
    options = {
        "show_shapes": show_shapes,
        "show_dtype": show_dtype,
        "show_layer_names": show_layer_names,
        "show_layer_activations": show_layer_activations,
        "show_trainable": show_trainable,
        "expand_nested": expand_nested,
    }
    look = {"rankdir": rankdir, "dpi": dpi, "splines": splines}
    if kind == "txt":
        path.write_text(as_text(diagram_of(model, Options(**options))), encoding="utf-8")
    elif kind == "dot":
        path.write_text(model_to_dot(model, **options, **look).to_string(), encoding="utf-8")
    elif _graphviz_is_complete():
        model_to_dot(model, **options, **look).write(str(path), format=kind)
    else:
        svg = as_svg(diagram_of(model, Options(**options)), **look)
        if kind == "svg":
            path.write_text(svg, encoding="utf-8")
        else:
            write_raster(svg, path, kind, dpi)
    return _shown_in_notebook(path, kind)


def _graphviz_is_complete():
    """Whether both Graphviz and pydot are installed."""
    return module_if_installed("pydot") is not None and shutil.which("dot") is not None


def _shown_in_notebook(path, kind):
    """The picture as an object that a notebook shows, if this is a notebook that can show it."""
    display = module_if_installed("IPython.display")
    if display is None or kind not in ("svg", "png", "jpg", "jpeg", "gif"):
        return None
    if module_if_installed("IPython").get_ipython() is None:
        return None
    return display.SVG(filename=str(path)) if kind == "svg" else display.Image(filename=str(path))
