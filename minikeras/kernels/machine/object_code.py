"""Machine code of single functions: made by LLVM, kept in files, put into this process. Numba is not needed for that.

A function that was compiled before is loaded in a millisecond.

A file holds the object code of one function, behind a checksum: one that is damaged counts as absent. Its name ends in
digests of the processor and of everything the function was made from (`fingerprints.py`). The files lie in
`NUMBA_CACHE_DIR` if that is set, else beside this file in `__pycache__`, else in the user's folder for caches.
"""

import hashlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path

import llvmlite
from llvmlite import binding

from minikeras.kernels import processor
from minikeras.kernels.locks import hold_over_forks
from minikeras.kernels.machine.fingerprints import stamps
from minikeras.system import home_folder

_DIGEST_BYTES = 32
hold_over_forks(binding.ffi.lib._lock._lock)  # which llvmlite takes for every call, and does not renew in a child


class Code:
    """The machine code of one function, on disk or yet to be made.

    Args:
        name: its symbol, unlike that of any other function.
        made_from: changes whenever the code would (see `fingerprints.py`).
        make: called without arguments where there is no file; gives the object code as bytes.
    """

    def __init__(self, name, made_from, make):
        self.name = name
        self._file = _file(name, made_from)
        self._make = make

    def is_on_disk(self):
        """Whether a file has it, perhaps a damaged one."""
        return self._file is not None and self._file.exists()

    def prepare(self):
        """Have it on disk, if something can be written."""
        if self._file is not None and not self.is_on_disk():
            _write(self._file, self._make())

    def address(self):
        """Where the function starts, from now on, in this process."""
        code = _read(self._file)
        if code is None:
            code = self._make()
            _write(self._file, code)
        engine = _engine()
        engine.add_object_file(binding.ObjectFileRef.from_data(code))
        return engine.get_function_address(self.name)


def optimised(module, level):
    """The module after LLVM's passes, of which level 0 has none and level 3 the most."""
    options = binding.create_pipeline_tuning_options(speed_level=level)
    passes = binding.create_pass_builder(target_machine(), options)
    passes.getModulePassManager().run(module, passes)
    return module


def tidied(module):
    """The module with variables in registers and tests at the ends of loops: enough for instructions chosen by hand.

    Code is as fast as after all passes of level 2, and there after 0.04 s in place of 0.33 (the micro-kernel).
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
    """The object code of an LLVM module of which the function `name` can be called from outside."""
    for function in module.functions:
        if not function.is_declaration and function.name != name:
            function.linkage = "internal"
    unused = binding.create_new_module_pass_manager()
    unused.add_global_dead_code_eliminate_pass()
    unused.run(module, binding.create_pass_builder(target_machine(), binding.create_pipeline_tuning_options()))
    return target_machine().emit_object(module)


@cache
def target_machine():
    """LLVM's writer of machine code for this processor."""
    _initialize()
    name, features = processor.target()
    target = binding.Target.from_default_triple()
    place = "static" if target.name.startswith("x86") else "default"
    return target.create_target_machine(name, features, opt=3, reloc=place, codemodel="jitdefault", jit=True)


def add_symbol(name, address):
    """Make the function at an address known by a name to code that is loaded later."""
    binding.add_symbol(name, address)


@cache
def _initialize():
    for start in (binding.initialize_native_target, binding.initialize_native_asmprinter):
        start()


@cache
def _engine():
    """Puts object code into memory and joins it with the functions that it calls."""
    _initialize()
    return binding.create_mcjit_compiler(binding.parse_assembly(""), target_machine())


# --- files ------------------------------------------------------------------------------------------------------------


@cache
def folder():
    """Where the files lie, or None where nothing can be written."""
    package = Path(__file__).parent
    mine = f"minikeras-{_digest(str(package))}"  # two copies of minikeras do not overwrite each other's files
    places = [package / "__pycache__", *(caches / mine for caches in _user_caches())]
    if os.environ.get("NUMBA_CACHE_DIR"):
        places = [Path(os.environ["NUMBA_CACHE_DIR"]) / mine]
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            if os.access(place, os.W_OK):
                return place
        except OSError:
            continue
    return None


def _user_caches():
    """The user's folder for caches; none without a home: into a folder of everybody's, others could put their code."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    if named:
        return [Path(named)]
    home = home_folder()
    below = {"win32": "", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    return [] if home is None else [home / below]


def _file(name, fingerprint):
    if folder() is None:
        return None
    # The triple, for a folder may be shared with another system, such as a Mac's with a container of Linux.
    target = _digest(repr((llvmlite.__version__, binding.get_process_triple(), processor.target())))
    return folder() / f"{name}-{target}-{_digest(repr((fingerprint, _made_by())))}.o"


@cache
def _made_by():
    """Stamps of what turns functions into code: an edit there makes all files outdated."""
    folder = Path(__file__).parent
    translation = [f"translation/{file}" for file in sorted(os.listdir(folder / "translation")) if file.endswith(".py")]
    return stamps(__file__, "symbols.py", "instructions.py", *translation)


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read(file):
    try:
        content = file.read_bytes() if file is not None else b""
    except OSError:
        return None
    digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return code if code and hashlib.sha256(code).digest() == digest else None


def _write(file, code):
    """Write the file in one step, so that nobody reads half of it, and remove what it replaces."""
    if file is None:
        return
    name, target, _ = file.name.rsplit("-", 2)
    try:
        outdated = list(file.parent.glob(f"{name}-{target}-*.o"))
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".tmp", delete=False) as new:
            new.write(hashlib.sha256(code).digest() + code)
        os.replace(new.name, file)
        for old in outdated:
            if old != file:
                old.unlink(missing_ok=True)
    except OSError:  # a full disk, or no longer our folder: the code is made again next time
        return
