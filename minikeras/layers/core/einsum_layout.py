"""The shapes implied by the equation of an `EinsumDense`."""

import math
import re
from functools import cached_property

from minikeras.layers.quantization.kernel_axes import KernelAxes

FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class EinsumLayout:
    """The shapes that an equation such as "abc,cd->abd" implies for an input's shape.

    Args:
        equation: letters for the axes of input, kernel and output; `...` may be at one end of input and output. As in
            Keras, an input with more axes than letters, or an output with more lengths, fails only when it is computed.
        bias_axes: letters of the output, or None.
        input_shape: with None for unknown lengths.
        partial_output_shape: the output's lengths without the batch's and those of `...`; None for the input's.
        name: of the layer, for messages.

    Attributes:
        output_shape: shape of the output, batch first.
        kernel_shape, bias_shape: shapes of the weights; the bias has length 1 along axes that it lacks.
        input_axes, output_axes: the kernel's axes that are summed over, and those of the output.
        is_product: whether the equation is a plain matrix product: the input's last axes are the kernel's first ones,
            the others keep their order, and a bias has all axes of a kernel's column.

    Raises:
        ValueError: the equation has another form, or does not fit the shapes.
    """

    def __init__(self, equation, bias_axes, input_shape, partial_output_shape, name):
        self.equation, self.name, self.input_shape = equation, name, tuple(input_shape)
        match = FORM.fullmatch(equation.replace(" ", ""))
        if (
            match is None
            or match[1] != match[5]
            or match[3] != match[7]
            or (match[1] and match[3])
            or (match[3] and len(match[2]) < 2)  # a single letter before `...` would be the batch
        ):
            raise ValueError(
                f"Invalid einsum equation '{equation}' of layer '{name}'. It must be like 'ab,bc->ac', with "
                "letters for the axes; '...' may be before (or, with at least two letters, after) those of the "
                "inputs and of the outputs."
            )
        self.input, self.kernel, self.output = match[2], match[4], match[6]
        hidden = len(self.input_shape) - len(self.input)
        if hidden < 0:
            raise self._error(f"the input must have {len(self.input)} axes")
        self.hidden_left, self.hidden_right = (hidden, 0) if match[1] else (0, hidden)
        sizes = self.input_shape[self.hidden_left : len(self.input_shape) - self.hidden_right]
        self.input_sizes = dict(zip(self.input, sizes, strict=True))
        self._set_output(tuple(partial_output_shape))
        self._set_kernel()
        self.bias_shape = None if bias_axes is None else self._bias_shape(bias_axes)

    def _set_output(self, partial):
        ndim = len(self.input_shape)
        left, right = self.input_shape[: self.hidden_left], self.input_shape[ndim - self.hidden_right :]
        named = partial if self.hidden_left else (self.input_shape[0], *partial)
        if len(named) < len(self.output):
            raise self._error(f"`output_shape` must have {len(self.output) - (not self.hidden_left)} lengths")
        self.output_shape = (*left, *named, *right)
        self.output_sizes = dict(zip(self.output, named, strict=False))  # lengths without a letter go unused
        for label, length in self.output_sizes.items():
            if label not in self.input and label not in self.kernel:
                raise self._error(f"axis '{label}' of the output has no corresponding axis of the input or kernel")
            if length is not None and self.input_sizes.get(label, length) != length:
                raise self._error(
                    f"input and `output_shape` do not match at axis '{label}'; None takes the input's length"
                )

    def _set_kernel(self):
        self.input_axes = [i for i, label in enumerate(self.kernel) if label not in self.output]
        self.output_axes = [i for i, label in enumerate(self.kernel) if label in self.output]
        for label in self.kernel:
            if label not in self.output and label not in self.input:
                raise self._error(f"axis '{label}' of the kernel has no corresponding axis of the input or output")

    @cached_property
    def kernel_shape(self):
        """The shape of the kernel.

        Raises:
            ValueError: a length is unknown.
        """
        lengths = [self.output_sizes.get(label) or self.input_sizes.get(label) for label in self.kernel]
        if None in lengths:
            raise self._error("the lengths of the kernel's axes must be known")
        return tuple(lengths)

    @cached_property
    def kernel_axes(self):
        """The kernel's axes, for quantization."""
        of_input = [i for i, label in enumerate(self.input) if label not in self.output]
        lengths = dict(zip(self.kernel, self.kernel_shape, strict=True))
        scale_shape = tuple(lengths.get(label, 1) for label in self.output)
        beside = tuple(1 if i in self.input_axes else n for i, n in enumerate(self.kernel_shape))
        return KernelAxes(self.kernel_shape, tuple(self.input_axes), tuple(of_input), scale_shape, beside)

    def _bias_shape(self, bias_axes):
        unknown = [label for label in bias_axes if label not in self.output]
        if unknown or not bias_axes:
            raise self._error(f"an axis of the bias is not part of the output. Received: bias_axes={bias_axes!r}")
        from_first = self.output[min(self.output.index(label) for label in bias_axes) :]
        return (*[self.output_sizes[n] if n in bias_axes else 1 for n in from_first], *[1] * self.hidden_right)

    @cached_property
    def is_product(self):
        """Whether `einsum` is one matrix product."""
        summed = "".join(self.kernel[i] for i in self.input_axes)
        new = self.kernel[len(summed) :]
        kept = self.input.removesuffix(summed)
        if not summed or self.hidden_right or not new or self.kernel != summed + new or not self.input.endswith(summed):
            return False
        fits = kept + new == self.output and len(set(self.input)) == len(self.input)
        self.kept_shape = self.input_shape[1 : len(self.input_shape) - len(summed)]
        self.new_shape = self.kernel_shape[len(summed) :]
        self.matrix_shape = math.prod(self.kernel_shape[: len(summed)]), math.prod(self.new_shape)
        return fits and len(self.input_shape) > len(summed) and self.bias_shape in (None, self.new_shape)

    def _error(self, what):
        return ValueError(
            f"The equation of EinsumDense layer '{self.name}' does not fit: {what}. Received: "
            f"equation='{self.equation}', input_shape={self.input_shape}"
        )
