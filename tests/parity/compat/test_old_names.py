"""What our errors call removed is not in the live TensorFlow and Keras."""

import pytest

from minikeras.compat.old_names import OLD_NAMES

tf = pytest.importorskip("tensorflow")


@pytest.mark.parametrize("name", [name for name, (reason, _) in OLD_NAMES.items() if reason.startswith("went away")])
def test_an_old_name_is_absent_there_too(name):
    root, *parts = name.split(".")
    value = tf if root == "tensorflow" else tf.keras
    for part in parts[:-1]:
        value = getattr(value, part)
    assert not hasattr(value, parts[-1])
