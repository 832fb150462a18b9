"""Draws the SVG pictures of `svg.py` with matplotlib, as PNG, PDF and its other formats: no Graphviz needed."""

import re
from xml.etree import ElementTree

from minikeras.base.optional_packages import optional_module
from minikeras.utils.plotting.svg import POINTS_PER_INCH

SVG = "{http://www.w3.org/2000/svg}"
CODES = {"M": 1, "L": 2, "C": 4}  # matplotlib's: a move, a line, a point of a cubic curve
HEAD = "-|>,head_width=0.3,head_length=0.6"


def write_raster(svg, path, kind, dpi):
    """Write the picture to a file.

    Args:
        svg: text of `svg.as_svg`.
        path: of the file.
        kind: format: "png", "pdf", "jpg" and others of matplotlib's.
        dpi: dots per inch.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: matplotlib does not know the format.
    """
    matplotlib = optional_module(  # not pyplot, which chooses a window system
        "matplotlib.figure",
        f'A picture as ".{kind}"',
        otherwise="(or Graphviz, see https://graphviz.org/download/, and pydot). "
        'Without them, `to_file="model.svg"` and "model.txt" work.',
    )
    root = ElementTree.fromstring(svg)
    left, top, width, height = map(float, root.get("viewBox").split())
    figure = matplotlib.Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))
    kinds = sorted(figure.canvas.get_supported_filetypes())
    if kind not in kinds:
        raise ValueError(
            f"A picture as {kind!r} needs Graphviz (see https://graphviz.org/download/) and pydot. Without them "
            f"these are possible: svg, txt, {', '.join(kinds)}."
        )
    axes = figure.add_axes((0, 0, 1, 1), xlim=(left, left + width), ylim=(top + height, top))
    axes.axis("off")
    for order, element in enumerate(root):  # later elements cover earlier ones
        _draw(axes, element, order)
    figure.savefig(path, format=kind, dpi=dpi)


def _draw(axes, element, order):
    patches = optional_module("matplotlib.patches", "A picture")

    def number(name):
        return float(element.get(name))

    if element.tag == f"{SVG}rect":
        dashed = element.get("stroke-dasharray") is not None
        corner, size = (number("x"), number("y")), (number("width"), number("height"))
        colors = {"facecolor": element.get("fill"), "edgecolor": element.get("stroke", "none")}
        axes.add_patch(patches.Rectangle(corner, *size, linestyle="--" if dashed else "-", zorder=order, **colors))
    elif element.tag == f"{SVG}text":
        alignment = "center" if element.get("text-anchor") == "middle" else "left"
        style = {"color": element.get("fill", "black"), "fontsize": number("font-size"), "ha": alignment}
        axes.text(number("x"), number("y"), element.text, zorder=order, parse_math=False, **style)
    elif element.tag == f"{SVG}path":
        path = patches.Path(*_points(element.get("d")))
        look = {"arrowstyle": HEAD, "mutation_scale": 14, "linewidth": 2, "color": "black"}
        axes.add_patch(patches.FancyArrowPatch(path=path, zorder=order, **look))


def _points(d):
    """(the points of a path, matplotlib's code of each)."""
    points, codes = [], []
    for command, numbers in re.findall(r"([MLC])([^MLC]*)", d):
        pairs = [tuple(map(float, pair.split(","))) for pair in numbers.split()]
        points += pairs
        codes += [CODES[command]] * len(pairs)
    return points, codes
