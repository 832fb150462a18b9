"""Kernels as instructions: the innermost loop with the most arithmetic is found, in LLVM's text and in assembly."""

import pytest

from minikeras.kernels.activation_jobs import relu6_chunks
from minikeras.kernels.registry import cannot_compile, jit_disabled
from minikeras.tools.tracing.machine_code import (
    ASSEMBLY_JUMP,
    ASSEMBLY_LABEL,
    LLVM_JUMP,
    LLVM_LABEL,
    hot_loop,
    texts_of,
)

ASSEMBLY = """start:
.LBB0_1:
\txorl\t%eax, %eax
.LBB0_2:
\tvmulps\t(%rdi), %ymm0, %ymm1
\tvaddps\t%ymm1, %ymm2, %ymm2
\tjne\t.LBB0_2
\tjne\t.LBB0_1
.LBB0_3:
\tvmulss\t(%rdi), %xmm0, %xmm1
\tvaddss\t%xmm1, %xmm2, %xmm2
\tvaddss\t%xmm1, %xmm3, %xmm3
\tdecq\t%rax
\tjne\t.LBB0_3
\tretq"""
LLVM = """start:
  br label %head
head:
  %a = fmul <8 x float> %x, %y
  br i1 %c, label %head, label %rest
rest:
  %b = fmul float %x, %y
  %d = fmul float %b, %y
  br i1 %c, label %rest, label %end
end:
  ret void"""


def test_the_hot_loop_is_the_innermost_one_that_computes_most_numbers():
    assert hot_loop(ASSEMBLY, ASSEMBLY_LABEL, ASSEMBLY_JUMP) == (3, 6)
    assert hot_loop(LLVM, LLVM_LABEL, LLVM_JUMP) == (2, 4)
    assert hot_loop("start:\n  ret void", LLVM_LABEL, LLVM_JUMP) == ()


@pytest.mark.full
@pytest.mark.skipif(jit_disabled() or cannot_compile(), reason="kernels are not compiled here")
def test_a_kernel_down_to_instructions():
    texts = texts_of(relu6_chunks)
    assert "def relu6_chunks" in texts["python"]
    assert "define" in texts["llvm"]
    assert len(texts["llvm_loop"]) == len(texts["assembly_loop"]) == 2
    assert "ret" in texts["assembly"]
