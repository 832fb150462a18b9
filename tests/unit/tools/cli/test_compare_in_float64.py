"""What `compare` makes of a step that was run again in float64, and how it pairs ops of both sides."""

import numpy as np
import pytest

from minikeras.tools.cli.compare.op_pairs import op_rows
from minikeras.tools.cli.compare.recording import Run
from minikeras.tools.cli.compare.redoing import Recomputed


@pytest.mark.parametrize(
    "recomputed, is_rounding, part",
    [
        (Recomputed("the script asks for another dtype itself."), None, "could not be run in float64"),
        (Recomputed(rows={0: {"theirs_off": 1e-6, "ours_off": 2e-6}}, largest=3e-15), True, "at most 1e-06 on Tensor"),
        (Recomputed(rows={0: {"theirs_off": 1.0, "ours_off": 1.0}}, largest=3e-15), True, "in everything: rounding."),
        (Recomputed(largest=1e-8), True, "part of it is computed in float32"),
        (Recomputed(largest=0.2, first=("output", "m/dense", 0.2)), False, "output m/dense still differs"),
    ],
    ids=["not run", "rounding", "other random numbers", "float32 within", "real"],
)  # fmt: skip
def test_what_float64_shows_in_words(recomputed, is_rounding, part):
    assert recomputed.is_rounding is is_rounding
    assert part in recomputed.text


def ops_of(backend, *results):
    """A run with the results of ops: (name, layer, whether of the backward pass, array)."""
    arrays = {f"op/{i}": array for i, (*_, array) in enumerate(results)}
    entries = [
        {"op": op, "layer": layer, "backward": backward, "output": 0, "call": 0, "shape": a.shape, "array": f"op/{i}"}
        for i, (op, layer, backward, a) in enumerate(results)
    ]  # fmt: skip
    return Run(backend, 0, "", "", {"ops": entries}, [], arrays)


def test_ops_are_paired_by_what_they_compute():
    rng = np.random.default_rng(0)
    product, activated, gradient = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
    theirs = ops_of(
        "tensorflow",
        ("MatMul", "m/a", False, product),
        ("Relu", "m/a", False, activated.reshape(12)),
        ("Relu", "m/b", False, 2 * activated),
        ("MatMul", "", True, gradient),
    )
    wrong = activated.copy()
    wrong[1, 2] += 1e-3
    ours = ops_of(
        "minikeras",
        ("ProductEpilogue", "m/a", False, wrong),
        ("Loop", "m/a", False, rng.normal(size=(3, 4))),
        ("ProductEpilogue", "m/a", True, gradient),
    )
    first, loop, backward = op_rows((theirs, ours), (theirs, ours))
    assert (first["theirs"], first["worst"]["at"]) == ("Relu", [1, 2])
    assert first["worst"]["ours"] - first["worst"]["theirs"] == pytest.approx(1e-3)
    assert first["deviation"] == first["in_float64"] > 0
    assert loop["theirs"] is None
    assert (backward["theirs"], backward["deviation"]) == ("MatMul", 0)
