"""The axes of a kernel that are summed over, and the shapes of a scale that broadcasts to kernel or output."""

import math
from typing import NamedTuple


class KernelAxes(NamedTuple):
    """The axes of the kernel of a Dense or EinsumDense layer.

    Attributes:
        shape: of the kernel.
        summed: its axes that are summed over.
        summed_of_input: those of the input.
        scale_shape: of a scale for each output, as it multiplies the output.
        shape_beside_kernel: of the same scale, as it multiplies the kernel.
    """

    shape: tuple
    summed: tuple
    summed_of_input: tuple
    scale_shape: tuple
    shape_beside_kernel: tuple

    @property
    def kept(self):
        """The kernel's axes that are not summed over."""
        return tuple(axis for axis in range(len(self.shape)) if axis not in self.summed)

    @property
    def matrix_shape(self):
        """(rows, columns): lengths of all summed axes and of all others."""
        rows = math.prod(self.shape[axis] for axis in self.summed)
        return rows, math.prod(self.shape[axis] for axis in self.kept)
