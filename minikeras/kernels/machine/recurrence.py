"""The steps of recurrent layers after their products, for one sample: `../recurrence/lines.py` as vector code."""

from minikeras.kernels.machine.simd import Vectors
from minikeras.kernels.machine.symbols import Symbol
from minikeras.kernels.machine.vector_values import VectorValue
from minikeras.kernels.recurrence import formulas

_SOURCES = "../recurrence/formulas.py", "vector_values.py", "../formulas.py", "../exponential.py"


def _symbol(name, formula, inputs, outputs):
    """A `Symbol` (count, address of each input, address of each output): outputs = formula(inputs), element by element.

    Args:
        formula: Python function of vectors (see `../formulas.py`) that returns a tuple.
        inputs, outputs: for each address, the number of consecutive rows of `count` elements there; each row is an
            argument of the formula, or a result.
    """

    def write(builder, arguments):
        count, *pointers = arguments
        v = Vectors(builder)
        lines = [
            v.address(pointer, builder.mul(count, v.integer(part)))
            for pointer, parts in zip(pointers, (*inputs, *outputs), strict=True)
            for part in range(parts)
        ]
        first_output = sum(inputs)

        def apply(offset, mask):
            values = [VectorValue(builder, v.load(line, offset, mask)) for line in lines[:first_output]]
            for line, result in zip(lines[first_output:], formula(*values), strict=True):
                v.store(result.value, line, offset, mask)

        v.each(count, apply)

    return Symbol(name, 1 + len(inputs) + len(outputs), 0, write, __file__, *_SOURCES)


lstm_line = _symbol("lstm_line", formulas.lstm, (4, 1), (4, 1, 1))
lstm_gradient_line = _symbol("lstm_gradient_line", formulas.lstm_gradient, (4, 1, 1, 1, 1), (4, 1))
gru_line = _symbol("gru_line", formulas.gru, (3, 3, 1), (3, 1, 1))
gru_gradient_line = _symbol("gru_gradient_line", formulas.gru_gradient, (3, 1, 1, 1), (3, 3, 1))
tanh_line = _symbol("tanh_line", formulas.tanh_of, (1,), (1,))
tanh_gradient_line = _symbol("tanh_gradient_line", formulas.tanh_gradient, (1, 1), (1,))
relu_line = _symbol("relu_line", formulas.relu_of, (1,), (1,))
relu_gradient_line = _symbol("relu_gradient_line", formulas.relu_gradient, (1, 1), (1,))
