"""Symbols that apply a formula to rows of elements, such as the gates of one sample at a step of a recurrent layer."""

from minikeras.kernels.machine.simd import Vectors
from minikeras.kernels.machine.symbols import Symbol
from minikeras.kernels.machine.vector_values import VectorValue


def line_symbol(name, formula, inputs, outputs, file, *neighbours):
    """A `Symbol` (count, address of each input, address of each output): outputs = formula(inputs), element by element.

    Args:
        formula: Python function of vectors (see `../formulas.py`) that returns a tuple.
        inputs, outputs: for each address, the number of consecutive rows of `count` elements there; each row is an
            argument of the formula, or a result.
        file, *neighbours: the formula's source files, as in `Symbol`.
    """

    def write(builder, arguments):
        count, *pointers = arguments
        v = Vectors(builder)
        lines = [
            v.address(place, builder.mul(count, v.integer(part)))
            for place, parts in zip(pointers, (*inputs, *outputs), strict=True)
            for part in range(parts)
        ]
        first_output = sum(inputs)

        def apply(offset, mask):
            values = [VectorValue(builder, v.load(line, offset, mask)) for line in lines[:first_output]]
            for line, result in zip(lines[first_output:], formula(*values), strict=True):
                v.store(result.value, line, offset, mask)

        v.each(count, apply)

    return Symbol(name, 1 + len(inputs) + len(outputs), 0, write, file, "lines.py", *neighbours)
