"""Curves as an SVG picture: a panel for each group of lines."""

import math
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 420, 200, 60, 24, 20
COLORS = ("#1f77b4", "#d95f02", "#2ca02c", "#9467bd")


def curves_svg(panels):
    """Panels side by side.

    Args:
        panels: {title: {name of a line: list of numbers, one per epoch}}.
    """
    parts = [_panel(title, lines, place * WIDTH) for place, (title, lines) in enumerate(panels.items())]
    width = WIDTH * max(len(panels), 1)
    return (
        f'<svg role="img" aria-label="Curves of {escape(", ".join(panels))}" xmlns="http://www.w3.org/2000/svg" '
        f'width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" style="max-width:100%;height:auto" '
        f'font-family="sans-serif" font-size="11" fill="currentColor">{"".join(parts)}</svg>'
    )


def _panel(title, lines, left):
    values = [v for line in lines.values() for v in line if math.isfinite(v)] or [0.0]
    low, high = min(values), max(values)
    longest = max(map(len, lines.values()))

    def point(i, value):
        x = left + LEFT + (WIDTH - LEFT - 20) * (i / (longest - 1) if longest > 1 else 0.5)
        return x, TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low) if high > low else 0.5)

    parts = [f'<text x="{left + LEFT}" y="12" font-weight="bold">{escape(title)}</text>']
    bottom, right = HEIGHT - BOTTOM + 6, left + WIDTH - 20
    parts.append(
        f'<path d="M{left + LEFT},{TOP - 4} V{bottom} H{right}" fill="none" stroke="currentColor" opacity="0.4"/>'
    )
    for i in sorted({0, longest - 1}):
        anchor = "middle" if longest == 1 else "start" if i == 0 else "end"
        label = f"epoch {i + 1}" if i == 0 else i + 1
        parts.append(f'<text x="{point(i, low)[0]:.0f}" y="{HEIGHT - 4}" text-anchor="{anchor}">{label}</text>')
    for value in dict.fromkeys((low, high)):
        parts.append(
            f'<text x="{left + LEFT - 4}" y="{point(0, value)[1] + 4:.0f}" text-anchor="end">{value:.4g}</text>'
        )
    for number, (name, line) in enumerate(lines.items()):
        color = COLORS[number % len(COLORS)]
        places = [point(i, v) for i, v in enumerate(line) if math.isfinite(v)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{color}"/>' for x, y in places if longest < 30]
        x = left + LEFT + 90 + 110 * number
        parts.append(f'<text x="{x}" y="12" fill="{color}">{escape(name)}</text>')
    return "".join(parts)
