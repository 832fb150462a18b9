"""Each computation has at most two forms, and docs/kernels.md lists them all."""

from functools import cache
from pathlib import Path

import pytest

from benchmarks import kernel_table
from benchmarks.computation import Computation
from benchmarks.kernel_forms import COMPUTATIONS
from minikeras import kernels
from minikeras.kernels.registry import Native

GAIN = 6  # the column that a test does not compare


@cache
def rows():
    """All rows, made when a test asks: that imports every kernel and optimizer."""
    return kernel_table.computations()


def _without_gains(text):
    return [line.split(" | ")[:GAIN] + line.split(" | ")[GAIN + 1 :] for line in text.splitlines()]


def test_the_page_lists_the_forms_that_there_are():
    written = kernel_table.PAGE.read_text(encoding="utf-8")
    gains = kernel_table.saved_gains()
    assert _without_gains(written) == _without_gains(kernel_table.page(gains)), (
        "docs/kernels.md is out of date. Write it again: python -m benchmarks.kernel_table"
    )
    assert set(gains) <= {row.name for row in rows()}


def test_the_gain_of_each_computation_is_measured():
    gains = kernel_table.saved_gains()
    missing = [row.name for row in rows() if row.name not in gains and not row.not_alone]
    assert not missing, (
        f"{missing}: give each a call in benchmarks/kernel_gains.py or jobs in benchmarks/kernel_jobs.py, then run "
        "python -m benchmarks.kernel_table --measure --only <its name>"
    )


def test_each_kernel_is_in_a_row():
    named = {kernel_table.kernel_called(name) for row in rows() for form in row.compiled for name in form}
    vector_code = {name for row in rows() for name in row.vector.split()}
    for full_name, kernel in kernel_table.all_kernels().items():
        is_listed = (
            kernel.__name__ in vector_code | SINGLE_INSTRUCTIONS if isinstance(kernel, Native) else kernel in named
        )
        assert is_listed, f"{full_name} is in no row. Give it one in benchmarks/kernel_forms.py."


SINGLE_INSTRUCTIONS = {"address", "floats_at", "tuple_of"}
"""Functions of `addresses.py` that compute nothing."""


def test_a_computation_has_two_forms_or_a_reason_for_more():
    for row in rows():
        check_forms(row)
        assert all(map(callable, map(kernel_table.referenced, row.references.split()))), row.name
        assert set(row.runs.split(", ")) <= {"eager", "plan"}, row.name


def check_forms(row):
    assert row.references, f"{row.name} has no reference in NumPy"
    assert len(row.compiled) == 1 or row.reason, (
        f"{row.name} has {len(row.compiled)} compiled forms. Merge them, or give the measured reason for them."
    )


def test_a_third_form_needs_a_reason():
    forms = "columns:column_sums_reference", ("column_sums_part", "add_lanes")
    with pytest.raises(AssertionError, match="2 compiled forms"):
        check_forms(Computation("sums", *forms))
    check_forms(Computation("sums", *forms, reason="measured"))


def test_no_computation_has_two_rows():
    names = [row.name for row in rows()]
    assert len(names) == len(set(names))
    shared = ("numpy:", "random.draws:")  # the latter draws one number after the other, from any distribution
    references = [row.references for row in COMPUTATIONS if not row.references.startswith(shared)]
    assert len(references) == len(set(references))


def test_the_tour_of_kernels_names_each_file():
    files = {path.stem for path in Path(kernels.__file__).parent.glob("*.py")} - {"__init__"}
    alone = [name for name in files if not (name.endswith("_jobs") and name.removesuffix("_jobs") in files)]
    assert [name for name in alone if f"`{name}.py`" not in kernels.__doc__] == []
