"""Run one script on TensorFlow and on minikeras, and compare the two runs step by step.

Each backend runs the script in a separate process, from the same seed. Compared are losses and metrics per batch and
per epoch, what evaluate and predict return, and all weights: as created, after every step, and at the end. Where the
runs differ, the step in question is run again with every layer's output and gradient recorded, and the first that
differs is named. Exit status: 0 the runs agree, 1 they differ, 2 a side failed.

For programs: `compare_script(path)` returns a `Comparison`.
"""

from minikeras.cli.compare.command import add_arguments, run
from minikeras.cli.compare.comparing import CompareError, compare_script
from minikeras.cli.compare.comparison import Comparison

__all__ = ["CompareError", "Comparison", "add_arguments", "compare_script", "run"]
