"""`keras.device`: one device, under any name."""

import contextlib

import pytest

import minikeras as keras


@pytest.mark.parametrize(
    "name",
    ["cpu", "cpu:0", "CPU:1", "/cpu:0", "device:CPU:0", "/job:localhost/replica:0/task:0/device:CPU:0", "", None],
)
def test_names_of_the_cpu(name):
    with keras.device(name):
        assert float(keras.ops.ones(())) == 1


@pytest.mark.parametrize("name", ["gpu", "/device:GPU:0", "tpu:0"])
def test_other_devices_are_reported(name):
    with pytest.warns(UserWarning, match="computes on the CPU"), keras.device(name):
        assert float(keras.ops.ones(())) == 1


@pytest.mark.parametrize("name", ["foo", "cpu:a", "/cpu:0/foo", 3])
def test_what_is_no_name(name):
    with pytest.raises(ValueError, match="device"), contextlib.ExitStack() as stack:
        stack.enter_context(keras.device(name))
