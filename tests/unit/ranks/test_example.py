"""The example, an unmodified script: by each command that starts ranks it prints what one process prints."""

import re
import subprocess
import sys

import numpy as np
import pytest

from minikeras.base.child_processes import ending_with_this_process
from tests.unit.ranks import job
from tests.unit.ranks.test_same_numbers import TOLERANCE

RUN = [sys.executable, "-m", "minikeras", "run"]
SCRIPT = str(job.ROOT / "examples" / "data_parallel.py")


def printed(command, folder):
    """The numbers that the script printed, by a command in a folder of its own."""
    folder.mkdir()
    started = subprocess.Popen(
        ending_with_this_process([*command, SCRIPT]),
        env=job.environment(),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines, errors = job.at_end(started)
    assert started.returncode == 0, errors[-4000:]
    assert [path.name for path in folder.iterdir()] == ["digits.keras"]
    return [float(number) for number in re.findall(r"\d+\.\d+", lines)]


@pytest.mark.full
def test_the_example_prints_the_same_on_one_two_and_four_ranks(tmp_path):
    mpiexec = job.path_of_mpiexec()
    alone = printed(RUN, tmp_path / "1")
    assert len(alone) == 8  # a loss and an accuracy of each of three epochs, and of the test
    for count, command in {2: [*RUN, "-n", "2"], 4: [mpiexec, "-n", "4", *RUN]}.items():
        np.testing.assert_allclose(printed(command, tmp_path / str(count)), alone, rtol=TOLERANCE, atol=TOLERANCE)
