"""Names of TensorFlow that need graphs, GPUs or several machines: accepted with a line in the log, or refused."""

import logging

import pytest

from minikeras.compat import tensorflow as tf
from minikeras.compat.tensorflow import notices


@pytest.fixture
def lines(caplog, monkeypatch):
    """The lines that were logged; nothing counts as logged before."""
    monkeypatch.setattr(notices, "_said", set())
    caplog.set_level(logging.WARNING, "tensorflow")
    return lambda: [record.getMessage() for record in caplog.records]


def _in_scope(strategy):
    with strategy.scope():
        pass


SAID = {
    "device": lambda: tf.device("/GPU:0").__enter__(),
    "strategy": lambda: _in_scope(tf.distribute.MirroredStrategy()),
    "session": lambda: tf.compat.v1.Session(config=tf.compat.v1.ConfigProto(allow_soft_placement=True)),
    "threads": lambda: tf.config.threading.set_intra_op_parallelism_threads(2),
    "visible": lambda: tf.config.set_visible_devices([], "GPU"),
    "trace": lambda: tf.summary.trace_on(),
    "profiler": lambda: tf.profiler.experimental.start("logs"),
}


@pytest.mark.parametrize("name", SAID)
def test_accepted_with_one_line(name, lines):
    for _ in range(3):
        SAID[name]()
    assert len(lines()) == 1
    assert "minikeras" in lines()[0]


@pytest.mark.parametrize("rank", [0, 1])
def test_the_first_of_several_processes_says_it_for_all(rank, lines, monkeypatch):
    monkeypatch.setenv("PMI_RANK", str(rank))
    monkeypatch.setenv("PMI_SIZE", "2")
    SAID["visible"]()
    assert len(lines()) == 1 - rank


def test_the_cpu_is_worth_no_line(lines):
    with tf.device("/CPU:0"):
        pass
    assert lines() == []


def test_the_logger_can_be_silenced(lines):
    logger = tf.get_logger()
    level = logger.level
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    try:
        tf.distribute.MirroredStrategy()
        assert tf.compat.v1.logging.get_verbosity() == logging.ERROR
        assert lines() == []
    finally:
        logger.setLevel(level)


REFUSED = {
    "v1 behaviour": (tf.compat.v1.disable_v2_behavior, RuntimeError, "always computes at once"),
    "eager off": (tf.compat.v1.disable_eager_execution, RuntimeError, "always computes at once"),
    "placeholder": (lambda: tf.compat.v1.placeholder(tf.float32), RuntimeError, "keras.Input"),
    "get_variable": (lambda: tf.compat.v1.get_variable("v"), RuntimeError, "tf.Variable"),
    "running a session": (lambda: tf.compat.v1.Session().run(1), RuntimeError, "numpy"),
    "an old optimizer": (lambda: tf.compat.v1.train.AdamOptimizer, AttributeError, "TensorFlow 1"),
    "saved_model.save": (lambda: tf.saved_model.save(None, "x"), ValueError, "an object with attributes"),
    "saved_model.load": (lambda: tf.saved_model.load("x"), OSError, "does not exist at"),
    "a TPU": (lambda: tf.distribute.cluster_resolver.TPUClusterResolver(), ValueError, "TPU"),
    "a cluster": (lambda: tf.config.experimental_connect_to_cluster(None), NotImplementedError, "this machine only"),
    "a parameter server": (lambda: tf.distribute.ParameterServerStrategy(), NotImplementedError, "this machine only"),
    "another generator": (lambda: tf.random.Generator.from_seed(1, alg="threefry"), ValueError, "philox"),
    "debug files": (lambda: tf.debugging.experimental.enable_dump_debug_info("x"), NotImplementedError, "breakpoint"),
    "another device": (lambda: tf.config.set_visible_devices(["GPU"]), ValueError, "Unrecognized device"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_words(name):
    call, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words):
        call()


def test_names_of_tensorflow_1_that_mean_the_same():
    assert tf.compat.v1.reduce_mean([1.0, 3.0]).numpy() == 2.0
    assert tf.compat.v1.keras.layers.Dense is tf.keras.layers.Dense
    assert tf.compat.v2 is tf


def test_configs_take_any_setting():
    config = tf.compat.v1.ConfigProto()
    config.gpu_options.allow_growth = True
    assert config.gpu_options.allow_growth is True
