"""How tensors and tapes are displayed in a notebook: HTML without scripts."""

from html import escape

import numpy as np

from minikeras.autodiff.value_ranges import value_range

CELLS = 32  # most rows and columns of a picture; larger arrays are sampled
LOWEST = 12  # least height of a picture in pixels
CALLS = 200  # most rows of a tape's table
TABLE = '<table style="font-size:85%;text-align:left">'


def tensor_html(tensor):
    """Values, range, counts of NaN and infinity, and a picture of a Tensor."""
    return _array_html("Tensor", tensor.array)


def variable_html(variable):
    """The same of a Variable, with its path."""
    return _array_html(f"Variable</b> {escape(str(variable.path))}<b>", variable.array)


def _array_html(title, array):
    values = escape(np.array2string(array, separator=", ", threshold=60, edgeitems=3))
    details = f"<details><summary>values</summary><pre>{values}</pre></details>"
    return f"<div><b>{title}</b> {escape(value_range(array))}{picture(array)}{details}</div>"


def picture(array):
    """A heatmap as SVG: dark is small, light is large, red is NaN or infinite; "" for arrays of one element or none.

    If there are more than two axes, it shows the two longest besides the first: an image, a sequence of vectors. The
    others are fixed at index 0.
    """
    if array.dtype.kind not in "fiub" or array.size < 2:
        return ""
    plane = _plane(array)
    plane = plane[_sample(plane.shape[0])][:, _sample(plane.shape[1])].astype(np.float64)
    bad = ~np.isfinite(plane)
    finite = plane[~bad]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    shades = np.where(bad, 0, (np.where(bad, low, plane) - low) / ((high - low) or 1.0) * 255).astype(int)
    rectangles = [
        f'<rect x="{j}" y="{i}" width="1" height="1" fill="{"red" if bad[i, j] else _grey(shades[i, j])}"/>'
        for i, j in np.ndindex(plane.shape)
    ]
    height, width = plane.shape
    scale = 8 if max(plane.shape) <= CELLS // 2 else 5
    return (
        f'<svg role="img" aria-label="heatmap" width="{width * scale}" height="{max(height * scale, LOWEST)}" '
        f'viewBox="0 0 {width} {height}" preserveAspectRatio="none" shape-rendering="crispEdges" '
        f'style="display:block;outline:1px solid #888;margin:4px 0">{"".join(rectangles)}</svg>'
    )


def _plane(array):
    if array.ndim <= 2:
        return np.atleast_2d(array)
    axes = range(1, array.ndim)
    shown = sorted(sorted(axes, key=lambda axis: -array.shape[axis])[:2])
    return array[tuple(slice(None) if axis in shown else 0 for axis in range(array.ndim))]


def variable_row(variable):
    """A table row for a Variable: path, range of the values, and their picture."""
    name = f"{escape(variable.path)}{'' if variable.trainable else ' (fixed)'}"
    array = variable.array
    return f"<tr><td>{name}</td><td>{escape(value_range(array))}</td><td>{picture(array)}</td></tr>"


def tape_html(tape):
    """The calls that a GradientTape has recorded, in order."""
    if tape.calls is None:
        return "<div><b>GradientTape</b>: used, its calls are freed (persistent=True keeps them)</div>"
    rows = [
        f"<tr><td>{number}</td><td>{type(call.op).__name__}</td><td>{_shapes(call.input_shapes, call.input_ids)}</td>"
        f"<td>{_shapes(call.output_shapes, call.output_ids)}</td></tr>"
        for number, call in enumerate(tape.calls[:CALLS])
    ]
    more = len(tape.calls) - CALLS
    end = f"<div>and {more} more</div>" if more > 0 else ""
    head = "<tr><th>#</th><th>op</th><th>inputs (watched ones in bold)</th><th>outputs</th></tr>"
    watched = ", ".join(escape(str(variable.path)) for variable in tape.watched_variables()) or "nothing read yet"
    title = f"<div><b>GradientTape</b>: {len(tape.calls)} calls; watches {watched}</div>"
    return f"{title}{TABLE}{head}{''.join(rows)}</table>{end}"


def _shapes(shapes, ids):
    return ", ".join(f"<b>{shape}</b>" if i is not None else str(shape) for shape, i in zip(shapes, ids, strict=True))


def _sample(length):
    return np.unique(np.linspace(0, length - 1, min(length, CELLS)).astype(int))


def _grey(shade):
    return f"#{shade:02x}{shade:02x}{shade:02x}"
