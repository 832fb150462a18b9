"""A gallery of images."""

import math

import numpy as np

from minikeras.base.optional_packages import optional_module
from minikeras.ops.conversion import data_array
from minikeras.visualization.image_batches import image_batch


def plot_image_gallery(images, y_true=None, y_pred=None, label_map=None, rows=None, cols=None, value_range=(0, 255),
                       scale=2, path=None, show=None, transparent=True, dpi=60, legend_handles=None,
                       data_format=None):  # fmt: skip
    """Show images in rows and columns, or save the picture. Needs matplotlib.

    Args:
        images: (batch, height, width, channels).
        y_true, y_pred: (batch,), class indices for the titles.
        label_map: {class index: its name}, needed with them.
        rows, cols: of the gallery; if None, all images in roughly a square.
        value_range: of the images.
        scale: size of each image, in inches.
        path: of a file to save to.
        show: whether to show the picture; by default, only without `path`.
        transparent, dpi: of the file.
        legend_handles: matplotlib patches for a legend.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: the images are not a batch, labels have no names, or both `path` and `show` are given.
    """
    plt = optional_module("matplotlib.pyplot", "`plot_image_gallery`")
    if path is not None and show:
        raise ValueError(f"Give `path` to save the picture, or show=True, not both. Received: path={path}, show={show}")
    if (y_true is not None or y_pred is not None) and label_map is None:
        raise ValueError("`y_true` and `y_pred` need `label_map`, {class index: its name}. Received: label_map=None")
    images = _as_bytes(image_batch(images, data_format), value_range)
    rows, cols = _layout(len(images), rows, cols)
    figure, axes = plt.subplots(rows, cols, figsize=(cols * scale, rows * scale), frameon=False, layout="tight",
                                squeeze=False, sharex="row", sharey="col")  # fmt: skip
    figure.subplots_adjust(wspace=0, hspace=0)
    if legend_handles is not None:
        figure.legend(handles=legend_handles, loc="lower center")
    titles = _titles(len(images), y_true, y_pred, label_map)
    for number, place in enumerate(axes.flat):
        place.margins(x=0, y=0)
        place.axis("off")
        if number < len(images):
            place.imshow(images[number])
            if titles[number]:
                place.set_title(titles[number], fontsize=8)
    if path is not None:
        figure.savefig(path, pad_inches=0, bbox_inches="tight", transparent=transparent, dpi=dpi)
        plt.close(figure)
    elif show or show is None:
        plt.show()
        plt.close(figure)


def _layout(count, rows, cols):
    """(rows, columns) with room for all images; if one number is given, the other follows from it."""
    if rows is None:
        rows = math.ceil(math.sqrt(count)) if cols is None else math.ceil(count / cols)
    return rows, cols or math.ceil(count / rows)


def _as_bytes(images, value_range):
    low, high = value_range
    if not low < high:
        raise ValueError(f"`value_range` must be (lowest, highest). Received: value_range={value_range}")
    scaled = np.clip((images.astype(np.float32) - low) / (high - low) * 255, 0, 255)
    scaled = scaled[..., 0] if scaled.shape[-1] == 1 else scaled
    return np.stack([scaled] * 3, -1).astype(np.uint8) if scaled.ndim == 3 else scaled.astype(np.uint8)


def _titles(count, y_true, y_pred, label_map):
    titles = [[] for _ in range(count)]
    for word, labels in (("Label", y_true), ("Pred", y_pred)):
        for title, label in zip(titles, () if labels is None else data_array(labels).tolist(), strict=False):
            title.append(f"{word}: {label_map.get(label, 'Unknown')}")
    return ["  ".join(title) for title in titles]
