"""The picture that `demo` draws: learning curves above, mistakes below."""

from minikeras.optional_packages import optional_module

COLUMNS = 8


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
    for axes, i in zip(figure.subplots(1, COLUMNS), wrong, strict=False):
        axes.imshow(x[i, ..., 0], cmap="gray_r")
        axes.set_title(f"{y_pred[i]} → {y[i]}")
    for axes in figure.axes:
        axes.axis("off")
