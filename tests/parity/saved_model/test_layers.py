"""Every layer exported as a SavedModel: TensorFlow computes what the layer does."""

import pytest

tf = pytest.importorskip("tensorflow")
pytest.importorskip("onnxruntime")  # the table of layers is that of ONNX

from tests.parity.saved_model.served import deviation  # noqa: E402
from tests.unit.export.onnx_rows import rows  # noqa: E402

FLOAT32 = 3e-6  # relative: sums in another order, other approximations of exp, tanh, erf
REFUSED = {
    "MaxNumBoundingBoxes": "as signatures have results by name",  # as Keras refuses it
}
"""Layers that cannot be written, and the error."""


@pytest.mark.filterwarnings("ignore:Layer '(query|key|value)' ")  # of GroupQueryAttention pass no mask on, as in Keras
@pytest.mark.one_in(20)
@pytest.mark.parametrize("name", [name for name in rows() if name not in REFUSED])
def test_tensorflow_computes_what_the_layer_does(name, tmp_path):
    for number, make in enumerate(rows()[name]):
        assert deviation(tf, *make(), tmp_path / str(number)) < FLOAT32


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_an_error(name, tmp_path):
    for make in rows()[name]:
        model, _ = make()
        with pytest.raises(ValueError, match=REFUSED[name]):
            model.export(tmp_path, verbose=False)
