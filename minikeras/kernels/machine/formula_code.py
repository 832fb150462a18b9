"""The machine code of a `FormulaKernel`: one pass over its arrays, 16 elements at a time."""

from minikeras.kernels.machine import object_code
from minikeras.kernels.machine.fingerprints import fingerprint, stamps
from minikeras.kernels.machine.llvm import FLOAT32, INTEGER, ir, parsed
from minikeras.kernels.machine.simd import Vectors
from minikeras.kernels.machine.symbols import write_function
from minikeras.kernels.machine.vector_values import VectorValue
from minikeras.kernels.tasks import CHUNK

VECTORS_PER_ITERATION = 2  # vectors per loop iteration: 4 % on the sigmoid


def made_from(kernel):
    """The sources on which the machine code depends (see `fingerprints.py`)."""
    return fingerprint(kernel.formula), CHUNK, stamps(__file__, "vector_values.py", "simd.py", "../formulas.py")


def task_code(kernel, name):
    """The object code of a function (address of an argument block, task, thread): one chunk."""

    def write(builder, arguments):
        block, task, _ = arguments
        words = builder.inttoptr(block, INTEGER.as_pointer())

        def word(place):
            return builder.load(builder.gep(words, [ir.Constant(INTEGER, place)]))

        v = Vectors(builder)
        first = builder.mul(task, v.integer(CHUNK))
        left = builder.sub(word(1), first)
        count = builder.select(builder.icmp_signed("<", left, v.integer(CHUNK)), left, v.integer(CHUNK))
        arrays = [v.address(word(2 * i), first) for i in range(kernel.inputs + 1)]
        scalar_words = range(2 * len(arrays), len(arrays) + len(kernel.parameters))
        scalars = [builder.bitcast(word(place), ir.DoubleType()) for place in scalar_words]
        write_formula_loop(v, kernel.formula, count, arrays, scalars)

    return _code(name, [INTEGER] * 3, write)


def line_code(kernel, name):
    """The object code of a function (count, addresses of the arrays, float64 values): all elements."""

    def write(builder, arguments):
        count, *arrays = arguments[: kernel.inputs + 2]
        write_formula_loop(Vectors(builder), kernel.formula, count, arrays, arguments[kernel.inputs + 2 :])

    scalars = len(kernel.parameters) - kernel.inputs - 1
    return _code(name, [INTEGER] * (kernel.inputs + 2) + [ir.DoubleType()] * scalars, write)


def write_formula_loop(v, formula, count, arrays, scalars):
    """result[i] = formula(x[i], …, *numbers) for i < count.

    Args:
        v: `Vectors`.
        formula: see `formula_kernels.py`.
        count: an integer of LLVM.
        arrays: the addresses of the formula's arrays, and of the results.
        scalars: float64 values.
    """
    builder = v.builder
    *inputs, result = arrays
    scalars = [VectorValue(builder, v.splat(builder.fptrunc(scalar, FLOAT32))) for scalar in scalars]

    def write_vector(offset, mask):
        x = [VectorValue(builder, v.load(address, offset, mask)) for address in inputs]
        v.store(formula(*x, *scalars).value, result, offset, mask)

    v.each(count, write_vector, VECTORS_PER_ITERATION)


def _code(name, kinds, write):
    module = object_code.new_module(name)
    write_function(module, name, kinds, write)
    return object_code.emit(object_code.optimised(parsed(module), 2), name)
