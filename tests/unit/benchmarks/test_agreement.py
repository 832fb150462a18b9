"""What the benchmarks of kernels compare is the same work: each runs once, without a clock."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import DEADLINE

ROOT = Path(__file__).parents[3]


@pytest.mark.full
def test_all_sides_give_the_same_results():
    files = sorted(str(path) for path in ROOT.glob("benchmarks/bench_kernels_*.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--benchmark-disable", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=4 * DEADLINE)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
