"""Renders a program's output as HTML as a terminal would show it: colours, overwritten lines, moved cursors.

Programs write control characters among their text: a carriage return or backspaces before a progress bar is redrawn,
escape sequences for colours (ECMA-48). `as_html` writes the text into lines of cells as a terminal does, and then each
run of cells of one style as a `<span>`.
"""

import re
from html import escape
from itertools import groupby

# A sequence that ends in a letter, with its numbers; one that sets a title or link; any other, of two characters.
_SEQUENCE = re.compile(r"\x1b\[([\d;:?]*)[ -/]*([@-~])|\x1b[\]P^_].*?(?:\x07|\x1b\\)|\x1b.|[\s\S]")
_COLORS = ["#24292f", "#cf222e", "#1a7f37", "#9a6700", "#0969da", "#8250df", "#1b7c83", "#6e7781"]  # readable on white
_BRIGHT = ["#57606a", "#a40e26", "#2da44e", "#bf8700", "#218bff", "#a475f9", "#3192aa", "#8c959f"]
TAB = 8
MAX_COLUMN = 10_000  # a sequence may move the cursor anywhere


class _Screen:
    """Lines of cells (character, style), and a cursor."""

    def __init__(self):
        self.lines = [[]]
        self.row = self.column = 0
        self.style = ()  # (property, value) pairs of CSS

    def put(self, character):
        line = self.lines[self.row]
        line += [(" ", ())] * (self.column + 1 - len(line))
        line[self.column] = character, self.style
        self.column += 1

    def control(self, character):
        """Act on a control character; all others are ignored."""
        if character == "\n":
            self.move(1, 0)
            self.column = 0
        elif character == "\r":
            self.column = 0
        elif character == "\b":
            self.move(0, -1)
        elif character == "\t":
            self.move(0, TAB - self.column % TAB)

    def move(self, down, right):
        self.row = max(self.row + down, 0)
        self.lines += [[] for _ in range(self.row + 1 - len(self.lines))]
        self.column = min(max(self.column + right, 0), MAX_COLUMN)

    def sequence(self, numbers, kind):
        """Act on an escape sequence: a style, an erasure, or a movement within what has been written."""
        first = numbers[0]
        count = max(first, 1)
        if kind == "m":
            self.set_style(numbers)
        elif kind == "K":
            line = self.lines[self.row]
            if first == 0:
                del line[self.column :]
            else:
                upto = len(line) if first == 2 else min(self.column + 1, len(line))
                line[:upto] = [(" ", ())] * upto
        elif kind == "G":
            self.column = min(count - 1, MAX_COLUMN)
        elif kind in "ABCD":
            down, right = {"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1)}[kind]
            lowest = len(self.lines) - 1 - self.row
            self.move(min(down * count, lowest), right * count)

    def set_style(self, numbers):
        style, numbers = dict(self.style), iter(numbers)
        for number in numbers:
            if number == 0:
                style = {}
            elif number == 1:
                style["font-weight"] = "bold"
            elif number == 22:
                style.pop("font-weight", None)
            elif number in (38, 48):
                color = _extended_color(numbers)
                if number == 38 and color:
                    style["color"] = color
            elif number == 39:
                style.pop("color", None)
            elif 30 <= number <= 37:
                style["color"] = _COLORS[number - 30]
            elif 90 <= number <= 97:
                style["color"] = _BRIGHT[number - 90]
        self.style = tuple(style.items())


def as_html(text):
    """The text as a terminal finally shows it, as HTML for a `<pre>`."""
    screen = _Screen()
    for found in _SEQUENCE.finditer(text.replace("\r\n", "\n")):
        if found[2]:
            screen.sequence([int(n) if n.isdecimal() else 0 for n in re.split("[;:]", found[1][:40])], found[2])
        elif len(found[0]) == 1:
            (screen.put if found[0].isprintable() else screen.control)(found[0])
    return "\n".join(_line(line) for line in screen.lines)


def _line(cells):
    while cells and cells[-1] == (" ", ()):
        cells.pop()
    return "".join(_span("".join(c for c, _ in run), style) for style, run in groupby(cells, key=lambda cell: cell[1]))


def _span(text, style):
    css = "; ".join(f"{name}: {value}" for name, value in style)
    return f'<span style="{css}">{escape(text)}</span>' if css else escape(text)


def _extended_color(numbers):
    """The colour after 38: 5;n of a table of 256, or 2;red;green;blue; None if it is not a colour."""
    kind = next(numbers, 0)
    if kind == 2:
        channels = [min(next(numbers, 0), 255) for _ in range(3)]
        return "#{:02x}{:02x}{:02x}".format(*channels)
    if kind != 5:
        return None
    index = min(next(numbers, 0), 255)
    if index < 16:
        return (_COLORS + _BRIGHT)[index]
    if index >= 232:  # a scale of greys
        return "#{0:02x}{0:02x}{0:02x}".format(8 + 10 * (index - 232))
    levels = (0, 95, 135, 175, 215, 255)  # of a 6×6×6 cube
    index -= 16
    return f"#{levels[index // 36]:02x}{levels[index // 6 % 6]:02x}{levels[index % 6]:02x}"
