"""The code of kernels: Python, LLVM's instructions and the processor's, each with its hot loop."""

import inspect
import re

from minikeras.kernels import processor
from minikeras.kernels.job_lists import machine
from minikeras.kernels.machine.untranslatable import Untranslatable
from minikeras.kernels.registry import cannot_compile, jit_disabled
from minikeras.tools.diagnosis.source_lines import shown_path
from minikeras.tools.tracing.source_lines import first_paragraph

MAX_LETTERS = 60_000  # characters of a text; the largest kernels have ten times as many
LLVM_LABEL, ASSEMBLY_LABEL = re.compile(r'^"?([\w.$-]+)"?:'), re.compile(r"^(\.?L[\w$.]+):")
LLVM_JUMP = re.compile(r'label %"?([\w.$-]+)"?')
ASSEMBLY_JUMP = re.compile(r"^\s+(?:j\w+|b\.?\w*|cbn?z|tbn?z)\s+.*?(\.?L[\w$.]+)\s*$")
ARITHMETIC = re.compile(r"fmul|fadd|fsub|fdiv|fma|mulps|addps|subps|maxps|fmla|mulss|addss")
LLVM_VECTOR = re.compile(r"<(\d+) x (?:float|double)>")
LANES = (("zmm", 16), ("ymm", 8), ("ps", 4), (".4s", 4))  # (text in an instruction, how many floats it works on)


def machine_code(steps):
    """{name of a kernel: its texts} of all kernels that ran in some `StepRecord`s; {} where nothing is compiled."""
    if jit_disabled() or cannot_compile():
        return {}
    kernels = {name: kernel for step in steps for name, kernel in step.kernels.items()}
    return {name: texts for name in sorted(kernels) if (texts := texts_of(kernels[name])) is not None}


def texts_of(kernel):
    """{"python", "llvm", "assembly", …} of one kernel; None if the translator does not compile it."""
    function = kernel.formula or kernel.function
    try:
        llvm, assembly = machine().functions.task_code(kernel).texts()
        python, line = inspect.getsourcelines(function)
    except (Untranslatable, KeyError, OSError, TypeError):
        return None
    llvm, assembly = llvm[:MAX_LETTERS], assembly[:MAX_LETTERS]
    return {
        "python": inspect.cleandoc("\n" + "".join(python)),
        "about": first_paragraph(function.__doc__),
        "file": shown_path(inspect.getsourcefile(function)),
        "line": line,
        "llvm": llvm,
        "llvm_loop": hot_loop(llvm, LLVM_LABEL, LLVM_JUMP),
        "assembly": assembly,
        "assembly_loop": hot_loop(assembly, ASSEMBLY_LABEL, ASSEMBLY_JUMP),
        "processor": processor.target()[0],
    }


def hot_loop(text, label, jump):
    """(first, last line) of the innermost loop with the most arithmetic; () if there is no loop.

    A loop reaches from a label to the last jump back to it; one that contains another loop is not innermost. Besides
    the loop over vectors there is one for the remainder, which may be unrolled: so the computed numbers are counted.
    """
    lines = text.splitlines()
    positions, loops = {}, {}
    for number, line in enumerate(lines):
        if found := label.match(line):
            positions[found[1]] = number
        for name in jump.findall(line):
            if name in positions:
                loops[positions[name]] = number
    innermost = [
        (first, last)
        for first, last in loops.items()
        if not any(first < other and end <= last for other, end in loops.items())
    ]
    amount = lambda loop: sum(map(_numbers, lines[loop[0] : loop[1] + 1]))  # noqa: E731
    return max(innermost, key=amount, default=())


def _numbers(line):
    """How many numbers an instruction computes; 0 if it is not arithmetic."""
    if not ARITHMETIC.search(line):
        return 0
    vector = LLVM_VECTOR.search(line)
    return int(vector[1]) if vector else next((lanes for mark, lanes in LANES if mark in line), 1)
