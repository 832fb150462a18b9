"""The examples in Keras's docstrings give the same on both packages. Nothing is copied: they are read when this runs.

A statement that fails in Keras is left out: most are sketches with names that nothing defines.
"""

import pytest

keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from tests.differential.docstring_examples import docstrings, outcomes, statements  # noqa: E402
from tests.differential.outcomes import difference  # noqa: E402

EXAMPLES = docstrings(keras)
KNOWN = {"keras.metrics.MeanAbsolutePercentageError": "of integers it is NaN in Keras, since their epsilon is 0"}
COARSE = 1e5  # of float64, which TensorFlow's kernel computes, or gets its settings, in float32
IN_FLOAT32 = ("leaky_relu", "affine_transform", "perspective_transform", "image.resize")


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if name in KNOWN:
        pytest.skip(KNOWN[name])
    nodes = statements(EXAMPLES[name])
    theirs = outcomes(keras, nodes)
    failed = [number for number, outcome in enumerate(theirs) if outcome.error is not None]
    ours = outcomes(minikeras, nodes, failed)
    rounding = COARSE if name.endswith(IN_FLOAT32) else None
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if b.error is None]
    found = [text for a, b in pairs if (text := difference(a, b, rounding)) is not None]
    assert not found, found
