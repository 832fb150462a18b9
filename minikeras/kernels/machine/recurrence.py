"""The steps of recurrent layers after their products, for one sample: `../recurrence/lines.py` as vector code."""

from minikeras.kernels.machine.lines import line_symbol
from minikeras.kernels.recurrence import formulas

_FILES = "../recurrence/formulas.py", "vector_values.py", "../formulas.py", "../exponential.py"


def _symbol(name, formula, inputs, outputs):
    return line_symbol(name, formula, inputs, outputs, __file__, *_FILES)


lstm_line = _symbol("lstm_line", formulas.lstm, (4, 1), (4, 1, 1))
lstm_gradient_line = _symbol("lstm_gradient_line", formulas.lstm_gradient, (4, 1, 1, 1, 1), (4, 1))
gru_line = _symbol("gru_line", formulas.gru, (3, 3, 1), (3, 1, 1))
gru_gradient_line = _symbol("gru_gradient_line", formulas.gru_gradient, (3, 1, 1, 1), (3, 3, 1))
tanh_line = _symbol("tanh_line", formulas.tanh_of, (1,), (1,))
tanh_gradient_line = _symbol("tanh_gradient_line", formulas.tanh_gradient, (1, 1), (1,))
relu_line = _symbol("relu_line", formulas.relu_of, (1,), (1,))
relu_gradient_line = _symbol("relu_gradient_line", formulas.relu_gradient, (1, 1), (1,))
