"""`keras.src` under the import hook: packages that import from Keras's own modules, made here as the real ones are."""

import importlib
import sys

import pytest

import minikeras
from minikeras import compat
from minikeras.compat.keras_src.internals import INTERNALS, OWN_FILES
from minikeras.compat.keras_src.paths import OTHER_FILES, PACKAGES

# file of the package: its text, in the manner of packages on PyPI
PACKAGE = {
    "__init__.py": "from imitated.layers import Scale\nfrom imitated.training import train\n",
    "layers.py": """
import keras
from keras.src import backend, initializers, ops
from keras.src.api_export import keras_export
from keras.src.layers.input_spec import InputSpec
from keras.src.layers.layer import Layer
from keras.src.saving import register_keras_serializable
from keras.src.utils.argument_validation import standardize_tuple
from keras.src.utils.module_utils import LazyModule

try:
    from keras.src.layers.convolutional.base_conv import Conv
except ImportError:
    from keras.src.layers.convolutional.base_conv import BaseConv as Conv

absent = LazyModule("no_such_package_at_all", pip_name="no-such")


@keras_export("imitated.Scale")
@register_keras_serializable(package="imitated")
class Scale(Layer):
    def __init__(self, factor=2, **kwargs):
        super().__init__(**kwargs)
        self.factor = standardize_tuple(factor, 1, "factor")[0]
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer=initializers.get("ones"))

    def call(self, x):
        x = backend.convert_to_tensor(x, dtype=backend.standardize_dtype(self.compute_dtype))
        return ops.multiply(backend.numpy.multiply(x, self.scale), backend.cast(self.factor, x.dtype))


def is_convolution(layer):
    return isinstance(layer, Conv)
""",
    "training.py": """
import keras
import keras.src
from keras.src import testing, tree
from keras.src.backend.config import epsilon
from keras.src.callbacks.callback import Callback
from keras.src.losses.losses import LossFunctionWrapper
from keras.src.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from keras.src.saving import serialization_lib
from keras.src.utils.python_utils import pythonify_logs
from imitated.layers import Scale


class Keep(Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.logs = pythonify_logs(logs)


@keras.saving.register_keras_serializable(package="imitated")
def squares(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred), -1)


def train(x, y):
    loss = LossFunctionWrapper(squares)
    model = keras.Sequential([Scale(3), keras.src.layers.core.dense.Dense(1)])
    model.compile("sgd", loss)
    keep = Keep()
    model.fit(x, y, callbacks=[keep], verbose=0)
    config = serialization_lib.serialize_keras_object(model)
    return keep.logs, serialization_lib.deserialize_keras_object(config)


class ScaleTest(testing.TestCase):
    def test_layer(self):
        self.run_layer_test(
            Scale, {"factor": 2}, input_shape=(2, 3), expected_output_shape=(2, 3), expected_num_trainable_weights=1
        )
""",
}


@pytest.fixture
def installed():
    with compat.installed():
        yield


@pytest.fixture
def imitated(tmp_path, monkeypatch, installed):
    folder = tmp_path / "imitated"
    folder.mkdir()
    for name, text in PACKAGE.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("imitated")
    for name in [name for name in sys.modules if name.partition(".")[0] == "imitated"]:
        del sys.modules[name]


def test_a_package_trains_and_serializes_by_keras_src(imitated):
    logs, revived = imitated.train(minikeras.ops.ones((4, 2)).numpy(), minikeras.ops.zeros((4, 1)).numpy())
    assert set(logs) == {"loss"}
    assert type(logs["loss"]) is float
    assert type(revived.layers[0]) is imitated.Scale
    assert revived.layers[0].factor == 3
    assert imitated.layers.is_convolution(minikeras.layers.Conv1D(2, 2))
    assert not imitated.layers.absent.available
    with pytest.raises(ImportError, match="pip install no-such"):
        imitated.layers.absent.initialize()


def test_the_test_case_of_keras_checks_a_layer(imitated):
    case = imitated.training.ScaleTest("test_layer")
    result = case.run()
    assert result.wasSuccessful()
    assert result.testsRun == 1
    with pytest.raises(AssertionError):
        case.run_layer_test(imitated.Scale, {}, input_shape=(2, 3), expected_num_trainable_weights=2)


@pytest.mark.usefixtures("installed")
class TestModules:
    @pytest.mark.parametrize("path", sorted({*INTERNALS, *OWN_FILES}))
    def test_every_internal_name_is_there(self, path):
        module = importlib.import_module(f"keras.src.{path}")
        for name in {*INTERNALS.get(path, ()), *dir(module)}:
            assert getattr(module, name) is not None

    def test_every_listed_module_can_be_imported(self):
        for package, files in OTHER_FILES.items():
            for file in files.split():
                importlib.import_module(f"keras.src.{package}.{file}".replace("..", "."))
        assert set(dir(importlib.import_module("keras.src"))) >= {path for path in PACKAGES if "." not in path}

    def test_names_are_those_of_the_public_namespaces(self):
        import keras
        from keras.src.backend.common.keras_tensor import KerasTensor
        from keras.src.datasets import mnist
        from keras.src.layers.core.dense import Dense, activations
        from keras.src.ops.numpy import Add, add
        from keras.src.optimizers.schedules import ExponentialDecay
        from keras.src.utils.numerical_utils import to_categorical

        assert Dense is keras.layers.Dense is keras.src.layers.Dense
        assert activations is keras.src.activations
        assert KerasTensor is keras.KerasTensor
        assert add is keras.ops.add
        assert type(add(keras.Input((2,)), keras.Input((2,)))._keras_history.operation) is Add
        assert ExponentialDecay is keras.optimizers.schedules.ExponentialDecay
        assert to_categorical is keras.utils.to_categorical
        assert mnist.load_data is keras.datasets.mnist.load_data

    def test_tables_of_objects_take_those_of_packages(self):
        from keras.src.activations import ALL_OBJECTS_DICT
        from keras.src.initializers import ALL_OBJECTS_DICT as INITIALIZERS

        assert ALL_OBJECTS_DICT["swish"] is minikeras.activations.swish
        assert INITIALIZERS["HeNormal"] is INITIALIZERS["he_normal"] is minikeras.initializers.HeNormal
        with pytest.raises(ValueError, match="halved"):
            minikeras.activations.get("halved")
        ALL_OBJECTS_DICT["halved"] = halved = lambda x: x / 2
        assert minikeras.layers.Dense(1, activation="halved").activation is halved
        del minikeras.saving.get_custom_objects()["halved"]

    def test_scopes_of_packages(self):
        from keras.src.backend.common.variables import AutocastScope
        from keras.src.saving.object_registration import GLOBAL_CUSTOM_OBJECTS
        from keras.src.saving.serialization_lib import SafeModeScope, in_safe_mode

        with AutocastScope("float16"), SafeModeScope(safe_mode=False):
            assert minikeras.Variable(1.0).value.dtype == "float16"
            assert not in_safe_mode()
        with pytest.raises(ValueError, match="int32"):
            AutocastScope("int32")
        assert GLOBAL_CUSTOM_OBJECTS is minikeras.saving.get_custom_objects()

    def test_stars_bring_the_public_names(self):
        namespace = {}
        exec("from keras.src.layers import *", namespace)
        assert set(minikeras.layers.__all__) <= set(namespace)

    @pytest.mark.parametrize(
        "statement",
        [
            "import keras.src.engine.base_layer",
            "import keras.src.layers.dense",
            "import keras.src.layers.core.nonsense",
            "import keras.src.backend.jax",
            "from keras.src.layers import core_of_all",
            "from keras.src.layers.core import Dense",
            "from keras.src.layers.core.dense import Adam",
            "from keras.src.utils import mode_keys",
            "from keras.src.saving.saving_lib import H5IOStore",
        ],
    )
    def test_what_keras_or_minikeras_lacks_is_refused_by_name(self, statement):
        with pytest.raises(ImportError, match=r"There is no '\w+' in 'keras\.src[\w.]*': Keras has none, or it is one"):
            exec(statement, {})
