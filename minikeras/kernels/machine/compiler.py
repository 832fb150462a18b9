"""Turns a kernel's Python source into machine code with Numba. Imported when something is compiled for the first time.

Numba compiles a function whose globals are numbers, modules and other compiled functions. A kernel's globals also hold
`Kernel` and `Subroutine` records, so a copy of the function is compiled whose globals have those records replaced by
their compiled functions. The source, its file and its line stay the same, so tracebacks and the disk cache are right.

Kernels of `registry.py` become Numba's dispatchers, which Python calls with arrays, and which Numba keeps on disk. Task
kernels and the pool's functions become object code (`object_code.py`), which is called by its address and needs no
Numba where it is on disk already.
"""

import types

import numba
import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils
from numba.core.caching import FunctionCache
from numba.core.compiler import Flags, compile_extra
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from minikeras.kernels.machine import object_code
from minikeras.kernels.machine.fingerprints import fingerprint, native_function, records_used, symbols_used
from minikeras.kernels.machine.symbols import INTEGER
from minikeras.kernels.registry import Native, Subroutine

_compiled = {}
"""record → its Numba dispatcher, or what stands for it in compiled code."""


def compiled(record):
    """What compiled code, or Python, calls for a `Kernel`, `Subroutine` or `Native`.

    For the first two it is Numba's dispatcher, which compiles for each new combination of argument types.
    `error_model="numpy"` makes x / 0 an infinity as NumPy has it, and lets loops with divisions be vectorised (8 times
    on the Adam kernel). `nogil` lets other threads run meanwhile.
    """
    if record not in _compiled:
        _compiled[record] = _native(record) if isinstance(record, Native) else _dispatcher(record)
    return _compiled[record]


def _native(record):
    function = native_function(record)
    if record.is_intrinsic:
        return function
    parameters = [numba.types.int64] * function.integers + [numba.types.float32] * function.numbers
    return numba.types.ExternalFunction(function.name, numba.types.void(*parameters))


def _dispatcher(record):
    function = _linked_copy(record.function)
    options = {"nogil": True, "error_model": "numpy", "fastmath": record.fastmath}
    if isinstance(record, Subroutine):  # no way to call it from Python: half the time to compile it
        inline = "always" if record.inline else "never"
        return numba.njit(function, inline=inline, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)
    for symbol in symbols_used(record.function):
        symbol.address()  # Numba's own engine must find it, also for code that comes from the disk
    dispatcher = numba.njit(function, **options)
    _keep_on_disk(dispatcher, fingerprint(record.function))
    return dispatcher


def _linked_copy(function):
    """The same function, with the records among its globals replaced by compiled functions."""
    linked = {name: compiled(record) for name, record in records_used(function).items()}
    copy = types.FunctionType(
        function.__code__, {**function.__globals__, **linked}, function.__name__, function.__defaults__
    )
    copy.__qualname__ = function.__qualname__
    copy.__doc__ = function.__doc__
    return copy


def _keep_on_disk(dispatcher, made_from):
    """Turns Numba's disk cache on, unless no folder can be written."""
    try:
        cache = _KernelCache(dispatcher.py_func)
    except RuntimeError:  # "no locator available": neither __pycache__ nor the user's cache folder is writable
        return
    cache.fingerprint = made_from
    dispatcher._cache = cache


class _KernelCache(FunctionCache):
    """Numba's disk cache, which by itself notices edits in a function's own file only, and never changed constants."""

    fingerprint = ()

    def _index_key(self, signature, codegen):
        return (*super()._index_key(signature, codegen), self.fingerprint)


# --- object code ----------------------------------------------------------------------------------------------------


def task_code(kernel, name):
    """The object code of a `TaskKernel`: a function (address of an argument block, task, thread) called `name`."""
    before = [numba.types.int64] * (2 if kernel.takes_thread else 1)
    kinds = [*before, *map(_numba_type, kernel.parameters)]

    def write_call(builder, given, call):
        block, task, thread = given
        words = builder.inttoptr(block, INTEGER.as_pointer())
        call([*(task, thread)[: len(before)], *_unpacked(builder, kernel.parameters, words, kinds[len(before) :])])

    return _code(kernel.function, kinds, name, 3, write_call)


def function_code(function, integers, name, returns=False):
    """The object code of a function of int64 numbers that returns nothing, or one such number, called `name`."""
    kinds = [numba.types.int64] * integers
    return _code(function, kinds, name, integers, lambda builder, given, call: call(list(given)), returns)


def _code(function, kinds, name, integers, write_call, returns=False):
    """The object code of a C function `name` of int64 numbers that calls a compiled Python function.

    Args:
        function: the Python function.
        kinds: Numba's types of its parameters.
        integers: how many parameters the C function has.
        write_call: called as write_call(builder, given, call) with what the C function is given; it must write
            instructions that make the Python function's arguments, and hand these to `call`.
        returns: whether the function returns an int64 number, which must be `write_call`'s result; else nothing.

    Numba is asked for the body alone. What it makes besides by default, ways to call a function from Python and from C,
    takes more time to compile than most bodies.
    """
    for symbol in symbols_used(function):
        symbol.address()  # whatever Numba's own engine holds must find it
    flags = Flags()
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = flags.nrt = True
    flags.error_model = "numpy"
    typing, context = cpu_target.typing_context, cpu_target.target_context
    returned, word = (numba.types.int64, INTEGER) if returns else (numba.types.void, ir.VoidType())
    with global_compiler_lock:
        typing.refresh()
        context.refresh()
        result = compile_extra(typing, context, _linked_copy(function), tuple(kinds), returned, flags, {})
        module = ir.Module(name)
        module.triple = binding.get_process_triple()
        convention, signature = context.call_conv, result.fndesc
        kind = convention.get_function_type(signature.restype, signature.argtypes)
        body = ir.Function(module, kind, signature.llvm_func_name)
        outer = ir.Function(module, ir.FunctionType(word, [INTEGER] * integers), name)
        builder = ir.IRBuilder(outer.append_basic_block("start"))

        def call(arguments):
            return convention.call_function(builder, body, signature.restype, signature.argtypes, arguments)[1]

        number = write_call(builder, outer.args, call)
        builder.ret(number) if returns else builder.ret_void()
        return object_code.emit(_linked(result.library, module), name)


def _linked(library, module):
    """One LLVM module of a function, those it calls, and a module that calls it, optimised as Numba does."""
    library.add_ir_module(module)
    for called in library._linking_libraries:
        library._final_module.link_in(called._get_module_for_linking(), preserve=True)
    library._final_module.link_in(binding.parse_assembly(str(_memory_kept())))
    library._optimize_final_module()
    for function in library._final_module.functions:
        wanted = function.name == "PyErr_CheckSignals"  # by the pool; Numba sets errors by others
        if function.is_declaration and function.name.startswith(("NRT_", "numba_", "PyErr_")) and not wanted:
            raise TypeError(
                f"`{module.name}` needs Numba at run time ({function.name}): a task kernel may not make arrays, raise "
                "errors or use objects of Python. Give it the arrays that it needs as arguments."
            )
    return library._final_module


def _memory_kept():
    """An LLVM module in which Numba's functions that free the memory of arrays do nothing.

    Code holds calls of them after a count of an array's owners that is never there, since arrays here have none.
    """
    module = ir.Module("memory")
    for name in ("NRT_MemInfo_call_dtor", "NRT_Free"):
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
        function = ir.Function(module, kind, name)
        ir.IRBuilder(function.append_basic_block("start")).ret_void()
    return module


def _numba_type(parameter):
    """Numba's type for an annotation of a task kernel."""
    if parameter is int or parameter is float:
        return numba.types.int64 if parameter is int else numba.types.float32
    return numba.types.Array(getattr(numba.types, parameter.dtype), parameter.ndim, "C")


def _unpacked(builder, parameters, words, kinds):
    """A task kernel's arguments, read from its argument block: see `tasks.py` for what is in the block."""
    place = 0

    def word():
        nonlocal place
        place += 1
        return builder.load(builder.gep(words, [ir.Constant(INTEGER, place - 1)]))

    arguments = []
    for parameter, kind in zip(parameters, kinds, strict=True):
        if parameter is int:
            arguments.append(word())
        elif parameter is float:
            number = builder.bitcast(word(), ir.DoubleType())
            arguments.append(builder.fptrunc(number, ir.FloatType()))
        else:
            arguments.append(_array(builder, kind, word(), [word() for _ in range(parameter.ndim)]))
    return arguments


def _array(builder, kind, address, lengths):
    """An array as Numba's code knows it, around memory that somebody else owns."""
    context = cpu_target.target_context
    array = context.make_array(kind)(context, builder)
    itemsize = ir.Constant(INTEGER, np.dtype(str(kind.dtype)).itemsize)
    steps, step = [], itemsize
    for length in reversed(lengths):
        steps.insert(0, step)
        step = builder.mul(step, length)
    context.populate_array(
        array,
        data=builder.inttoptr(address, array.data.type),
        shape=cgutils.pack_array(builder, lengths),
        strides=cgutils.pack_array(builder, steps),
        itemsize=itemsize,
        meminfo=None,
    )
    return array._getvalue()
