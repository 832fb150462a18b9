"""Small grey images drawn with characters."""

import sys

BLOCKS, PLAIN = " ░▒▓█", " .:*#"
GAP = "  "
COLUMNS = 4  # images of 8 pixels side by side in 80 characters


def side_by_side(images, captions, columns=COLUMNS):
    """Images (n, height, width), from 0 (blank) to 1 (full), `columns` of them in a row, each above its caption.

    A pixel is two characters wide, as characters are about twice as high as wide.
    """
    shades = _shades()
    lines = []
    for start in range(0, len(images), columns):
        row = images[start : start + columns]
        lines += [GAP.join(_line(image[y], shades) for image in row) for y in range(images.shape[1])]
        lines.append(GAP.join(caption.center(2 * images.shape[2]) for caption in captions[start : start + columns]))
    return "\n".join(line.rstrip() for line in lines)


def _line(pixels, shades):
    return "".join(2 * shades[round(float(pixel) * (len(shades) - 1))] for pixel in pixels)


def _shades():
    """Block characters where the terminal can show them."""
    try:
        BLOCKS.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return PLAIN
    return BLOCKS
