"""Memory, objects, threads and open files stay flat over many fits, predictions, models and errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COUNTS = {"fit_and_predict": 400, "single_batches": 1000, "eager_steps": 200, "new_models": 30, "refused_data": 600}
LONG = 10  # times as many with `--long`
MAX_BYTES = 4 << 20  # one batch kept by each fit would be 18 MB
MAX_OBJECTS = 200  # one for each repetition would be more, save for `new_models`, where a model has hundreds
TIMEOUT = 300  # seconds after which a run that hangs fails; many times what it takes, also in the long form


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux tells it")
@pytest.mark.one_in(5)
@pytest.mark.parametrize("scenario", COUNTS)
def test_nothing_grows(scenario, request):
    is_long = request.config.getoption("--long")
    count = COUNTS[scenario] * (LONG if is_long else 1)
    command = [sys.executable, "-m", "tests.security.soak", scenario, str(count)]
    output = subprocess.check_output(command, text=True, cwd=ROOT, timeout=TIMEOUT * (LONG if is_long else 1))
    first, *_, last = [json.loads(line) for line in output.splitlines()]
    growth = {name: last[name] - first[name] for name in first}
    assert growth["bytes"] < MAX_BYTES, growth
    assert growth["objects"] < MAX_OBJECTS, growth
    assert growth["threads"] == 0, growth
    assert growth["files"] == 0, growth
