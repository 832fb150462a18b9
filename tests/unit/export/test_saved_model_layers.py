"""Every layer as a SavedModel, written and read here: the functions compute what the layer does."""

import pytest

from minikeras.compat import tensorflow as tf
from tests.parity.saved_model.served import deviation
from tests.unit.export.onnx_rows import rows

FLOAT32 = 3e-6
NESTED = {"MaxNumBoundingBoxes"}  # its results are, which signatures have no names for


@pytest.mark.filterwarnings("ignore:Layer '(query|key|value)' ")  # of GroupQueryAttention pass no mask on, as in Keras
@pytest.mark.one_in(20)
@pytest.mark.parametrize("name", [name for name in rows() if name not in NESTED])
def test_a_layer_comes_back_as_functions(name, tmp_path):
    for number, make in enumerate(rows()[name]):
        assert deviation(tf, *make(), tmp_path / str(number)) < FLOAT32
