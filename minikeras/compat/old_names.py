"""Names that scripts still write although TensorFlow 2.21 and Keras 3 have none of them: why, and what to write now.

They are as absent here as there, so that a script that runs on minikeras runs on Keras too; the error explains more.
"""

_TENSORFLOW_1 = "went away with TensorFlow 2"
_KERAS_2 = "went away with Keras 3"

# full name (for the Keras of every root: "keras.…"): (what became of it, what to do)
OLD_NAMES = {
    "tensorflow.python": ("is TensorFlow's own code, no public name", "Take the name from tensorflow.keras."),
    "tensorflow.core": ("is TensorFlow's own code, no public name", "Take the name from tensorflow."),
    "tensorflow.lite": ("converts models for phones", "That needs TensorFlow itself: save the weights, convert there."),
    "tensorflow.contrib": (_TENSORFLOW_1, "Take the name from tensorflow or tensorflow.keras.layers."),
    "tensorflow.examples": (_TENSORFLOW_1, "The data are in tensorflow.keras.datasets."),
    "tensorflow.feature_column": ("is not in minikeras", "Use the preprocessing layers of tensorflow.keras."),
    "tensorflow.estimator": ("went away with TensorFlow 2.16", "Use a model of tensorflow.keras."),
    "keras.engine": ("was Keras 2's own code, no public name", "Take the name from keras.layers or keras.models."),
    "keras.wrappers": ("is not in minikeras", "For scikit-learn there is the package scikeras."),
    "keras.layers.experimental": (_KERAS_2, "Take the name from keras.layers."),
    "keras.optimizers.experimental": (_KERAS_2, "Take the name from keras.optimizers."),
    "keras.experimental": (_KERAS_2, "Take the name from keras.layers, keras.models or keras.optimizers.schedules."),
    "keras.estimator": (_KERAS_2, "Use the model itself."),
    "keras.objectives": ("is keras.losses since Keras 2", "Take the name from keras.losses."),
    "keras.utils.multi_gpu_model": (_KERAS_2, "Leave the line out and use the model itself."),
    "keras.models.Graph": ("went away with Keras 1", "Use keras.Model(inputs, outputs)."),
}  # fmt: skip

# modules of Keras 2 whose names are in the module above them now
_KERAS_2_MODULES = {
    "keras.layers": "advanced_activations convolutional convolutional_recurrent core cudnn_recurrent embeddings local "
    "merge noise normalization pooling recurrent wrappers",
    "keras.utils": "data_utils generic_utils io_utils layer_utils np_utils training_utils vis_utils",
    "keras.backend": "tensorflow_backend theano_backend",
}  # fmt: skip
OLD_NAMES |= {
    f"{parent}.{child}": (_KERAS_2, f"Take the name from {parent}.")
    for parent, children in _KERAS_2_MODULES.items()
    for child in children.split()
}

_NO_GRAPHS = "Values are computed at once: leave the line out, and read a tensor by `tensor.numpy()`."
_RENAMED = {  # in TensorFlow 1: a name of today, or a sentence
    "Session": _NO_GRAPHS,
    "InteractiveSession": _NO_GRAPHS,
    "ConfigProto": _NO_GRAPHS,
    "GPUOptions": _NO_GRAPHS,
    "global_variables_initializer": _NO_GRAPHS,
    "initialize_all_variables": _NO_GRAPHS,
    "local_variables_initializer": _NO_GRAPHS,
    "get_default_graph": _NO_GRAPHS,
    "reset_default_graph": _NO_GRAPHS,
    "enable_eager_execution": _NO_GRAPHS,
    "disable_eager_execution": _NO_GRAPHS,
    "placeholder": "Give a function its tensors as arguments, or a model a tensorflow.keras.Input.",
    "get_variable": "Use tensorflow.Variable, or `add_weight` in a layer.",
    "variable_scope": "Use tensorflow.name_scope, or a layer that holds its variables.",
    "app": "Call `main()` yourself.",
    "flags": "Use Python's argparse.",
    "logging": "Use tensorflow.get_logger() or tensorflow.compat.v1.logging.",
    "py_func": "tensorflow.numpy_function",
    "set_random_seed": "tensorflow.random.set_seed",
    "random_normal": "tensorflow.random.normal",
    "random_uniform": "tensorflow.random.uniform",
    "random_shuffle": "tensorflow.random.shuffle",
    "truncated_normal": "tensorflow.random.truncated_normal",
    "assign": "`variable.assign(value)`",
    "assign_add": "`variable.assign_add(value)`",
    "to_float": "tensorflow.cast(x, tensorflow.float32)",
    "to_double": "tensorflow.cast(x, tensorflow.float64)",
    "to_int32": "tensorflow.cast(x, tensorflow.int32)",
    "to_int64": "tensorflow.cast(x, tensorflow.int64)",
    "mul": "tensorflow.multiply",
    "sub": "tensorflow.subtract",
    "neg": "tensorflow.negative",
    "pack": "tensorflow.stack",
    "unpack": "tensorflow.unstack",
    "layers": "tensorflow.keras.layers",
    "image.resize_images": "tensorflow.image.resize",
    "nn.softmax_cross_entropy_with_logits_v2": "tensorflow.nn.softmax_cross_entropy_with_logits",
    "summary.FileWriter": "tensorflow.summary.create_file_writer",
    "train.GradientDescentOptimizer": "tensorflow.keras.optimizers.SGD",
    "train.MomentumOptimizer": "tensorflow.keras.optimizers.SGD(momentum=…)",
    "train.AdamOptimizer": "tensorflow.keras.optimizers.Adam",
    "train.RMSPropOptimizer": "tensorflow.keras.optimizers.RMSprop",
    "train.AdagradOptimizer": "tensorflow.keras.optimizers.Adagrad",
    "train.AdadeltaOptimizer": "tensorflow.keras.optimizers.Adadelta",
    "train.FtrlOptimizer": "tensorflow.keras.optimizers.Ftrl",
    "train.Saver": "Use tensorflow.train.Checkpoint, or a model's `save_weights`.",
}
OLD_NAMES |= {
    f"tensorflow.{name}": (_TENSORFLOW_1, now if now.endswith(".") else f"Use {now}.") for name, now in _RENAMED.items()
}


def what_became_of(full_name):
    """A sentence or two about an old name, or one below it ("tensorflow.contrib.rnn"); None for other names."""
    root = next((root for root in ("tensorflow.keras.", "tf_keras.") if full_name.startswith(root)), "")
    parts = (f"keras.{full_name.removeprefix(root)}" if root else full_name).split(".")
    for length in (3, 2):
        name = ".".join(parts[:length])
        if name in OLD_NAMES:
            reason, advice = OLD_NAMES[name]
            written = root + name.removeprefix("keras.") if root else name
            return f"{written} {reason}. {advice}"
    return None
