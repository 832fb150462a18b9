"""The roofline plot: what kernels achieve, next to what this machine could do at most.

A kernel that computes F operations on B bytes cannot take less than max(F / peak, B / bandwidth) seconds (S. Williams,
A. Waterman and D. Patterson, "Roofline", 2009). Bytes are counted once for each array read and written; what stays in a
cache is limited by that cache's bandwidth instead. Operations are those of the definition: Winograd's method needs
fewer, and may be above the roof.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter

from benchmarks.figures import COLORS, FAINT, INK, LABELS, STYLE, WIDTH

SIDES = ("minikeras", "tensorflow")
MARKERS = {"convolution": "o", "dense": "s"}
LABEL = FuncFormatter(lambda value, _: f"{value:,g}")


def roofline(rows, peaks):
    """Two panels: GFLOP/s of products and convolutions over their operations per byte, GB/s of the rest over bytes.

    Args:
        rows: with `operations` or `bytes` counted.
        peaks: see `peaks.measured`.
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(WIDTH, 4.2))
        _of_operations(axes[0], [row for row in rows if row["operations"]], peaks)
        _of_bytes(axes[1], [row for row in rows if not row["operations"]], peaks)
        figure.tight_layout(w_pad=2.5)
    return figure


def _of_operations(axis, rows, peaks):
    axis.set_xscale("log")
    axis.set_yscale("log")
    for row in rows:
        intensity = row["operations"] / row["bytes"]
        speeds = {side: row["operations"] / row["best"][side] / 1e9 for side in SIDES if side in row["best"]}
        _points(axis, intensity, speeds, MARKERS.get(row["family"].rpartition("_")[2], "o"))
    left, right = axis.get_xlim()
    at = np.geomspace(left, right, 200)
    for name, style in (("bandwidth", "-"), ("cache", "--")):
        axis.plot(at, np.minimum(peaks["gflops"], at * peaks[name]), style, color=INK, linewidth=1.2, zorder=1)
    axis.annotate(
        f"{peaks['gflops']:.0f} GFLOP/s", (right, peaks["gflops"]), (-2, 4), textcoords="offset points", ha="right",
        fontsize=8,
    )  # fmt: skip
    _name_slope(axis, at[0], peaks, "bandwidth", "memory", below=True)
    _name_slope(axis, at[0], peaks, "cache", "L2 cache", below=False)
    axis.xaxis.set_major_formatter(LABEL)
    axis.yaxis.set_major_formatter(LABEL)
    axis.set_xlabel("floating-point operations per byte")
    axis.set_title("Convolutions and products: GFLOP/s", pad=22)
    axis.grid(True)
    _legend(axis)


def _name_slope(axis, x, peaks, name, words, below):
    axis.annotate(
        f"{words}, {peaks[name]:.0f} GB/s", (1.25 * x, 1.25 * x * peaks[name]), (3, -8) if below else (-3, 6),
        textcoords="offset points", fontsize=8, va="top" if below else "bottom",
    )  # fmt: skip


def _of_bytes(axis, rows, peaks):
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    for row in rows:
        speeds = {side: row["bytes"] / row["best"][side] / 1e9 for side in SIDES if side in row["best"]}
        _points(axis, row["bytes"], speeds, "o")
    left, _ = axis.get_xlim()
    for name, style, words in (("bandwidth", "-", "memory"), ("cache", "--", "L2 cache")):
        axis.axhline(peaks[name], linestyle=style, color=INK, linewidth=1.2, zorder=1)
        axis.annotate(
            f"{words}, {peaks[name]:.0f} GB/s", (left, peaks[name]), (4, 3), textcoords="offset points", fontsize=8
        )
    axis.set_xticks([2**power for power in range(10, 31, 5) if 2**power < axis.get_xlim()[1]])
    axis.xaxis.set_major_formatter(FuncFormatter(_bytes))
    axis.yaxis.set_major_formatter(LABEL)
    axis.set_xlabel("bytes read and written")
    axis.set_ylim(top=3 * max(axis.get_ylim()[1], peaks["cache"]))
    axis.set_title("Passes over memory: GB/s", pad=22)
    axis.grid(True)
    _legend(axis)


def _points(axis, x, speeds, marker):
    axis.plot([x, x], [min(speeds.values()), max(speeds.values())], color=FAINT, linewidth=0.8, zorder=1)
    for side, speed in speeds.items():
        axis.scatter(x, speed, 17, marker=marker, color=COLORS[side], edgecolor="white", linewidth=0.4, zorder=2)


def _legend(axis):
    handles = [
        plt.Line2D([], [], color=COLORS[side], marker="o", markersize=4.5, linestyle="", label=LABELS[side])
        for side in SIDES
    ]
    axis.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0, borderaxespad=0.4,
        handletextpad=0.2,
    )  # fmt: skip


def _bytes(value, _):
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if value >= size:
            return f"{value / size:,.3g} {unit}"
    return f"{value:g} B"
