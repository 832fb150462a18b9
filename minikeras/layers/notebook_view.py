"""How a layer shows itself in a notebook: its configuration and its weights."""

from html import escape

from minikeras.autodiff.notebook_views import TABLE, picture
from minikeras.autodiff.value_ranges import value_range


def layer_html(layer):
    """Class, name, constructor arguments and weights of a layer, with ranges and pictures of the values."""
    try:
        settings = ", ".join(f"{key}={value!r}" for key, value in layer.get_config().items() if key != "name")
    except NotImplementedError:  # a class of the user's without `get_config`
        settings = ""
    title = f"<b>{escape(type(layer).__name__)}</b> {escape(layer.name)}{'' if layer.built else ' (not built)'}"
    rows = [
        f"<tr><td>{escape(w.path)}{'' if w.trainable else ' (fixed)'}</td><td>{escape(value_range(w.array))}</td>"
        f"<td>{picture(w.array)}</td></tr>"
        for w in layer.weights
    ]
    table = f"{TABLE}<tr><th>weight</th><th>values</th><th></th></tr>{''.join(rows)}</table>" if rows else ""
    return f"<div>{title}<details><summary>configuration</summary>{escape(settings)}</details>{table}</div>"
