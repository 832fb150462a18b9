"""`tf.audio` against the live TensorFlow: the bytes of files, and the samples in them."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as namespace  # noqa: E402

AUDIO = np.float32([[0.5, -1.5], [1.0, 0.25], [-1.0, 0.1], [1e-5, 2 / 3]])


def test_files_are_the_same_and_so_are_samples():
    theirs, ours = (backend.audio.encode_wav(AUDIO, 8000).numpy() for backend in (tf, namespace))
    assert ours == theirs
    for settings in ({}, {"desired_channels": 1}, {"desired_samples": 6}, {"desired_samples": 2}):
        expected = tf.audio.decode_wav(theirs, **settings)
        found = namespace.audio.decode_wav(ours, **settings)
        np.testing.assert_array_equal(found.audio, expected.audio)
        assert found.sample_rate == expected.sample_rate
        assert (found.audio.dtype, found.sample_rate.dtype) == ("float32", "int32")


def test_vectors_are_no_audio():
    for backend in (tf, namespace):
        with pytest.raises(backend.errors.InvalidArgumentError):
            backend.audio.encode_wav(AUDIO[:, 0], 8000)
        assert len(backend.audio.encode_wav(AUDIO[:0], 8000).numpy()) == 44
