"""The elementwise part of an LSTM step as jobs, for cells called step by step; all arrays are matrices."""

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.recurrence.lines import lstm_gradient_line, lstm_line
from minikeras.kernels.tasks import floats, task_kernel

ELEMENTS = 1 << 12  # per task
NO_ROWS = np.zeros((0, 0), np.float32)


def lstm_gate_jobs(sums, c_before, h, c, gates):
    """The job that sets h, c and gates."""
    per_task = max(1, ELEMENTS // h.shape[1])
    return [lstm_gate_rows.job(-(-len(h) // per_task), sums, c_before, h, c, gates, per_task)]


def lstm_gate_gradient_jobs(dh, dc, c_before, c, gates, dsums, dc_before):
    """The job that sets dsums and dc_before; dh or dc may be None."""
    per_task = max(1, ELEMENTS // c.shape[1])
    dh, dc = (NO_ROWS if x is None else x for x in (dh, dc))
    zeros = np.zeros(c.shape[1], np.float32)
    return [
        lstm_gate_gradient_rows.job(
            -(-len(c) // per_task), dh, dc, c_before, c, gates, dsums, dc_before, zeros, per_task
        )
    ]


@task_kernel
def lstm_gate_rows(
    task, sums: floats(2), c_before: floats(2), h: floats(2), c: floats(2), gates: floats(2), rows_per_task: int
):
    """Some rows."""
    units = h.shape[1]
    for row in range(task * rows_per_task, min(h.shape[0], (task + 1) * rows_per_task)):
        lstm_line(
            units, address(sums, 4 * row * units), address(c_before, row * units),
            address(gates, 4 * row * units), address(c, row * units), address(h, row * units),
        )  # fmt: skip


@task_kernel
def lstm_gate_gradient_rows(
    task,
    dh: floats(2),
    dc: floats(2),
    c_before: floats(2),
    c: floats(2),
    gates: floats(2),
    dsums: floats(2),
    dc_before: floats(2),
    zeros: floats(1),
    rows_per_task: int,
):
    """Some rows."""
    units = c.shape[1]
    for row in range(task * rows_per_task, min(c.shape[0], (task + 1) * rows_per_task)):
        row_dh, row_dc = address(zeros, 0), address(zeros, 0)
        if dh.shape[0] > 0:
            row_dh = address(dh, row * units)
        if dc.shape[0] > 0:
            row_dc = address(dc, row * units)
        lstm_gradient_line(
            units, address(gates, 4 * row * units), address(c_before, row * units), address(c, row * units),
            row_dh, row_dc, address(dsums, 4 * row * units), address(dc_before, row * units),
        )  # fmt: skip
