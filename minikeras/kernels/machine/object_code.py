"""Machine code of single functions: compiled by LLVM, cached on disk, loaded into this process, without Numba.

A function that was compiled before is loaded in a millisecond from the user's cache (`code_cache.py`). It is compiled
again for another processor, or when one of its sources has changed (`fingerprints.py`).
"""

import os
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from minikeras.kernels import processor
from minikeras.kernels.locks import compile_lock
from minikeras.kernels.machine.code_cache import Entry, is_writable
from minikeras.kernels.machine.fingerprints import stamps
from minikeras.kernels.machine.llvm import binding, ir, made_by


class Code:
    """The machine code of one function, on disk or yet to be compiled.

    Args:
        name: its symbol, unique.
        made_from: changes whenever the code would (see `fingerprints.py`).
        make: called without arguments if it is not on disk; returns the object code as bytes.
    """

    def __init__(self, name, made_from, make):
        self.name = name
        self._entry = Entry(name, _made_for(), (made_from, _made_by()))
        self._make = make

    def is_on_disk(self):
        """Whether there is a file, perhaps a damaged one."""
        return self._entry.exists()

    def prepare(self):
        """Compile it to a file, if the cache is writable."""
        if is_writable() and not self.is_on_disk():
            self._entry.write(self._make())

    def texts(self):
        """(LLVM's instructions after its passes, the processor's in assembly), for a reader: it is compiled again."""
        with _keeping_texts() as kept:
            self._make()
        return kept[self.name]

    def address(self):
        """The function's address in this process, constant from now on."""
        code = self._entry.read()
        if code is None:
            code = self._make()
            self._entry.write(code)
        engine = _engine()
        engine.add_object_file(binding.ObjectFileRef.from_data(code))
        return engine.get_function_address(self.name)


def new_module(name):
    """An empty LLVM module for this processor, to which functions are added."""
    module = ir.Module(name)
    module.triple = binding.get_process_triple()
    module.data_layout = str(target_machine().target_data)
    return module


def optimised(module, level):
    """The module after LLVM's passes, of which level 0 has none and level 3 the most."""
    options = binding.create_pipeline_tuning_options(speed_level=level)
    passes = binding.create_pass_builder(target_machine(), options)
    passes.getModulePassManager().run(module, passes)
    return module


def tidied(module):
    """The module with variables in registers and loop tests at the end: enough for instructions chosen by hand.

    Code is as fast as after all passes of level 2, and ready in 0.04 s instead of 0.33 (the micro-kernel).
    """
    passes = binding.create_new_module_pass_manager()
    passes.add_sroa_pass()
    passes.add_loop_simplify_pass()
    passes.add_loop_rotate_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.run(module, binding.create_pass_builder(target_machine(), binding.create_pipeline_tuning_options()))
    return module


def emit(module, name):
    """The object code of an LLVM module whose function `name` is exported."""
    for function in module.functions:
        if not function.is_declaration and function.name != name:
            function.linkage = "internal"
    unused = binding.create_new_module_pass_manager()
    unused.add_global_dead_code_eliminate_pass()
    unused.run(module, binding.create_pass_builder(target_machine(), binding.create_pipeline_tuning_options()))
    if _texts is not None:
        _texts[name] = str(module), target_machine().emit_assembly(module)
    return target_machine().emit_object(module)


_texts = None  # while texts are kept: {name of a function: (LLVM's text, assembly)}


@contextmanager
def _keeping_texts():
    global _texts
    with compile_lock:
        _texts = {}
        try:
            yield _texts
        finally:
            _texts = None


@cache
def target_machine():
    """LLVM's code generator for this processor."""
    _initialize()
    name, features = processor.target()
    target = binding.Target.from_default_triple()
    place = "static" if target.name.startswith("x86") else "default"
    return target.create_target_machine(name, features, opt=3, reloc=place, codemodel="jitdefault", jit=True)


def add_symbol(name, address):
    """Register the function at an address by a name, for code that is loaded later."""
    binding.add_symbol(name, address)


@cache
def _initialize():
    for start in (binding.initialize_native_target, binding.initialize_native_asmprinter):
        start()


@cache
def _engine():
    """Loads object code into memory and links it with the functions that it calls."""
    _initialize()
    return binding.create_mcjit_compiler(binding.parse_assembly(""), target_machine())


def _made_for():
    return *made_by(), processor.target()


@cache
def _made_by():
    """Stamps of the compiler's own sources: an edit there makes all files outdated."""
    folder = Path(__file__).parent
    translation = [f"translation/{file}" for file in sorted(os.listdir(folder / "translation")) if file.endswith(".py")]
    return stamps(__file__, "llvm.py", "symbols.py", "instructions.py", *translation)
