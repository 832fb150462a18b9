"""Names of TensorFlow that are not here say so, and why."""

import pytest

from minikeras.compat import tensorflow as tf
from minikeras.compat.missing_names import missing_name_message
from minikeras.compat.names_not_here import NAMES_NOT_HERE
from minikeras.compat.why_absent import _REASON_OF

ROWS = {
    ("tensorflow", "Graph"): "graphs",
    ("tensorflow", "load_op_library"): "runtime",
    ("tensorflow.io", "decode_proto"): "protocol buffers",
    ("tensorflow.train", "ClusterSpec"): "run -n",
    ("tensorflow.experimental", "StructuredTensor"): "ragged tensors",
    ("tensorflow.signal", "fftnd"): "other than the processor",
    ("tensorflow.quantization", "quantize"): "fake_quant_with_min_max_vars",
    ("tensorflow.image", "generate_bounding_box_proposals"): "other than the processor",
    ("tensorflow", "liteness"): "has no attribute",
}


@pytest.mark.parametrize("where, part", ROWS.items(), ids=lambda value: str(value)[:40])
def test_a_missing_name_says_why(where, part):
    message = missing_name_message(*where, known_names=["constant"])
    assert part in message
    assert ("TensorFlow has it" in message) == (where[1] != "liteness")


def test_every_absent_name_says_why_or_what_to_use_instead():
    for namespace, names in NAMES_NOT_HERE.items():
        for name in names:
            assert "yet" not in missing_name_message(namespace, name, known_names=[]), f"{namespace}.{name}"


def test_what_has_a_reason_is_absent():
    for name in _REASON_OF:
        owner, *path = (tf, *name.split("."))
        for part in path:
            owner = getattr(owner, part, None)
        assert owner is None or name == "distribute", f"tf.{name} is here: take its reason away"
