"""How fast minikeras is meant to be: goals that benchmarks name; RESULTS.md shows which are met."""

from typing import NamedTuple


class Goal(NamedTuple):
    """The ratio that a row of the goals table asks for: the time of `theirs` divided by that of `ours`.

    Several benchmarks may share a goal: every one of them must reach it.
    """

    name: str
    ratio: float
    ours: str = "minikeras"
    theirs: str = "tensorflow"


CONVOLUTION = Goal("every single convolution, forward and both gradients", 1.2)
CONVOLUTION_3X3 = Goal("convolutions 3×3 with stride 1, forward and both gradients", 2.0)
OTHER_KERNEL = Goal("every other kernel", 1.5)
OTHER_KERNEL_PYTORCH = Goal("every other kernel, PyTorch's time / ours", 0.9, theirs="pytorch")
OTHER_KERNELS = (OTHER_KERNEL, OTHER_KERNEL_PYTORCH)


def of_fit(name, ratio):
    """The goals of a network: for `fit`, and half of it for the same without compiled steps."""
    return Goal(f"{name}", ratio), Goal(f"{name}, eager", ratio / 2, ours="eager")
