"""What `tf.data` adds to the pipelines of `minikeras.data.pipeline`: specs, options, names that do not exist here."""

import numpy as np
import pytest

from minikeras.compat import tensorflow as tf
from minikeras.data import pipeline


def test_every_method_gives_a_data_set_of_tensorflows_kind():
    dataset = tf.data.Dataset.from_tensor_slices(np.arange(6)).shuffle(3).map(lambda x: x + 1).batch(2)
    for made in (dataset, tf.data.TextLineDataset("nothing").batch(2), next(iter(dataset.window(2)))):
        assert type(made) is tf.data.Dataset
    assert isinstance(dataset, pipeline.Dataset)
    assert tf.data.TextLineDataset("nothing").apply(tf.data.experimental.ignore_errors()) is not None


def test_specs_are_tensorflows():
    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((4, 3)), ["a"] * 4)).batch(2)
    assert dataset.element_spec == (tf.TensorSpec([None, 3], tf.float64), tf.TensorSpec([None], tf.string))
    assert iter(dataset).element_spec == dataset.element_spec
    assert dataset.element_spec[0].shape.as_list() == [None, 3]
    windows = tf.data.Dataset.range(4).window(2)
    assert windows.element_spec == tf.data.DatasetSpec(tf.TensorSpec([], tf.int64))
    ragged = tf.data.Dataset.from_tensors(tf.ragged.constant([[1], [2, 3]]))
    assert ragged.element_spec == tf.RaggedTensorSpec([2, None], tf.int32)
    assert ragged.unbatch().element_spec == tf.RaggedTensorSpec([None], tf.int32, 0)


def test_a_signature_is_one_of_specs_or_of_types_and_shapes():
    def generate():
        yield [1, 2]

    spec = tf.TensorSpec([None], tf.int32)
    datasets = [
        tf.data.Dataset.from_generator(generate, output_signature=spec),
        tf.data.Dataset.from_generator(generate, tf.int32, [None]),
        tf.data.Dataset.from_generator(generate, tf.int32, tf.TensorShape([None])),
    ]
    for dataset in datasets:
        assert dataset.element_spec == spec
        assert next(iter(dataset)).array.tolist() == [1, 2]
    assert tf.data.Dataset.from_generator(generate, tf.int32).element_spec == tf.TensorSpec(None, tf.int32)
    for arguments in ({}, {"output_types": tf.int32, "output_signature": spec}):
        with pytest.raises(TypeError, match="output_signature"):
            tf.data.Dataset.from_generator(generate, **arguments)


def test_options_go_along_the_chain():
    options = tf.data.Options()
    options.deterministic = False
    assert tf.data.Dataset.range(3).with_options(options).batch(2).options().deterministic is False
    with pytest.raises(AttributeError, match="Known"):
        options.shuffle = 1


def test_sparse_batches_do_not_exist():
    with pytest.raises(NotImplementedError, match="ragged_batch"):
        tf.data.Dataset.range(4).sparse_batch(2, [3])
