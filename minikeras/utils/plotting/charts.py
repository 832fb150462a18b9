"""Line charts, bars and rooflines as SVG text, to be embedded in an HTML page or a notebook."""

import math
from html import escape

COLORS = ("#d9730d", "#1f6feb", "#2da44e", "#8250df")
WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 58, 10, 12, 34
LETTER = 6.3  # mean width of a letter of 12 pixels


def line_chart(title, lines, log=False):
    """A figure with lines over 1, 2, 3, …

    Args:
        title: its caption.
        lines: {name: [value, …]}; values that are not finite (or not positive on a logarithmic axis) leave a gap.
        log: whether the vertical axis is logarithmic.
    """
    shown = {name: [v if _visible(v, log) else None for v in values] for name, values in lines.items()}
    values = [v for line in shown.values() for v in line if v is not None]
    if not values:
        return ""
    count = max(len(line) for line in shown.values())
    low, high = _range(values, log)
    x = _scale(1, max(count, 2), LEFT, WIDTH - RIGHT)
    y = _scale(_axis(low, log), _axis(high, log), HEIGHT - BOTTOM, TOP)
    parts = [_frame(low, high, log, count, y)]
    for number, (name, line) in enumerate(shown.items()):
        # the later line is dashed, so that both are visible if they coincide
        dash = ' stroke-dasharray="6 4"' if number else ""
        points = [None if v is None else (x(i), y(_axis(v, log))) for i, v in enumerate(line, start=1)]
        color = COLORS[number % len(COLORS)]
        parts.append(f'<path d="{_path(points)}" fill="none" stroke="{color}" stroke-width="2"{dash}/>')
        for point in _alone(points):
            parts.append(
                f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{max(5 - 2 * number, 1)}" fill="{color}"/>'
            )
        parts.append(
            f'<text x="{LEFT + 8 + 130 * number}" y="{HEIGHT - 4}" fill="{color}" font-size="12">{escape(name)}</text>'
        )
    return _figure(title, parts)


def bar_chart(title, bars, log=False):
    """A figure with one horizontal bar per (name, value), and a line at 1.

    On a logarithmic axis, which has no zero, bars begin at 1: those to its left are less.
    """
    bars = [(name, value) for name, value in bars if _visible(value, log)]
    if not bars:
        return ""
    values = [1, *(value for _, value in bars)]
    low = min(values) / 1.5 if log else 0.0
    label_width, row = 20 + LETTER * max(len(name) for name, _ in bars), 20
    width, height = 980, row * len(bars) + 10
    x = _scale(_axis(low, log), _axis(max(values) * 1.05, log), label_width, width - 60)
    line = x(_axis(1, log))
    origin = line if log else label_width
    parts = []
    for number, (name, value) in enumerate(bars):
        top, end = 4 + row * number, x(_axis(value, log))
        left, right = min(origin, end), max(origin, end, origin + 1)
        color = COLORS[1] if end >= origin else COLORS[0]
        shown = f"{value:.3g}" if value < 1000 else f"{value:.0f}"
        parts.append(f'<text x="0" y="{top + 12}" font-size="12">{escape(name)}</text>')
        parts.append(
            f'<rect x="{left:.1f}" y="{top}" width="{max(right - left, 1):.1f}" height="{row - 6}" fill="{color}"/>'
            f'<text x="{right + 4:.1f}" y="{top + 12}" font-size="12">{shown}</text>'
        )
    parts.append(f'<line x1="{line:.1f}" x2="{line:.1f}" y1="0" y2="{height}" stroke="{COLORS[0]}"/>')
    return _figure(title, parts, width, height)


def roofline(title, points, gflops, bandwidth):
    """A roofline: performance over operations per byte, both logarithmic, under the machine's two limits.

    Args:
        title: its caption.
        points: [(name, operations per byte, GFLOP/s)]; the name appears when the mouse rests on a point.
        gflops: the machine's peak in 10⁹ operations per second.
        bandwidth: its memory's in 10⁹ bytes per second.
    """
    points = [point for point in points if _visible(point[1], log=True) and _visible(point[2], log=True)]
    if not points:
        return ""
    width, height, ridge = 980, 420, gflops / bandwidth
    intensities, speeds = [p[1] for p in points], [p[2] for p in points]
    lowest, highest = min(*intensities, ridge) / 2, max(*intensities, ridge) * 2
    bottom, top = min(*speeds, lowest * bandwidth) / 2, max(*speeds, gflops) * 1.5
    x = _scale(math.log10(lowest), math.log10(highest), LEFT, width - RIGHT)
    y = _scale(math.log10(bottom), math.log10(top), height - BOTTOM, TOP)
    parts = []
    for exponent in range(math.ceil(math.log10(bottom)), math.floor(math.log10(top)) + 1):
        at = y(exponent)
        parts.append(f'<line x1="{LEFT}" x2="{width - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#d8dee4"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{at + 4:.1f}" font-size="11" text-anchor="end">{10**exponent:g}</text>')
    for exponent in range(math.ceil(math.log10(lowest)), math.floor(math.log10(highest)) + 1):
        parts.append(f'<text x="{x(exponent):.1f}" y="{height - 19}" font-size="11">{10**exponent:g}</text>')
    limit = [(lowest, lowest * bandwidth), (ridge, gflops), (highest, gflops)]
    corners = _path([(x(math.log10(a)), y(math.log10(b))) for a, b in limit])
    parts.append(f'<path d="{corners}" fill="none" stroke="{COLORS[0]}" stroke-width="2"/>')
    for name, intensity, speed in points:
        parts.append(
            f'<circle cx="{x(math.log10(intensity)):.1f}" cy="{y(math.log10(speed)):.1f}" r="4" fill="{COLORS[1]}" '
            f'fill-opacity="0.7"><title>{escape(f"{name}: {speed:.3g} GFLOP/s")}</title></circle>'
        )
    parts.append(f'<text x="{LEFT}" y="{height - 4}" font-size="12">operations per byte → GFLOP/s</text>')
    return _figure(title, parts, width, height)


def _visible(value, log):
    return value is not None and math.isfinite(value) and (value > 0 or not log)


def _axis(value, log):
    return math.log10(value) if log else value


def _range(values, log):
    low, high = min(values), max(values)
    if low == high:
        return (low / 2, high * 2) if log else (low - (abs(low) or 1.0) * 0.1, high + (abs(high) or 1.0) * 0.1)
    return low, high


def _scale(low, high, start, end):
    """The function that maps low … high to start … end."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _path(points):
    commands, pen_down = [], False
    for point in points:
        if point is not None:
            commands.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_down = point is not None
    return " ".join(commands)


def _alone(points):
    """The isolated points between gaps, which no line would show."""
    padded = [None, *points, None]
    return [point for i, point in enumerate(points) if point and padded[i] is None is padded[i + 2]]


def _label(value, step):
    """The value with enough digits to distinguish it from those one step away."""
    digits = 3
    while digits < 9 and f"{value:.{digits}g}" == f"{value + step:.{digits}g}":
        digits += 1
    return f"{value:.{digits}g}"


def _frame(low, high, log, count, y):
    lines = []
    for step in range(4):
        value = low + (high - low) * step / 3 if not log else low * (high / low) ** (step / 3)
        at, label = y(_axis(value, log)), _label(value, (high - low) / 3)
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#d8dee4"/>'
            f'<text x="{LEFT - 5}" y="{at + 4:.1f}" font-size="11" text-anchor="end">{label}</text>'
        )
    lines.append(f'<text x="{LEFT}" y="{HEIGHT - 19}" font-size="11">1</text>')
    lines.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 19}" font-size="11" text-anchor="end">{count}</text>')
    return "".join(lines)


def _figure(title, parts, width=WIDTH, height=HEIGHT):
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" fill="currentColor">{"".join(parts)}</svg></figure>'
    )
