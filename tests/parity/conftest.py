"""Shared by the parity tests: quiet TensorFlow, fresh names on both sides, and a table of deviations at the end."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.parity.comparing import RECORDS


@pytest.fixture(autouse=True)
def fresh_names():
    """Names such as "dense_1" count from the start on both sides, whatever tests ran before."""
    keras = __import__("sys").modules.get("keras")
    if keras is not None and hasattr(keras, "utils"):
        keras.utils.clear_session(free_memory=False)  # collecting garbage takes half a second with TensorFlow loaded
    from minikeras.utils import clear_session

    clear_session(free_memory=False)


def pytest_terminal_summary(terminalreporter):
    """How close each group of comparisons came."""
    if not RECORDS:
        return
    terminalreporter.section("agreement with tf.keras")
    terminalreporter.write_line(f"{'group':32s} {'comparisons':>11s} {'largest deviation':>18s} {'bit-equal':>10s}")
    for group, record in sorted(RECORDS.items()):
        share = record["equal"] / max(record["values"], 1)
        terminalreporter.write_line(f"{group:32s} {record['comparisons']:11d} {record['worst']:18.2e} {share:10.1%}")
