"""The view of a layer in a notebook: its configuration and its weights."""

from html import escape

from minikeras.autodiff.notebook_views import TABLE, variable_row


def layer_html(layer):
    """Class, name, constructor arguments and weights of a layer, with ranges and pictures of the values."""
    try:
        settings = ", ".join(f"{key}={value!r}" for key, value in layer.get_config().items() if key != "name")
    except NotImplementedError:  # a class of the user's without `get_config`
        settings = ""
    title = f"<b>{escape(type(layer).__name__)}</b> {escape(layer.name)}{'' if layer.built else ' (not built)'}"
    rows = [variable_row(weight) for weight in layer.weights]
    table = f"{TABLE}<tr><th>weight</th><th>values</th><th></th></tr>{''.join(rows)}</table>" if rows else ""
    return f"<div>{title}<details><summary>configuration</summary>{escape(settings)}</details>{table}</div>"
