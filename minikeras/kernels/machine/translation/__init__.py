"""How a compiler works: a kernel's Python becomes LLVM instructions. A tour.

Task kernels are written in a small subset of Python: integers and floats, arrays, loops over `range`, conditions, calls
of subroutines. That subset can be translated statement by statement, in order, in one pass over the source:

1. `sources.py` parses the file with Python's own parser and finds the function in it.
2. `statements.py` and `expressions.py` traverse the tree. `for i in range(n)` becomes a test, a body and a jump back; a
   subroutine is inlined where it is called.
3. `arithmetic.py`, `arrays.py` and `calls.py` emit the code of operators, subscripts and functions.
4. `values.py` represents the value of an expression: a register and its type. A parameter's annotation declares its
   type, and the type of each operation follows from its operands, so nothing needs to be inferred.

LLVM does the rest: it keeps variables in registers, moves invariants out of loops, processes eight or 16 values with
one instruction, and generates machine code.

Numba, which compiles most of Python on arrays, makes equally fast code. But it has to infer the types of variables, in
rounds, and passes a kernel through a dozen representations: 0.06 to 1.5 s per kernel, ten times as long as this.
"""

from minikeras.kernels.machine import object_code
from minikeras.kernels.machine.llvm import INTEGER, ir, parsed
from minikeras.kernels.machine.translation.arrays import array_at
from minikeras.kernels.machine.translation.statements import Body
from minikeras.kernels.machine.translation.values import FLOAT, INT, Scalar
from minikeras.kernels.machine.untranslatable import Untranslatable
from minikeras.kernels.structures import arranged

__all__ = ["Untranslatable", "function_code", "task_code"]


def task_code(kernel, name):
    """The object code of a `TaskKernel`: a function (address of an argument block, task, thread) called `name`.

    Raises:
        Untranslatable: with the reason.
    """

    def write(builder, given):
        block, *scalars = given
        before = [Scalar(INT, scalar) for scalar in scalars[: 2 if kernel.takes_thread else 1]]
        words = builder.inttoptr(block, INTEGER.as_pointer())
        arguments = arranged(kernel.structures, _unpacked(builder, kernel.parameters, words))
        Body(builder, kernel.function, [*before, *arguments]).write()

    return _code(name, 3, write)


def function_code(function, name, returns):
    """The object code of a function of int64 values that returns nothing or an int64, called `name`.

    Raises:
        Untranslatable: with the reason.
    """
    integers = function.__code__.co_argcount
    return _code(
        name,
        integers,
        lambda ir_builder, given: Body(ir_builder, function, [Scalar(INT, n) for n in given]).write(),
        returns,
    )


def _code(name, integers, write, returns=False):
    """The object code of a function of int64 values; `write(builder, arguments)` emits its body, returns its result."""
    module = object_code.new_module(name)
    result = INTEGER if returns else ir.VoidType()
    function = ir.Function(module, ir.FunctionType(result, [INTEGER] * integers), name)
    builder = ir.IRBuilder(function.append_basic_block("start"))
    scalar = write(builder, function.args)
    builder.ret(scalar.llvm) if returns else builder.ret_void()
    return object_code.emit(object_code.optimised(parsed(module), 3), name)


def _unpacked(builder, parameters, words):
    """A task kernel's arguments, read from its argument block: see `tasks.py` for its contents."""
    place = 0

    def word():
        nonlocal place
        place += 1
        return builder.load(builder.gep(words, [ir.Constant(INTEGER, place - 1)]))

    arguments = []
    for parameter in parameters:
        if parameter is int:
            arguments.append(Scalar(INT, word()))
        elif parameter is float:
            scalar = builder.bitcast(word(), ir.DoubleType())
            arguments.append(Scalar(FLOAT, builder.fptrunc(scalar, FLOAT.llvm)))
        else:
            arguments.append(array_at(builder, parameter.dtype, word(), [word() for _ in range(parameter.ndim)]))
    return arguments
