"""The plots of RESULTS.md that show ratios: bars by kernel, dots by network, lines over batch sizes and threads."""

import matplotlib as mpl

mpl.use("Agg")  # no window
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from benchmarks.report import ratio

COLORS = {
    "minikeras": "#1f6feb",
    "eager": "#7fb2ff",
    "tensorflow": "#e8820c",
    "steps_per_execution": "#c25a00",
    "jit_compile": "#f5b35c",
    "pytorch": "#8250df",
}
LABELS = {
    "minikeras": "minikeras",
    "eager": "minikeras, run_eagerly",
    "tensorflow": "TensorFlow",
    "steps_per_execution": "TensorFlow, steps_per_execution",
    "jit_compile": "TensorFlow, jit_compile",
    "pytorch": "PyTorch",
    "onnxruntime": "ONNX Runtime",
}
MET, MISSED, INK, FAINT = "#2da44e", "#d1434b", "#24292f", "#d0d7de"
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 9, "axes.edgecolor": FAINT, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlesize": 10.5, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.axisbelow": True,
    "grid.color": "#eaeef2", "legend.frameon": False, "legend.fontsize": 8.5,
    "svg.fonttype": "none", "svg.hashsalt": "minikeras",
    "figure.facecolor": "white", "savefig.facecolor": "white",
}  # fmt: skip
BAR = 0.21  # inches of height for each row
WIDTH = 9.5


def save(figure, folder, name):
    """Writes the figure as SVG, the same bytes for the same numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.svg"
    with plt.rc_context(STYLE):
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight", pad_inches=0.12)
    plt.close(figure)
    return path


def times_faster(axis, which="x"):
    """A logarithmic axis of ratios: 0.5×, 1×, 2×, 5×, 10×, …"""
    getattr(axis, f"set_{which}scale")("log")
    one = axis.xaxis if which == "x" else axis.yaxis
    low, high = one.get_view_interval()
    ticks = [step * 10.0**power for power in range(-2, 6) for step in ((1, 2, 5) if high / low < 300 else (1,))]
    one.set_ticks([tick for tick in ticks if low <= tick <= high])
    one.set_minor_locator(NullLocator())
    one.set_minor_formatter(NullFormatter())
    one.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}×"))
    axis.grid(True, axis=which)


def short(value):
    """A ratio in three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio_bars(title, bars, legend=True):
    """Bars of ratios with their goals.

    Args:
        title: over the plot.
        bars: [(label, ratio, goal or None, PyTorch's ratio or None)], from the top.
    """
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + BAR * len(bars)))
        values = [bar[1] for bar in bars] + [bar[3] for bar in bars if bar[3]] + [bar[2] for bar in bars if bar[2]]
        axis.set_xlim(min(0.5, 0.8 * min(values)), 1.9 * max(*values, 2))
        for place, (_, value, goal, pytorch) in enumerate(bars):
            color = COLORS["minikeras"] if goal is None else MET if value >= goal else MISSED
            axis.barh(place, value - 1, left=1, height=0.66, color=color, alpha=0.85, linewidth=0)
            behind = max(value, 1, goal if goal and value < goal else 0)  # so that no mark hides the number
            behind = pytorch if pytorch and behind < 1.02 * pytorch < 1.4 * behind else behind
            axis.annotate(short(value), (behind, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
            if goal is not None:
                axis.plot([goal, goal], [place - 0.42, place + 0.42], color=INK, linewidth=1.6, solid_capstyle="butt")
            if pytorch:
                axis.plot(pytorch, place, "D", color=COLORS["pytorch"], markersize=4, markeredgecolor="white", mew=0.6)
        axis.axvline(1, color=INK, linewidth=0.8)
        axis.set_yticks(range(len(bars)), [bar[0] for bar in bars])
        axis.set_ylim(len(bars) - 0.4, -0.6)
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        times_faster(axis)
        axis.set_title(title, pad=26 if legend else 8)
        if legend:
            _legend_of_bars(axis, bars)
    return figure


def _legend_of_bars(axis, bars):
    handles = [
        Line2D([], [], color=MET, linewidth=6, alpha=0.85, label="goal reached"),
        Line2D([], [], color=MISSED, linewidth=6, alpha=0.85, label="below the goal"),
        Line2D([], [], color=INK, marker="|", linestyle="", markersize=9, mew=1.6, label="goal"),
    ]
    if any(bar[3] for bar in bars):
        marker = {"color": COLORS["pytorch"], "marker": "D", "linestyle": "", "markersize": 4}
        handles.append(Line2D([], [], **marker, label="PyTorch's time / ours"))
    axis.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(handles), borderpad=0, borderaxespad=0.4,
        columnspacing=1.4, handletextpad=0.6,
    )  # fmt: skip


def dots(title, rows, sides):
    """How many times as fast as TensorFlow's default each side is, a line of dots for each row."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(WIDTH, 1.2 + 0.34 * len(rows)))
        everything = []
        for place, row in enumerate(rows):
            speeds = {side: ratio(row, ours=side) for side in sides if side in row["best"]}
            everything += speeds.values()
            axis.plot(
                [min(speeds.values()), max(speeds.values())], [place, place], color=FAINT, linewidth=1.5, zorder=1
            )
            for side, speed in speeds.items():
                size = 62 if side == "minikeras" else 34
                axis.scatter(
                    speed, place, size, color=COLORS[side], edgecolor="white", linewidth=0.7, zorder=3 - (size < 50)
                )
            axis.annotate(
                short(speeds["minikeras"]), (speeds["minikeras"], place), (0, 5), textcoords="offset points",
                ha="center", fontsize=8, color=COLORS["minikeras"], fontweight="bold",
            )  # fmt: skip
        axis.set_xlim(0.7 * min(everything), 1.5 * max(everything))
        axis.axvline(1, color=COLORS["tensorflow"], linewidth=1)
        axis.set_yticks(range(len(rows)), [row["name"] for row in rows])
        axis.set_ylim(len(rows) - 0.4, -0.8)
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        times_faster(axis)
        axis.set_title(title, pad=42)
        shown = [side for side in sides if any(side in row["best"] for row in rows)]
        handles = [Line2D([], [], color=COLORS[s], marker="o", linestyle="", label=LABELS[s]) for s in shown]
        axis.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderpad=0, borderaxespad=0.4,
            columnspacing=1.4, handletextpad=0.2,
        )  # fmt: skip
    return figure


def scaling(batches, threads):
    """Two kinds of panels: time per sample over the batch size, and time over the number of threads.

    Args:
        batches: {network: {side: [(batch, seconds per sample)]}}.
        threads: {name: {side: [(threads, seconds)]}}.
    """
    with plt.rc_context(STYLE):
        panels = len(batches) + bool(threads)
        figure, axes = plt.subplots(1, panels, figsize=(WIDTH, 3.3), squeeze=False)
        for axis, (network, sides) in zip(axes[0], batches.items(), strict=False):
            for side, points in sides.items():
                xs, ys = zip(*sorted(points), strict=True)
                axis.plot(xs, [1e6 * y for y in ys], "o-", color=COLORS[side], label=LABELS[side], markersize=4)
            axis.set_xscale("log", base=2)
            axis.set_yscale("log")
            axis.set_xticks(xs, map(str, xs))
            low, high = axis.get_ylim()
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            axis.minorticks_off()
            axis.grid(True)
            axis.set_xlabel("batch size")
            axis.set_title(f"{network}, fit: µs per sample")
        axes[0][0].legend(loc="upper right")
        if threads:
            _speedups(axes[0][-1], threads)
        figure.tight_layout(w_pad=2)
    return figure


def _speedups(axis, threads):
    """Bars in groups: the time on one thread divided by that on all."""
    names, gains = list(threads), []
    for number, side in enumerate(("minikeras", "tensorflow")):
        for place, name in enumerate(names):
            points = sorted(threads[name].get(side, ()))
            if len(points) < 2:
                continue
            gain = points[0][1] / points[-1][1]
            gains.append(gain)
            axis.bar(place + 0.36 * number, gain, 0.34, color=COLORS[side])
            axis.annotate(f"{gain:.2f}", (place + 0.36 * number, gain), ha="center", va="bottom", fontsize=8)
    most = max(count for sides in threads.values() for points in sides.values() for count, _ in points)
    axis.axhline(most, color=FAINT, linestyle="--")
    axis.set_ylim(0, 1.15 * max(most, *gains))
    axis.set_xticks([place + 0.18 for place in range(len(names))], names)
    axis.tick_params(axis="x", length=0)
    axis.grid(True, axis="y")
    axis.set_title(f"speed on {most} threads / on 1")
