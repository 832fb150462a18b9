"""Functions of Keras 2's backend that Keras 3 removed, and their replacements."""

from minikeras.base.suggestions import did_you_mean

REMOVED = {
    "learning_phase": "Layers take `training=True` or `training=False` when they are called.",
    "set_learning_phase": "Call layers and models with `training=True` or `training=False`.",
    "learning_phase_scope": "Call layers and models with `training=True` or `training=False`.",
    "in_train_phase": "Give your layer's `call` the argument `training` and write `if training: …`.",
    "in_test_phase": "Give your layer's `call` the argument `training` and write `if not training: …`.",
    "placeholder": "Use `keras.Input(shape)`.",
    "is_placeholder": "Use `keras.backend.is_keras_tensor(x)`.",
    "function": "Make a model, `keras.Model(inputs, outputs)`, and call it or its `predict`.",
    "get_session": "There are no sessions since TensorFlow 2: values are computed at once, `x.numpy()` shows them.",
    "set_session": "There are no sessions since TensorFlow 2; leave the line out.",
    "manual_variable_initialization": "Variables have their values from the start; leave the line out.",
    "reset_uids": "Use `keras.utils.clear_session()`.",
    "print_tensor": "Use `print(x)`.",
    "cast_to_float": "Use `keras.backend.cast_to_floatx(x)`.",
    "ctc_label_dense_to_sparse": "minikeras has dense tensors only; `ctc_batch_cost` takes the dense labels.",
    "local_conv1d": "Locally connected layers are not in Keras 3.",
    "local_conv2d": "Locally connected layers are not in Keras 3.",
    "logsumexp": "Use `keras.ops.logsumexp(x)`.",
    "slice": "Write `x[start : start + size]` or use `keras.ops.slice`.",
    "control_dependencies": "Statements run in program order; leave the line out.",
}


def missing_function(name, known):
    """The AttributeError for a name that `keras.backend` does not have."""
    if name in REMOVED:
        text = f"module 'keras.backend' has no attribute {name!r} (Keras 3 removed it). {REMOVED[name]}"
    else:
        text = f"module 'keras.backend' has no attribute {name!r} in minikeras.{did_you_mean(name, known)}"
    return AttributeError(text, name=name)
