"""`tf.train`: TensorFlow's arguments of checkpoints. (Their files: `train/test_checkpoints.py`.)"""

import pytest

from minikeras.compat import tensorflow as tf


def test_options_and_graph_methods_are_accepted(tmp_path):
    module = tf.Module()
    module.v = tf.Variable(1.0)
    checkpoint = tf.train.Checkpoint(module=module)
    path = checkpoint.save(tmp_path / "ck", options=tf.train.CheckpointOptions())
    module.v.assign(3.0)
    status = checkpoint.restore(path, options=None)
    status.assert_consumed().expect_partial().initialize_or_restore()
    checkpoint.sync()
    assert module.v.numpy() == 1.0
    assert isinstance(checkpoint.save_counter, tf.Variable)


def test_strings_are_refused(tmp_path):
    with pytest.raises(ValueError, match="keeps numbers"):
        tf.train.Checkpoint(v=tf.Variable("text")).write(tmp_path / "ck")


def test_a_manager_counts_in_its_directory(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    manager = tf.train.CheckpointManager(checkpoint, tmp_path, max_to_keep=2)
    paths = [manager.save(options=None) for _ in range(3)]
    manager.sync()
    assert manager.checkpoints == paths[1:]
    assert tf.train.latest_checkpoint(tmp_path) == paths[-1]
