"""What `demo` shows: images drawn with characters in the terminal, and a picture of learning curves and mistakes."""

import sys

from minikeras.base.optional_packages import optional_module

MISTAKES_SHOWN = 8


def draw(path, history, x, y, y_pred):
    """Save a picture of the loss and accuracy per epoch and of the images that were mistaken for others.

    Args:
        path: Where; the ending chooses the format.
        history: `fit(...).history`, with "loss", "accuracy" and the same of the validation data.
        x, y, y_pred: Images (n, 8, 8, 1), their labels and their predictions.

    Raises:
        ImportError: matplotlib is not installed.
    """
    figure = optional_module("matplotlib.figure", "The picture").Figure(figsize=(10, 6), layout="constrained")
    curves, mistakes = figure.subfigures(2, 1, height_ratios=[3, 2])
    for axes, name in zip(curves.subplots(1, 2), ("loss", "accuracy"), strict=True):
        _draw_curve(axes, name, history)
    _draw_mistakes(mistakes, x, y, y_pred)
    figure.savefig(path, dpi=120)


def _draw_curve(axes, name, history):
    epochs = range(1, len(history[name]) + 1)
    axes.plot(epochs, history[name], label="training")
    axes.plot(epochs, history[f"val_{name}"], label="validation")
    axes.set(xlabel="epoch", title=name)
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_mistakes(figure, x, y, y_pred):
    wrong = (y != y_pred).nonzero()[0]
    figure.suptitle(f"{len(wrong)} mistakes among {len(y)} test digits (read → meant)")
    for axes, i in zip(figure.subplots(1, MISTAKES_SHOWN), wrong, strict=False):
        axes.imshow(x[i, ..., 0], cmap="gray_r")
        axes.set_title(f"{y_pred[i]} → {y[i]}")
    for axes in figure.axes:
        axes.axis("off")


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
    """Block characters if the terminal can show them."""
    try:
        BLOCKS.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return PLAIN
    return BLOCKS
