"""Functions and methods of `tf.data`, `tf.io`, `tf.strings`, `tf.ragged`, `tf.lookup` have TensorFlow's parameters."""

import inspect

import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.compat.shim_cases import function_of  # noqa: E402

NAMESPACES = ["data", "data.experimental", "io", "io.gfile", "strings", "ragged", "lookup"]
CLASSES = ["data.Dataset", "RaggedTensor", "io.TFRecordWriter"]
# Names that are not functions with parameters of their own, or whose parameters TensorFlow hides behind **kwargs.
EXCEPTIONS = {
    "data.Options": "", "data.ThreadingOptions": "", "data.Iterator": "made by iter(dataset)",
    "data.experimental.AutoShardPolicy": "", "data.experimental.AutotuneAlgorithm": "",
    "data.experimental.ExternalStatePolicy": "", "data.experimental.Optional": "abstract in TensorFlow",
    "lookup.StaticHashTable": "*args in TensorFlow", "lookup.StaticVocabularyTable": "*args in TensorFlow",
    "ragged.RaggedTensor": "lives in tf", "ragged.RaggedTensorSpec": "lives in tf",
    "data.Dataset.map": "has what TensorFlow calls positional too",
}  # fmt: skip
# Their DTypes as defaults are names of dtypes here; parameters have TensorFlow's names and order in any case.


def names():
    for namespace in NAMESPACES + CLASSES:
        ours, theirs = function_of(shim, namespace), function_of(tf, namespace)
        for name in sorted(set(getattr(ours, "__all__", dir(ours))) & set(dir(theirs))):
            both = getattr(ours, name), getattr(theirs, name)
            if not name.startswith("_") and all(callable(f) for f in both) and f"{namespace}.{name}" not in EXCEPTIONS:
                yield f"{namespace}.{name}"


def parameters(function):
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", list(names()))
def test_same_parameters(name):
    assert parameters(function_of(shim, name)) == parameters(function_of(tf, name))


@pytest.mark.parametrize("namespace", [n for n in NAMESPACES if n != "ragged"])
def test_no_name_that_tensorflow_lacks(namespace):
    assert not set(function_of(shim, namespace).__all__) - set(dir(function_of(tf, namespace)))


def test_every_public_method_of_dataset_is_there():
    missing = {name for name in dir(tf.data.Dataset) if not name.startswith("_")} - set(dir(shim.data.Dataset))
    assert not missing
