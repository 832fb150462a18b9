"""Line charts for the examples; a sentence if matplotlib is not installed."""

# Okabe and Ito's colours, which colour-blind people can tell apart; further curves are dashed.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES = ("-", "--", ":")


def chart(picture, curves, **labels):
    """Draw {name: (x, y)} into the file `picture`.

    Args:
        **labels: of `Axes.set`: title, xlabel, ylabel, yscale.
    """
    try:
        from matplotlib import pyplot as plt
    except ModuleNotFoundError:
        print(f"{picture} was not drawn: it needs matplotlib. Install it with: python -m pip install matplotlib")
        return
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    for number, (name, (x, y)) in enumerate(curves.items()):
        style = DASHES[number // len(COLORS) % len(DASHES)]
        axes.plot(x, y, style, color=COLORS[number % len(COLORS)], label=name)
    axes.set(**labels)
    axes.grid(alpha=0.3)
    axes.legend(ncols=2 if len(curves) > len(COLORS) else 1)
    figure.savefig(picture, dpi=120)
    print(f"drawn in {picture}")
