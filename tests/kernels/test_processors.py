"""Processors other than this one: kernels compiled for AVX2 and for SSE2 alone, micro-kernels translated for ARM64."""

import os
import platform
import subprocess
import sys

import pytest
from llvmlite import binding, ir

from minikeras.kernels import processor
from minikeras.kernels.activation_jobs import gelu_chunks, tanh_chunks
from minikeras.kernels.error_function import erf_chunks
from minikeras.kernels.machine import (
    copying,
    depthwise,
    instructions,
    micro_kernel,
    simd,
    softmax,
    winograd_1d,
    winograd_transforms,
)
from minikeras.kernels.machine.formula_code import write_formula_loop
from minikeras.kernels.machine.simd import Vectors
from minikeras.kernels.machine.symbols import Symbol, write_function
from minikeras.kernels.registry import jit_disabled
from tests.waiting import DEADLINE

X86 = platform.machine().lower() in ("x86_64", "amd64")
HASWELL = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2"

CONVOLUTIONS = [
    "tests/kernels/test_convolution_jobs.py::test_direct_convolution_follows_the_definition[(3, 3)-same]",
    "tests/kernels/test_convolution_jobs.py::test_winograds_method_follows_the_definition[3-same]",
    "tests/kernels/test_winograd_1d.py::test_tiles1d_follow_the_definition[5-same]",
    "tests/kernels/test_convolution_jobs.py::test_depthwise_convolution_follows_the_definition[(2, 3)-same]",
    "tests/kernels/test_convolution_jobs.py::test_convolution_to_few_channels_follows_the_definition[(2, 3)-same]",
]
PROCESSORS = {  # name for LLVM → (its instruction sets, its largest block, tests to run)
    "haswell": (HASWELL, (6, 1), ["tests/kernels/test_dense.py", "tests/kernels/test_formulas.py", *CONVOLUTIONS]),
    "x86-64": ("", (2, 1), ["tests/kernels/test_dense.py", "tests/kernels/test_formulas.py"]),
}


@pytest.mark.skipif(not X86 or jit_disabled(), reason="needs compiled code and an x86-64 processor")
@pytest.mark.full
@pytest.mark.parametrize("name", PROCESSORS)
def test_kernels_are_right_on_older_processors(name):
    features, block, tests = PROCESSORS[name]
    host = processor.features()
    if not {part[1:] for part in features.split(",") if part} <= host:
        pytest.skip("this processor is older")
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    source = f"from minikeras.kernels import processor; assert processor.block_shape() == {block}"
    subprocess.run([sys.executable, "-c", source], env=environment, check=True, timeout=DEADLINE)
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", *tests]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=2 * DEADLINE)
    assert finished.returncode == 0, finished.stdout[-3000:]


PRODUCT = """
import numpy as np
from minikeras.kernels.blas import matmul

x = np.ones((200, 200), "float32")
print((matmul(x, x) == 200).all())
"""


@pytest.mark.full
@pytest.mark.skipif(jit_disabled(), reason="nothing is compiled")
def test_code_made_without_avx_is_not_used_with_it(tmp_path):
    for enabled in ("0", "1"):  # the blocks that products are cut into differ, and so must the files
        environment = {**os.environ, "NUMBA_ENABLE_AVX": enabled, "NUMBA_CACHE_DIR": str(tmp_path)}
        command = [sys.executable, "-c", PRODUCT]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=DEADLINE)
        assert done.stdout == "True\n"


ARM64 = "aarch64-unknown-linux-gnu"


def arm_instructions(symbol):
    """A `Symbol` in ARM64's assembly language."""
    module = ir.Module(symbol.name)
    module.triple = ARM64
    kinds = [ir.IntType(64)] * symbol.integers + [ir.FloatType()] * symbol.floats
    write_function(module, symbol.name, kinds, symbol._write)
    assert ".x86." not in str(module)
    machine = binding.Target.from_triple(ARM64).create_target_machine("generic", "+neon", opt=3)
    parsed = binding.parse_assembly(str(module))
    passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(parsed, passes)
    return machine.emit_assembly(parsed).splitlines()


def test_single_instructions_are_those_of_arm64(monkeypatch):
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    monkeypatch.setattr(instructions, "X86", False)
    monkeypatch.setattr(instructions, "ARM64", True)

    def write(builder, arguments):
        modes = instructions.flush_denormals(builder)
        instructions.relax(builder)
        instructions.atomic_store(builder, arguments[0], instructions.atomic_load(builder, arguments[1]))
        instructions.restore_denormals(builder, modes)

    lines = arm_instructions(Symbol("instructions", 2, 0, write, simd.__file__))
    words = [line.replace(",", " ").lower().split() for line in lines if line.startswith("\t") and "." not in line]
    assert [(name, "fpcr" in operands) for name, *operands in words] == [
        ("mrs", True),
        ("orr", False),
        ("msr", True),
        ("isb", False),
        ("ldar", False),  # loads and stores in an order that all threads see
        ("stlr", False),
        ("msr", True),
        ("ret", False),
    ]


MICRO_KERNELS = [micro_kernel, depthwise, winograd_transforms, winograd_1d, copying, softmax]


@pytest.mark.one_in(6)
@pytest.mark.parametrize("module", MICRO_KERNELS, ids=lambda module: module.__name__.split(".")[-1])
def test_micro_kernels_become_vector_instructions_of_arm64(module, monkeypatch):
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    monkeypatch.setattr(processor, "features", lambda: frozenset({"neon"}))
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    rows, vectors = processor.block_shape()
    monkeypatch.setattr(micro_kernel, "ROWS", rows)
    monkeypatch.setattr(micro_kernel, "VECTORS", vectors)
    monkeypatch.setattr(micro_kernel, "WIDE_ROWS", rows)
    monkeypatch.setattr(micro_kernel, "WIDE_VECTORS", vectors)
    symbols = [thing for thing in vars(module).values() if isinstance(thing, Symbol)]
    if module is copying:  # the others there only move or prefetch values, so they have none of these instructions
        symbols = [copying.transpose_tile]
    assert symbols
    for symbol in symbols:
        assert_vectorised(symbol)


def assert_vectorised(symbol):
    """It has vector instructions of ARM64, and calls no function of the C library."""
    lines = [line.split() for line in arm_instructions(symbol) if line.strip()]
    labels_and_instructions = {words[0] for words in lines}
    assert labels_and_instructions & {"fmla", "fadd", "zip1", "trn1"}, symbol.name
    called = {words[1] for words in lines if words[0] == "bl"}
    assert {f"{name}:" for name in called} <= labels_and_instructions


@pytest.mark.parametrize("kernel", [tanh_chunks, gelu_chunks, erf_chunks], ids=lambda kernel: kernel.name)
def test_formulas_become_vector_instructions_of_arm64(kernel):
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()

    def write(builder, arguments):
        write_formula_loop(Vectors(builder), kernel.formula, arguments[0], arguments[1:], [])

    assert_vectorised(Symbol(kernel.name, 3, 0, write, simd.__file__))
