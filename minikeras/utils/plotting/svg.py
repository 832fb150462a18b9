"""Draws diagrams as SVG pictures, without Graphviz."""

from collections import namedtuple
from html import escape
from itertools import pairwise

from minikeras.utils.plotting.layout import Arrow, Rectangle, lay_out

TITLE_SIZE, CELL_SIZE = 16, 14
LETTER_WIDTH = 0.6  # of the font size: Helvetica's letters, bold ones too, are 0.5 to 0.6 wide on average
ROW_HEIGHT, PADDING, MARGIN = 32, 12, 20
POINTS_PER_INCH = 72
Colors = namedtuple("Colors", "ink paper title title_background")
PRINTED = Colors("black", "white", "white", "black")
# In a notebook's own colours, which may be light or dark.
INHERITED = Colors("currentColor", "none", "currentColor", "rgba(128, 128, 128, 0.3)")
TRAINABLE = {True: ("Trainable", "forestgreen"), False: ("Non-trainable", "firebrick")}
STRAIGHT, CURVED = ("line", "false", "polyline", "none", ""), ("curved", "spline", "true")


def as_svg(diagram, rankdir="TB", dpi=200, splines="ortho", colors=PRINTED):
    """The diagram as the text of an SVG file.

    Args:
        diagram: a `Frame`.
        rankdir: direction of the arrows: "TB", "BT", "LR" or "RL".
        dpi: dots per inch; at 72, letters are 16 dots high.
        splines: "ortho" for arrows with right angles, "line" for straight ones, "curved" for curves.
        colors: `PRINTED` or `INHERITED`.

    Raises:
        ValueError: `rankdir` or `splines` is unknown.
    """
    if rankdir not in ("TB", "BT", "LR", "RL"):
        raise ValueError(f"`rankdir` must be 'TB', 'BT', 'LR' or 'RL'. Received: rankdir={rankdir!r}")
    path = path_maker(str(splines).lower())
    boxes = {box.key: box for box in diagram.boxes()}
    sizes = {key: _size(box) for key, box in boxes.items()}
    if rankdir in ("LR", "RL"):  # lay it out sideways, then rotate it
        sizes = {key: (height, width) for key, (width, height) in sizes.items()}
    picture = lay_out(diagram, sizes)
    turn = _turning(picture, rankdir)
    parts = [_frame(name, turn.rectangle(rectangle)) for name, rectangle in picture.frames]
    parts += [
        f'<path class="minikeras-arrow" d="{path(turn.arrow(arrow), turn.sideways)}"/>' for arrow in picture.arrows
    ]
    parts += [_box(boxes[key], turn.rectangle(rectangle), colors) for key, rectangle in picture.boxes.items()]
    return _document(parts, *turn.size, dpi, colors)


def _document(parts, width, height, dpi, colors):
    width, height, scale = width + 2 * MARGIN, height + 2 * MARGIN, dpi / POINTS_PER_INCH
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:.0f}" height="{height * scale:.0f}" '
            f'viewBox="{-MARGIN} {-MARGIN} {width:.1f} {height:.1f}" font-family="Helvetica, Arial, sans-serif" '
            f'fill="{colors.ink}">',
            f"<style>path.minikeras-arrow {{ fill: none; stroke: {colors.ink}; stroke-width: 2; "
            "marker-end: url(#head) }</style>",
            '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="5" markerHeight="5" orient="auto">'
            '<polygon points="0,0 10,5 0,10"/></marker>',
            f'<rect x="{-MARGIN}" y="{-MARGIN}" width="{width:.1f}" height="{height:.1f}" fill="{colors.paper}"/>',
            *parts,
            "</svg>\n",
        ]
    )


# --- boxes ------------------------------------------------------------------------------------------------------------


def _width(text, size):
    return len(text) * size * LETTER_WIDTH + 2 * PADDING


def _cells(box, colors):
    """(text, colour of the text, colour behind it) of the cells in a box's last row."""
    cells = [(f"{what}: {value}", colors.ink, colors.paper) for what, value in box.cells]
    if box.trainable is not None:
        text, color = TRAINABLE[box.trainable]
        cells.append((text, "white", color))
    return cells


def _rows(box, colors=PRINTED):
    """The rows of a box: lists of cells."""
    rows = [[(box.title, colors.title, colors.title_background)]]
    if box.activation is not None:
        rows.append([(f"Activation: {box.activation}", colors.ink, colors.paper)])
    cells = _cells(box, colors)
    return [*rows, cells] if cells else rows


def _size(box):
    rows = _rows(box)
    widths = [
        sum(_width(text, TITLE_SIZE if i == 0 else CELL_SIZE) for text, _, _ in row) for i, row in enumerate(rows)
    ]
    return max(widths), len(rows) * ROW_HEIGHT


def _box(box, place, colors):
    parts, y = [], place.y
    for i, row in enumerate(_rows(box, colors)):
        size = TITLE_SIZE if i == 0 else CELL_SIZE
        widths = [_width(text, size) for text, _, _ in row]
        stretch, x = place.width / sum(widths), place.x
        for (text, color, background), width in zip(row, widths, strict=True):
            cell = Rectangle(x, y, width * stretch, ROW_HEIGHT)
            parts.append(_rectangle(cell, f'fill="{background}" stroke="{colors.ink}"'))
            parts.append(
                f'<text x="{cell.center:.1f}" y="{y + ROW_HEIGHT / 2 + size / 3:.1f}" font-size="{size}" '
                f'fill="{color}" text-anchor="middle">{escape(text)}</text>'
            )
            x += cell.width
        y += ROW_HEIGHT
    return "\n".join(parts)


def _frame(name, place):
    border = _rectangle(place, 'fill="none" stroke="gray" stroke-dasharray="6 4"')
    return f'{border}\n<text x="{place.x + 8:.1f}" y="{place.y + 17:.1f}" font-size="{CELL_SIZE}">{escape(name)}</text>'


def _rectangle(place, style):
    return f'<rect x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}" {style}/>'


# --- directions -------------------------------------------------------------------------------------------------------


class _turning:  # noqa: N801
    """Rotates a picture whose arrows point down to another direction."""

    def __init__(self, picture, rankdir):
        self.sideways = rankdir in ("LR", "RL")
        self.length = picture.height if rankdir in ("BT", "RL") else None
        self.size = (picture.height, picture.width) if self.sideways else (picture.width, picture.height)

    def point(self, xy):
        x, y = xy
        y = y if self.length is None else self.length - y
        return (y, x) if self.sideways else (x, y)

    def arrow(self, arrow):
        return Arrow([self.point(xy) for xy in arrow.points], [self.point(xy) for xy in arrow.corners])

    def rectangle(self, place):
        (x1, y1), (x2, y2) = self.point((place.x, place.y)), self.point((place.x + place.width, place.y + place.height))
        return Rectangle(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))


# --- arrows -----------------------------------------------------------------------------------------------------------


def path_maker(splines):
    """The function `(arrow, sideways)` that makes the `d` of an SVG path."""
    if splines == "ortho":
        return lambda arrow, sideways: _lines(arrow.corners)
    if splines in STRAIGHT:
        return lambda arrow, sideways: _lines(arrow.points)
    if splines in CURVED:
        return lambda arrow, sideways: _curves(arrow.points, sideways)
    raise ValueError(f"`splines` must be 'ortho', 'line' or 'curved'. Received: splines={splines!r}")


def _lines(points):
    kept = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in kept)


def _curves(points, sideways):
    """A curve through the points that leaves and reaches each in the direction of the arrows."""
    text = "M{:.1f},{:.1f}".format(*points[0])
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (x1 + x2) / 2 if sideways else (y1 + y2) / 2
        controls = [(middle, y1), (middle, y2)] if sideways else [(x1, middle), (x2, middle)]
        text += " C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in [*controls, (x2, y2)])
    return text
