"""Lays out the boxes and arrows of a diagram in layers, from sources above to outputs below.

After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981):
a box is in the row given by the longest path from a source; arrows that pass through a row get a place in it; the
places in each row are ordered by the mean of their neighbours' positions, in sweeps down and up, so that few arrows
cross; then they move as near to their neighbours as their widths allow. A frame is laid out separately, and is one
large box in its surroundings.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from minikeras.utils.plotting.diagram import Frame

GAP_ACROSS, GAP_ALONG = 30, 44  # between boxes of a row, and between rows
FRAME_MARGIN, FRAME_HEADING = 18, 24
SWEEPS, MOVES = 8, 40  # sweeps of ordering and moving; more make no visible difference for a few hundred layers
STRAIGHTNESS = 7
LOOP = 16  # how far arrows back to earlier boxes go outside


@dataclass
class Rectangle:
    """The position of a box: its left upper corner, width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self):
        """The x coordinate of its centre."""
        return self.x + self.width / 2


@dataclass
class Arrow:
    """The path of an arrow in two forms: points joined by lines or curves, and with right-angled corners."""

    points: list
    corners: list


@dataclass
class Picture:
    """A diagram with positions.

    Attributes:
        width, height: of the whole.
        boxes: {key of a box: Rectangle}.
        frames: pairs (name, Rectangle), outer ones first.
        arrows: the `Arrow`s.
    """

    width: float = 0
    height: float = 0
    boxes: dict = field(default_factory=dict)
    frames: list = field(default_factory=list)
    arrows: list = field(default_factory=list)

    def moved(self, dx, dy):
        """The picture moved by (dx, dy)."""
        shift = lambda r: Rectangle(r.x + dx, r.y + dy, r.width, r.height)  # noqa: E731
        return Picture(
            self.width,
            self.height,
            {key: shift(r) for key, r in self.boxes.items()},
            [(name, shift(r)) for name, r in self.frames],
            [Arrow(*[[(x + dx, y + dy) for x, y in way] for way in (a.points, a.corners)]) for a in self.arrows],
        )


def lay_out(frame, sizes):
    """The `Picture` of a diagram.

    Args:
        frame: the diagram.
        sizes: {key of a box: (width, height)}.
    """
    parts = [_part(item, sizes) for item in frame.items]
    part_of_box = {key: i for i, part in enumerate(parts) for key in part.boxes}
    forward, back = [], []
    for source, target in frame.arrows:
        is_forward = part_of_box[source] < part_of_box[target]
        (forward if is_forward else back).append((source, target))
    links = [(part_of_box[source], part_of_box[target]) for source, target in forward]
    rows, ways = _rows(len(parts), links)
    centers = _centers(rows, ways, [part.width for part in parts])
    picture, lines = _stack(parts, rows, centers)
    levels = _levels(rows, ways, centers, lines)
    for (source, target), way in zip(forward, ways, strict=True):
        points = _points(picture.boxes[source], picture.boxes[target], way, centers, lines)
        picture.arrows.append(Arrow(points, _corners(points, [levels[place] for place in way[:-1]])))
    line_of_part = {place: line for row, line in zip(rows, lines, strict=True) for place in row}
    for source, target in back:
        ends = [(picture.boxes[key], line_of_part[part_of_box[key]]) for key in (source, target)]
        picture.arrows.append(_loop(picture, ends[0][0]) if source == target else _back_arrow(picture, *ends))
    return picture


def _part(item, sizes):
    """The picture of one box, or of a frame with its border."""
    if not isinstance(item, Frame):
        width, height = sizes[item.key]
        return Picture(width, height, {item.key: Rectangle(0, 0, width, height)})
    picture = lay_out(item, sizes).moved(FRAME_MARGIN, FRAME_HEADING)
    picture.width += 2 * FRAME_MARGIN
    picture.height += FRAME_HEADING + FRAME_MARGIN
    picture.frames.insert(0, (item.name, Rectangle(0, 0, picture.width, picture.height)))
    return picture


# --- rows -------------------------------------------------------------------------------------------------------------


def _rows(count, links):
    """(the places in each row, for each link the places that it passes).

    A place is the number of a part, or a pair (number of a link, row) where a link passes between the parts.
    """
    row_of = [0] * count
    for source, target in sorted(links, key=lambda link: link[1]):
        row_of[target] = max(row_of[target], row_of[source] + 1)
    rows = [[] for _ in range(max(row_of, default=-1) + 1)]
    for part, row in enumerate(row_of):
        rows[row].append(part)
    ways = []
    for number, (source, target) in enumerate(links):
        passed = [(number, row) for row in range(row_of[source] + 1, row_of[target])]
        for place in passed:
            rows[place[1]].append(place)
        ways.append([source, *passed, target])
    return _ordered(rows, ways), ways


def _neighbours(ways):
    """({place: connected places above}, {place: connected places below})."""
    above, below = {}, {}
    for way in ways:
        for upper, lower in pairwise(way):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return above, below


def _ordered(rows, ways):
    """Sort the places of each row by the mean position of their neighbours, above and below in turn."""
    above, below = _neighbours(ways)
    position = {place: i for row in rows for i, place in enumerate(row)}
    for sweep in range(SWEEPS):
        neighbours, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in order:
            means = {p: _mean([position[n] for n in neighbours.get(p, ())], position[p]) for p in row}
            row.sort(key=means.__getitem__)
            position.update({place: i for i, place in enumerate(row)})
    return rows


def _mean(values, default):
    return sum(values) / len(values) if values else default


# --- coordinates ------------------------------------------------------------------------------------------------------


def _centers(rows, ways, widths):
    """{place: x of its middle}: near its neighbours, in the order of its row, without overlapping."""
    above, below = _neighbours(ways)
    neighbours = {place: above.get(place, []) + below.get(place, []) for row in rows for place in row}
    for place, near in neighbours.items():
        if isinstance(place, tuple):  # straight long arrows matter more than boxes centred among their neighbours
            near += [other for other in near if isinstance(other, tuple)] * STRAIGHTNESS
    width = lambda place: widths[place] if isinstance(place, int) else 0  # noqa: E731
    centers = {}
    for row in rows:
        _move(row, dict.fromkeys(row, 0.0), width, centers)
    for move in range(MOVES):
        for row in rows if move % 2 == 0 else rows[::-1]:
            wanted = {p: _mean([centers[n] for n in neighbours[p]], centers[p]) for p in row}
            _move(row, wanted, width, centers)
    left = min((centers[place] - width(place) / 2 for row in rows for place in row), default=0)
    return {place: x - left for place, x in centers.items()}


def _move(row, wanted, width, centers):
    """Set the centers of one row as near to the wanted ones, by the sum of squares, as their order and widths allow.

    After subtracting minimum distances to the first, the centers must not decrease. The nearest such sequence is
    the isotonic regression of the wanted one: neighbours in the wrong order are merged into blocks with their mean.
    """
    distances, total = [0.0], 0.0
    for left, right in pairwise(row):
        total += (width(left) + width(right)) / 2 + GAP_ACROSS
        distances.append(total)
    blocks = []  # [sum, count]
    for place, distance in zip(row, distances, strict=True):
        blocks.append([wanted[place] - distance, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            value, count = blocks.pop()
            blocks[-1][0] += value
            blocks[-1][1] += count
    level = [value / count for value, count in blocks for _ in range(count)]
    centers.update({place: x + distance for place, x, distance in zip(row, level, distances, strict=True)})


def _stack(parts, rows, centers):
    """Put the rows below each other. Returns the picture without this level's arrows, and (top, bottom) of each row."""
    picture, lines, y = Picture(), [], 0.0
    for row in rows:
        height = max(parts[place].height for place in row if isinstance(place, int))
        for place in row:
            if isinstance(place, int):
                part = parts[place]
                part = part.moved(centers[place] - part.width / 2, y + (height - part.height) / 2)
                picture.boxes.update(part.boxes)
                picture.frames += part.frames
                picture.arrows += part.arrows
                picture.width = max(picture.width, centers[place] + part.width / 2)
            else:
                picture.width = max(picture.width, centers[place])
        lines.append((y, y + height))
        y += height + GAP_ALONG
    picture.height = max(y - GAP_ALONG, 0)
    return picture, lines


# --- arrows -----------------------------------------------------------------------------------------------------------


def _points(source, target, way, centers, lines):
    """The points from the lower edge of the source, along the rows in between, to the upper edge of the target."""
    points = [(source.center, source.y + source.height)]
    for place in way[1:-1]:
        top, bottom = lines[place[1]]
        points += [(centers[place], top), (centers[place], bottom)]
    return [*points, (target.center, target.y)]


def _corners(points, levels):
    """The same path with right angles: between two rows it changes its x on the level (the y) given for that gap."""
    corners = [points[0]]
    for (start, end), y in zip(zip(points[::2], points[1::2], strict=True), levels, strict=True):
        corners += [(start[0], y), (end[0], y), end]
    return corners


def _levels(rows, ways, centers, lines):
    """{place: y on which the arrows from there to the next row go sideways}.

    Arrows from different places get different levels where they would overlap.
    """
    spans = {}  # place -> [leftmost x, rightmost x] of its arrows to the next row
    for way in ways:
        for upper, lower in pairwise(way):
            xs = [*spans.get(upper, ()), centers[upper], centers[lower]]
            spans[upper] = [min(xs), max(xs)]
    levels = {}
    for row, (_, bottom) in zip(rows, lines, strict=True):
        tracks = []  # each a list of places that do not overlap
        for place in sorted((place for place in row if place in spans), key=spans.__getitem__):
            free = [track for track in tracks if spans[track[-1]][1] < spans[place][0]]
            if free:
                free[0].append(place)
            else:
                tracks.append([place])
        for number, track in enumerate(tracks, 1):
            levels.update(dict.fromkeys(track, bottom + GAP_ALONG * number / (len(tracks) + 1)))
    return levels


def _back_arrow(picture, source, target):
    """The points from below the source, around everything, to above the target: pairs (box, line of its row)."""
    (source, (_, bottom)), (target, (top, _)) = source, target
    right = picture.width = picture.width + LOOP
    below, above = bottom + GAP_ALONG / 4, top - GAP_ALONG / 4
    start, end = (source.center, source.y + source.height), (target.center, target.y)
    points = [start, (start[0], below), (right, below), (right, above), (end[0], above), end]
    return Arrow(points, points)


def _loop(picture, box):
    """The points from the right edge of a box back to it."""
    edge, right = box.x + box.width, box.x + box.width + LOOP
    picture.width = max(picture.width, right)
    lower, upper = box.y + box.height * 0.75, box.y + box.height * 0.25
    points = [(edge, lower), (right, lower), (right, upper), (edge, upper)]
    return Arrow(points, points)
