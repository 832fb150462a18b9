"""Trust is given where it is given: to one context, for one reading, by the program and never by a file."""

import contextvars
import threading

import numpy as np
import pytest

import minikeras as keras
from minikeras.saving import CustomObjectScope, deserialize_keras_object, get_custom_objects, get_registered_object
from minikeras.serialization import SafeMode, in_safe_mode
from tests.waiting import DEADLINE

pytestmark = pytest.mark.filterwarnings("ignore:There is a `lambda`")


def lambda_config():
    return keras.saving.serialize_keras_object(lambda x: x + 1)


def lambda_layer_config():
    return keras.saving.serialize_keras_object(keras.layers.Lambda(lambda x: x + 1, output_shape=(1,)))


def model_with_a_lambda(path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2)])
    model.save(path)
    return path


def refused(read):
    with pytest.raises(ValueError, match="lambda"):
        read()
    return True


def in_another_thread(function, *args):
    """What a function gives in a new thread; its error is raised here."""
    outcome = {}

    def run():
        try:
            outcome["value"] = function(*args)
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(DEADLINE)
    assert not thread.is_alive()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


# --- safe mode -----------------------------------------------------------------------------------------------------


def test_of_several_safe_modes_the_innermost_decides():
    assert in_safe_mode()
    for outer in (True, False):
        with SafeMode(outer):
            for inner in (True, False):
                with SafeMode(inner):
                    assert in_safe_mode() is inner
                    with SafeMode(None):
                        assert in_safe_mode() is inner
                assert in_safe_mode() is outer
    assert in_safe_mode()


def test_a_safe_reading_within_an_unsafe_one_is_safe():
    config = lambda_config()

    class Holder(keras.layers.Layer):
        @classmethod
        def from_config(cls, config):
            assert deserialize_keras_object(config["inner"])(1) == 2  # as it was trusted outside
            assert deserialize_keras_object(config["inner"], safe_mode=False)(1) == 2
            assert refused(lambda: deserialize_keras_object(config["inner"], safe_mode=True))
            assert deserialize_keras_object(config["inner"])(1) == 2  # and again, after that error
            return cls()

    outer = {"module": None, "class_name": "Holder", "config": {"inner": config}, "registered_name": "Holder"}
    deserialize_keras_object(outer, custom_objects={"Holder": Holder}, safe_mode=False)
    with pytest.raises(ValueError, match="lambda"):
        deserialize_keras_object(outer, custom_objects={"Holder": Holder})


def test_the_mode_is_restored_after_errors():
    for safe_mode in (True, False, None):
        with pytest.raises(TypeError):
            deserialize_keras_object({"class_name": "Nothing", "config": {}}, {"x": len}, safe_mode=safe_mode)
        assert in_safe_mode()
        assert get_registered_object("x") is None
    with pytest.raises(KeyError), SafeMode(False), CustomObjectScope({"x": len}):
        raise KeyError
    assert in_safe_mode()
    assert get_registered_object("x") is None
    refused(lambda: deserialize_keras_object(lambda_config()))


@pytest.mark.parametrize("kind", [keras.layers.Lambda, keras.Sequential, keras.models.Functional])
def test_nothing_in_a_config_is_taken_for_a_safe_mode(kind):
    layer = lambda_layer_config()
    layer["config"]["safe_mode"] = layer["safe_mode"] = False
    layer["config"]["custom_objects"] = {"print": "print"}
    config = layer
    if kind is not keras.layers.Lambda:
        model = keras.Sequential([keras.Input((1,)), keras.layers.Flatten()])
        model = model if kind is keras.Sequential else keras.Model(model.inputs, model.outputs)
        config = keras.saving.serialize_keras_object(model)
        config["config"]["layers"][-1] |= {key: layer[key] for key in ("module", "class_name", "config", "safe_mode")}
        config["config"]["safe_mode"] = config["safe_mode"] = False
    with pytest.raises((ValueError, TypeError)) as caught:
        deserialize_keras_object(config)
    assert "lambda" in str(caught.value) or "safe_mode" in str(caught.value)
    config["compile_config"] = {"loss": "mse", "optimizer": "sgd", "safe_mode": False}
    with pytest.raises((ValueError, TypeError)):
        deserialize_keras_object(config)
    assert in_safe_mode()


@pytest.mark.parametrize("form", ["layer", "function", "activation", "loss", "initializer", "output_shape", "mask"])
def test_lambdas_are_refused_wherever_they_stand(form):
    code = lambda_config()
    config = {
        "layer": lambda_layer_config(),
        "function": code,
        "activation": dense(activation=code),
        "initializer": dense(kernel_initializer=code),
        "loss": {**dense(), "module": "keras.metrics", "class_name": "MeanMetricWrapper", "config": {"fn": code}},
        "output_shape": lambda_of_relu(output_shape=code),
        "mask": lambda_of_relu(mask=code),
    }[form]
    for arguments in ({}, {"safe_mode": True}):
        refused(lambda arguments=arguments: deserialize_keras_object(config, **arguments))
    deserialize_keras_object(config, safe_mode=False)


def dense(**config):
    return {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1, **config}, "registered_name": None}


def lambda_of_relu(**config):
    function = {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}
    config = {"function": function, **config}
    return {"module": "keras.layers", "class_name": "Lambda", "config": config, "registered_name": None}


def test_what_is_neither_false_nor_none_is_a_safe_mode():
    for passed in ("no", {"name": dict}, {}):
        with pytest.raises(ValueError, match="lambda"):
            deserialize_keras_object(lambda_config(), safe_mode=passed)


# --- threads and contexts ------------------------------------------------------------------------------------------


def test_while_one_thread_reads_unsafely_others_read_safely(tmp_path):
    path = model_with_a_lambda(tmp_path / "m.keras")
    config = lambda_config()
    inside, done = threading.Event(), threading.Event()

    class Waits(keras.layers.Layer):
        @classmethod
        def from_config(cls, config):
            inside.set()
            assert done.wait(DEADLINE)
            return cls()

    described = {"module": None, "class_name": "Waits", "config": {}, "registered_name": "Waits"}

    def trusting():
        read = deserialize_keras_object([described, config], custom_objects={"Waits": Waits, "x": len}, safe_mode=False)
        return read[1](1)

    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(trusting()))
    thread.start()
    try:
        assert inside.wait(DEADLINE)
        refused(lambda: deserialize_keras_object(config))
        refused(lambda: keras.models.load_model(path))
        assert in_another_thread(in_safe_mode)
        assert get_registered_object("x") is None
        with pytest.raises(TypeError, match="Could not locate"):
            deserialize_keras_object(described)
    finally:
        done.set()
        thread.join(DEADLINE)
    assert outcome == [2]


def test_a_scope_serves_its_own_thread_only():
    function = {"module": "builtins", "class_name": "function", "config": "mine", "registered_name": "function"}

    def mine(x):
        return x

    with CustomObjectScope({"mine": mine}), SafeMode(False):
        assert deserialize_keras_object(function) is mine
        assert in_another_thread(in_safe_mode)
        assert in_another_thread(get_registered_object, "mine") is None
        with pytest.raises(TypeError, match="Could not locate"):
            in_another_thread(deserialize_keras_object, function)
        with pytest.raises(ValueError, match="Unknown activation"):
            in_another_thread(keras.activations.get, "mine")


def test_many_threads_with_scopes_of_their_own():
    function = {"module": "builtins", "class_name": "function", "config": "mine", "registered_name": "function"}
    start = threading.Barrier(8, timeout=DEADLINE)
    wrong = []

    def work(i):
        own = {"mine": lambda: i}
        start.wait()
        for turn in range(200):
            unsafe = (i + turn) % 2 == 0
            with CustomObjectScope(own), SafeMode(not unsafe):
                if deserialize_keras_object(function)() != i or in_safe_mode() is unsafe:
                    wrong.append(i)
            if get_registered_object("mine") is not None or not in_safe_mode():
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert not any(thread.is_alive() for thread in threads)
    assert not wrong


def test_registered_objects_are_the_whole_programs():
    get_custom_objects()["Tests>shared"] = len
    try:
        assert in_another_thread(get_registered_object, "Tests>shared") is len
    finally:
        del get_custom_objects()["Tests>shared"]


def test_enabling_unsafe_deserialization_holds_for_one_context():
    config = lambda_config()

    def enabled():
        keras.config.enable_unsafe_deserialization()
        assert deserialize_keras_object(config)(1) == 2
        refused(lambda: deserialize_keras_object(config, safe_mode=True))  # what is said outright counts
        refused(lambda: in_another_thread(deserialize_keras_object, config))

    contextvars.copy_context().run(enabled)
    in_another_thread(enabled)
    refused(lambda: deserialize_keras_object(config))


def test_the_innermost_scope_is_asked_first():
    function = {"module": "builtins", "class_name": "function", "config": "mine", "registered_name": "function"}
    get_custom_objects()["mine"] = max
    try:
        assert deserialize_keras_object(function) is max
        with CustomObjectScope({"mine": len}):
            assert deserialize_keras_object(function) is len
            with CustomObjectScope({"mine": abs}):
                assert deserialize_keras_object(function) is abs
                assert deserialize_keras_object(function, custom_objects={"mine": min}) is min
                assert deserialize_keras_object(function) is abs
            assert deserialize_keras_object(function) is len
    finally:
        del get_custom_objects()["mine"]


def test_a_scope_may_be_entered_twice_and_left_in_any_order():
    outer, inner = CustomObjectScope({"a": len}), CustomObjectScope({"b": abs})
    with outer, outer:
        assert get_registered_object("a") is len
    assert get_registered_object("a") is None
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert get_registered_object("a") is None
    assert get_registered_object("b") is abs
    inner.__exit__(None, None, None)
    assert get_registered_object("b") is None


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:HDF5 is an old format")
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "folder"])
def test_files_of_every_kind(name, tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.Lambda(lambda x: x * 2)])
    model.save(tmp_path / name, zipped=False if name == "folder" else None)
    for arguments in ({}, {"safe_mode": True}, {"compile": False}):
        with pytest.raises(ValueError, match="lambda"):
            keras.models.load_model(tmp_path / name, **arguments)
    with pytest.raises(ValueError, match="lambda"):
        contextvars.copy_context().run(load_enabled, tmp_path / name, safe_mode=True)
    x = np.ones((1, 2), "float32")
    for loaded in (
        keras.models.load_model(tmp_path / name, safe_mode=False, compile=False),
        contextvars.copy_context().run(load_enabled, tmp_path / name),
    ):
        np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert in_safe_mode()


def load_enabled(path, **arguments):
    keras.config.enable_unsafe_deserialization()
    return keras.models.load_model(path, compile=False, **arguments)
