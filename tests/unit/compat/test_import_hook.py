"""`minikeras.compat`: what `import tensorflow`, `import keras`, `import tf_keras` find, and that it can be undone."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

import minikeras
from minikeras import compat
from minikeras.compat.namespaces import ROOTS, NamespaceShim, namespace_shim, public_names
from tests.unit.compat.keras.test_additions import GIVING_DATASETS
from tests.waiting import DEADLINE


@pytest.fixture
def installed():
    with compat.installed():
        yield


def loaded():
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ROOTS}


@pytest.mark.usefixtures("installed")
class TestWhileInstalled:
    @pytest.mark.parametrize("name", ["keras", "tensorflow.keras", "tf_keras"])
    def test_keras_has_every_public_name_of_minikeras(self, name):
        def check(module, ours):
            for public in public_names(ours) - {"__version__", "version"}:
                value = getattr(module, public)
                if isinstance(value, ModuleType):
                    assert value is importlib.import_module(f"{module.__name__}.{public}")
                    check(value, getattr(ours, public))
                elif public in GIVING_DATASETS:
                    assert value.__wrapped__ is getattr(ours, public)
                elif public == "backend":  # scripts ask for it: they find TensorFlow's behaviour
                    assert value() == "tensorflow"
                elif public == "set_backend":
                    assert value("tensorflow") is None
                elif not module.__name__.endswith("backend"):  # there the legacy functions come first
                    assert value is getattr(ours, public)

        check(importlib.import_module(name), minikeras)

    def test_every_way_to_import_finds_the_same_thing(self):
        namespace = {}
        exec(
            "import tensorflow as tf\n"
            "import tensorflow.keras as keras_1\n"
            "from tensorflow import keras as keras_2\n"
            "import tensorflow.keras.layers as layers_1\n"
            "from tensorflow.keras import layers as layers_2\n"
            "from tensorflow.keras.layers import Dense as Dense_1\n"
            "from keras.layers import Dense as Dense_2\n"
            "import tensorflow.keras.backend as K\n",
            namespace,
        )
        assert namespace["keras_1"] is namespace["keras_2"] is namespace["tf"].keras
        assert namespace["layers_1"] is namespace["layers_2"]
        assert namespace["Dense_1"] is namespace["Dense_2"] is minikeras.layers.Dense
        assert namespace["K"].floatx() == "float32"

    def test_star_imports_bring_the_public_names(self):
        namespace = {}
        exec("from tensorflow.keras.layers import *", namespace)
        assert set(minikeras.layers.__all__) <= set(namespace)
        assert "core" not in namespace

    def test_versions_are_those_that_scripts_compare(self):
        import keras
        import tensorflow as tf

        assert tf.__version__.startswith("2.21.")
        assert keras.__version__ == keras.version() == tf.keras.__version__ == "3.15.1"

    def test_modules_are_real_modules(self):
        for name, module in loaded().items():
            assert isinstance(module, ModuleType)
            assert module.__name__ == module.__spec__.name == name
        assert importlib.util.find_spec("tensorflow.keras.layers").name == "tensorflow.keras.layers"

    @pytest.mark.parametrize(
        "statement, message",
        [
            ("import keras; keras.layers.Dens", "no attribute 'Dens' in minikeras. Nearest: keras.layers.Dense"),
            ("import tensorflow as tf; tf.keras.layers.Dens", "'tensorflow.keras.layers' has no attribute 'Dens'"),
            ("import tf_keras; tf_keras.losses.mze", "Nearest: tf_keras.losses.mse"),
            ("import keras; keras.layers.to_categorical", "Nearest: keras.utils.to_categorical"),
            ("import keras; keras.lers", "Nearest: keras.layers"),
            ("import keras; keras.xyzxyz", "module 'keras' has no attribute 'xyzxyz' in minikeras.$"),
            ("import tensorflow as tf; tf.keras.optimizers.Adm", "Nearest: tensorflow.keras.optimizers.Adam"),
            ("import keras; keras.src.layers.Dens", "'keras.src.layers' has no attribute 'Dens' in minikeras"),
            (
                "import tensorflow as tf; tf.Session",
                "tensorflow.Session went away with TensorFlow 2. Values are computed",
            ),
            ("import tensorflow as tf; tf.train.AdamOptimizer", "Use tensorflow.keras.optimizers.Adam"),
            ("import keras; keras.backend.placeholder", "Keras 3 removed it"),
        ],
    )
    def test_a_missing_attribute_is_named_with_the_nearest(self, statement, message):
        with pytest.raises(AttributeError, match=message):
            exec(statement, {})

    @pytest.mark.parametrize(
        "statement, message",
        [
            ("from tensorflow.keras.layers import Dens", "Nearest: tensorflow.keras.layers.Dense"),
            ("from keras import lers", "Nearest: keras.layers"),
            ("import keras.lers", "Nearest: keras.layers"),
            ("import keras.layers.core", "keras.layers.core went away with Keras 3. Take the name from keras.layers"),
            ("from tensorflow.keras.utils import np_utils", "tensorflow.keras.utils.np_utils went away with Keras 3"),
            ("from tensorflow.python.keras import layers", "tensorflow.python is TensorFlow's own code"),
            ("import tensorflow.python.keras.backend", "tensorflow.python is TensorFlow's own code"),
            ("from keras.src.layers import Dens", "There is no 'Dens' in 'keras.src.layers'"),
            ("from tensorflow.keras.layers.experimental import x", "went away with Keras 3"),
        ],
    )
    def test_a_missing_import_is_named_with_the_nearest(self, statement, message):
        with pytest.raises(ImportError, match=message):
            exec(statement, {})

    def test_hasattr_and_getattr_with_a_default_work(self):
        import keras

        assert not hasattr(keras, "nothing_of_this_name")
        assert getattr(keras.layers, "Nothing", None) is None


def test_what_was_loaded_before_comes_back(monkeypatch):
    real = ModuleType("tensorflow")
    real_child = ModuleType("tensorflow.python")
    monkeypatch.setitem(sys.modules, "tensorflow", real)
    monkeypatch.setitem(sys.modules, "tensorflow.python", real_child)
    before = loaded()
    with compat.installed():
        assert "tensorflow.python" not in sys.modules
        import tensorflow

        assert isinstance(tensorflow, NamespaceShim)
    assert loaded() == before
    import tensorflow

    assert tensorflow is real


def test_install_and_uninstall_count_once():
    before, path = loaded(), list(sys.meta_path)
    compat.uninstall()
    compat.install()
    compat.install()
    with compat.installed():
        assert compat.is_installed()
    assert compat.is_installed()  # it was so before the `with`
    compat.uninstall()
    assert not compat.is_installed()
    assert loaded() == before
    assert sys.meta_path == path


def test_the_shims_can_be_used_without_the_hook():
    assert not compat.is_installed()
    assert namespace_shim("keras").layers.Dense is minikeras.layers.Dense
    assert namespace_shim("tensorflow.keras") is namespace_shim("tensorflow").keras
    assert "tensorflow" not in sys.modules or not isinstance(sys.modules["tensorflow"], NamespaceShim)


def test_the_notebook_extension_installs_and_uninstalls():
    minikeras.load_ipython_extension(shell=None)
    assert compat.is_installed()
    minikeras.unload_ipython_extension(shell=None)
    assert not compat.is_installed()


def test_importing_minikeras_does_not_load_the_shims():
    script = "import minikeras, sys; print(any(name.startswith('minikeras.compat') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert done.stdout == "False\n"
