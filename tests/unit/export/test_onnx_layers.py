"""Every layer exported to ONNX: ONNX Runtime computes what the layer does."""

import pytest

from minikeras import layers
from tests.unit.export.onnx_rows import NOT_EXPORTED, deviation, rows

FLOAT32 = 3e-6  # relative: sums in another order, other approximations of exp, tanh, erf


@pytest.mark.filterwarnings("ignore:Layer '(query|key|value)' ")  # of GroupQueryAttention pass no mask on, as in Keras
@pytest.mark.one_in(20)
@pytest.mark.parametrize("name", list(rows()))
def test_onnx_runtime_computes_what_the_layer_does(name):
    for make in rows()[name]:
        assert deviation(*make()) < FLOAT32


def test_every_layer_is_exported_or_has_a_reason():
    names = {name for name in layers.__all__ if isinstance(getattr(layers, name), type)}
    classes = {getattr(layers, name) for name in (*rows(), *NOT_EXPORTED) if hasattr(layers, name)}
    missing = sorted(name for name in names if getattr(layers, name) not in classes)
    assert not missing, f"Neither rows() nor NOT_EXPORTED of tests/unit/export/onnx_rows.py has: {', '.join(missing)}"
