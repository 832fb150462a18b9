"""Which modules there are below `keras.src`, and the public namespaces whose names each of them has.

Keras names most files after the class in them: `layers/core/dense.py` has Dense. So a path is right if its packages
exist and its last part is the name of something public in that namespace, in small letters; `OTHER_FILES` has those
that are called otherwise. (Facts about Keras 3.15.1, compared with it in `tests/parity/test_keras_src.py`.)
"""

__replay__ = "computes"

from functools import cache

from minikeras import backend
from minikeras.compat.namespaces import namespace_shim

# package below keras.src: the public namespaces whose names its __init__ has; "" is `keras` itself
PACKAGES = {
    **{name: (name,) for name in (
        "activations", "applications", "callbacks", "constraints", "datasets", "distillation", "distribution",
        "dtype_policies", "initializers", "layers", "losses", "metrics", "models", "ops", "optimizers",
        "optimizers.schedules", "quantizers", "random", "regularizers", "saving", "tree", "utils", "visualization",
        "wrappers",
    )},
    "backend": ("backend",),
    "backend.common": (),
    "backend.tensorflow": (),
    "export": ("export", "layers"),
    "legacy": (),
    "legacy.preprocessing": (),
    "legacy.saving": (),
    "testing": (),
    "trainers": (),
    "trainers.data_adapters": (),
    **{f"layers.{name}": () for name in (
        "activations", "attention", "convolutional", "core", "merging", "normalization", "pooling", "preprocessing",
        "preprocessing.image_preprocessing", "preprocessing.image_preprocessing.bounding_boxes", "regularization",
        "reshaping", "rnn",
    )},
}  # fmt: skip

# package: the files in it that are not called like something public
OTHER_FILES = {
    "": "api_export version",
    "activations": "activations",
    "applications": "convnext densenet efficientnet efficientnet_v2 imagenet_utils inception_resnet_v2 inception_v3 "
    "mobilenet mobilenet_v2 mobilenet_v3 nasnet resnet resnet_v2 vgg16 vgg19 xception",
    "backend": "config",
    "backend.common": "backend_utils dtypes global_state keras_tensor masking name_scope remat stateless_scope "
    "symbolic_scope tensor_attributes variables",
    "backend.tensorflow": "core image linalg math nn numpy random rnn",
    "callbacks": "callback_list monitor_callback",
    "constraints": "constraints",
    "datasets": "boston_housing california_housing cifar10 cifar100 fashion_mnist imdb mnist reuters",
    "distribution": "distribution_lib",
    "export": "export_utils saved_model tfsm_layer",
    "initializers": "constant_initializers random_initializers",
    "layers": "input_spec layer",
    "layers.attention": "grouped_query_attention",
    "layers.convolutional": "base_conv base_conv_transpose base_depthwise_conv base_separable_conv",
    "layers.core": "input_layer lambda_layer",
    "layers.merging": "base_merge",
    "layers.pooling": "base_adaptive_pooling base_global_pooling base_pooling",
    "layers.preprocessing": "data_layer feature_space index_lookup",
    "layers.preprocessing.image_preprocessing": "base_image_preprocessing_layer clahe max_num_bounding_box",
    "layers.preprocessing.image_preprocessing.bounding_boxes": "converters formats iou validation",
    "layers.regularization": "spatial_dropout",
    "layers.rnn": "conv_lstm dropout_rnn_cell",
    "legacy": "backend layers losses",
    "legacy.preprocessing": "image sequence text",
    "legacy.saving": "legacy_h5_format saving_utils serialization",
    "losses": "losses",
    "metrics": "accuracy_metrics confusion_metrics correlation_metrics f_score_metrics hinge_metrics iou_metrics "
    "metrics_utils probabilistic_metrics reduction_metrics regression_metrics",
    "models": "cloning functional",
    "ops": "core einops function image linalg math nn node numpy operation operation_utils",
    "optimizers": "base_optimizer",
    "quantizers": "quantizers",
    "random": "random",
    "regularizers": "regularizers",
    "saving": "file_editor keras_saveable object_registration saving_api saving_lib serialization_lib",
    "testing": "test_case test_utils",
    "trainers": "compile_utils epoch_iterator trainer",
    "trainers.data_adapters": "data_adapter data_adapter_utils py_dataset_adapter",
    "tree": "tree_api",
    "utils": "argument_validation audio_dataset_utils backend_utils dataset_utils dtype_utils file_utils "
    "image_dataset_utils image_utils io_utils jax_layer model_visualization module_utils naming numerical_utils "
    "python_utils rng_utils sequence_utils summary_utils text_dataset_utils tf_utils timeseries_dataset_utils "
    "torch_utils traceback_utils tracking",
    "wrappers": "sklearn_wrapper",
}

# module, or a package that it is in: public namespaces whose names it has, in addition to that of its first part
NAMESPACES = {
    "applications.convnext": ("applications.convnext",),
    "backend": ("backend", "config"),
    "backend.tensorflow": ("ops",),
    "backend.tensorflow.random": ("random",),
    "dtype_policies": ("config",),
    "export.tfsm_layer": ("layers",),
    "layers.preprocessing": ("utils", "utils.bounding_boxes"),
    "legacy.backend": ("legacy.backend",),
    "legacy.saving": ("legacy.saving",),
    "ops": ("utils",),
    "saving": ("config", "utils"),
    "trainers": ("utils",),
    "utils": ("backend", "config", "layers", "preprocessing.image"),
}
KERAS_2 = {"legacy.backend": "backend"}  # the `K` of older scripts
SAME_PATH = ("applications", "datasets", "ops", "optimizers.schedules")  # public modules of the same path
_OF_LEGACY = "legacy.preprocessing."  # keras.src.legacy.preprocessing.image is keras.preprocessing.image


def is_module(path):
    """Whether Keras has the module `keras.src.<path>`, as far as minikeras can follow it."""
    if path in PACKAGES:
        return True
    package, _, file = path.rpartition(".")
    if package and package not in PACKAGES:
        return False
    if file in OTHER_FILES.get(package, "").split():
        return True
    named_after_contents = package.partition(".")[0] not in ("", "backend", "ops") and package != "layers"
    return named_after_contents and file.replace("_", "") in _public_names_in_small_letters(package.partition(".")[0])


def namespaces_of(path):
    """The public namespaces in which the names of a module are looked up, the nearest first; "" is `keras` itself,
    since most files import `Layer`, `ops` or `backend`."""
    if path in PACKAGES:
        return PACKAGES[path]
    found = [path] if path.startswith(SAME_PATH) and public_module(path) is not None else []
    found += [path.removeprefix("legacy.")] if path.startswith(_OF_LEGACY) else []
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        found += NAMESPACES.get(".".join(parts[:length]), ())
        found += PACKAGES.get(".".join(parts[:length]), ())
    return tuple(dict.fromkeys([*found, ""]))


@cache
def public_module(namespace):
    """What `import keras.<namespace>` finds here, or None."""
    try:
        return namespace_shim(f"keras.{KERAS_2.get(namespace, namespace)}".rstrip("."))
    except ModuleNotFoundError:
        return None


def public_names_of(namespace):
    """The public names of `keras.<namespace>`; none if it does not exist here.

    For `keras.src.backend` those of Keras 3: it has nothing of the `K` of Keras 2.
    """
    module = public_module(namespace)
    return set(backend.__all__) if namespace == "backend" else set() if module is None else set(dir(module))


@cache
def _public_names_in_small_letters(package):
    found = {name.lower().replace("_", "") for name in public_names_of(package)}
    if package == "optimizers":
        found |= _public_names_in_small_letters("optimizers.schedules")
    return found
