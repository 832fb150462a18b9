"""`Symbol`: a function written in LLVM instructions, which kernels call by name like one of the C library.

It is compiled once, not into each kernel that uses it.
"""

from minikeras.kernels.machine import object_code
from minikeras.kernels.machine.fingerprints import stamps
from minikeras.kernels.machine.llvm import FLOAT32, INTEGER, ir, parsed


class Symbol:
    """A function of integers and then floats that returns nothing.

    Args:
        name: its name.
        integers: how many int64 parameters it has; addresses are integers.
        floats: how many float32 parameters follow.
        write: called as `write(builder, arguments)`: emits the function's instructions.
        file: where `write` is defined.
        *neighbours: other files, relative to it, that the instructions depend on.
    """

    def __init__(self, name, integers, floats, write, file, *neighbours):
        self.name = f"minikeras_{name}"
        self.integers = integers
        self.floats = floats
        self._write = write
        self._files = stamps(file, "simd.py", *neighbours)
        self._address = None

    def address(self):
        """Load the function and return its address. From then on, loaded code can refer to its name."""
        if self._address is None:
            self._address = self.code().address()
            object_code.add_symbol(self.name, self._address)
        return self._address

    def code(self):
        """Its `Code`."""
        return object_code.Code(self.name, self._files, self._make)

    def _make(self):
        module = object_code.new_module(self.name)
        kinds = [INTEGER] * self.integers + [FLOAT32] * self.floats
        write_function(module, self.name, kinds, self._write)
        return object_code.emit(object_code.tidied(parsed(module)), self.name)


def write_function(module, name, kinds, write):
    """An LLVM function of these kinds of arguments in `module`: `write(builder, arguments)` emits its body."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    builder = ir.IRBuilder(function.append_basic_block("start"))
    write(builder, function.args)
    builder.ret_void()
    return function


def jump(builder, number, versions, arguments):
    """Call the function of `versions`, {integer: LLVM function}, selected by `number`."""
    done = builder.append_basic_block("done")
    choice = builder.switch(number, done)
    for case_number, version in versions.items():
        case = builder.append_basic_block("case")
        choice.add_case(ir.Constant(INTEGER, case_number), case)
        builder.position_at_end(case)
        builder.call(version, arguments)
        builder.branch(done)
    builder.position_at_end(done)


def function_of(module, name, kinds, write):
    """A function next to the one being built, made once; it has all registers to itself."""
    if name not in module.globals:
        write_function(module, name, kinds, write).attributes.add("noinline")
    return module.globals[name]
