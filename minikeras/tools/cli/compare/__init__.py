"""Run one script on TensorFlow and on minikeras, and compare the two runs step by step.

Each backend runs the script in its own process, from the same seed. The command compares losses and metrics per batch
and per epoch, what evaluate and predict return, and all weights: as created, after every step, and at the end. If the
runs differ, it runs the step in question again with every layer's output and gradient recorded, and names the first
that differs. Exit status: 0 the runs agree, 1 they differ, 2 a side failed.

For programs: `compare_script(path)` returns a `Comparison`.
"""

from minikeras.tools.cli.compare.command import add_arguments, run
from minikeras.tools.cli.compare.comparing import CompareError, compare_script
from minikeras.tools.cli.compare.comparison import Comparison

__all__ = ["CompareError", "Comparison", "add_arguments", "compare_script", "run"]
