"""The internal names of Keras that packages import, and what each of them is here.

`INTERNALS` names modules of minikeras that have the very thing, mostly under the same name. `OWN_FILES` names the files
of this folder: internals that exist for such packages only. Where a class is a base for custom layers, such as
BaseConv, `isinstance` and `super()` work as in Keras; its constructor is that of minikeras's base, without `rank`.
"""

__replay__ = "computes"


def _from(module, names):
    return dict.fromkeys(names.split(), f"minikeras.{module}")


def _object_table(package):
    return {"ALL_OBJECTS_DICT": f"minikeras.compat.keras_src.object_tables:{package}"}


# module below keras.src: {internal name: the module that has it, with its name there after a colon if that differs}
INTERNALS = {
    **{
        package: _object_table(package)
        for package in (
            "activations",
            "constraints",
            "initializers",
            "losses",
            "metrics",
            "optimizers",
            "quantizers",
            "regularizers",
        )
    },
    "backend.common": {
        "KerasVariable": "minikeras.autodiff.variable:Variable",
        **_from("compat.keras_src.backend", "AutocastScope standardize_shape"),
        **_from("backend", "is_float_dtype is_int_dtype result_type standardize_dtype"),
    },
    "backend.common.dtypes": _from("backend", "result_type"),
    "backend.common.keras_tensor": _from("compat.keras_src.backend", "any_symbolic_tensors"),
    "backend.common.masking": _from("compat.keras_src.backend", "get_keras_mask set_keras_mask"),
    "backend.common.name_scope": _from("autodiff.name_scope", "current_path"),
    "backend.common.stateless_scope": _from("compat.keras_src.backend", "get_stateless_scope in_stateless_scope"),
    "backend.common.symbolic_scope": _from("autodiff.stateless_scope", "SymbolicScope in_symbolic_scope"),
    "backend.common.variables": {
        **_from("compat.keras_src.backend", "AutocastScope shape_equal standardize_shape"),
        **_from("backend", "is_float_dtype is_int_dtype"),
        **_from("autodiff.dtypes", "standardize_dtype"),
    },
    "backend.config": _from("config", "standardize_data_format"),
    "backend.tensorflow.rnn": _from("ops.recurrence", "rnn"),
    "callbacks": {"MonitorCallback": "minikeras.callbacks.monitoring"},
    "callbacks.monitor_callback": {"MonitorCallback": "minikeras.callbacks.monitoring"},
    "distribution": {"Distribution": "minikeras.distribution.strategies"},
    "distribution.distribution_lib": {"Distribution": "minikeras.distribution.strategies"},
    "export.saved_model": _from("exporting.tensorflow.archive", "export_saved_model"),
    "layers": {
        "GroupedQueryAttention": "minikeras.layers:GroupQueryAttention",
        **_from("layers.preprocessing.index_lookup", "IndexLookup"),
    },
    "layers.activations": _from("layers", "ELU LeakyReLU PReLU ReLU Softmax"),
    "layers.attention.grouped_query_attention": {"GroupedQueryAttention": "minikeras.layers:GroupQueryAttention"},
    "layers.convolutional.base_conv": _from("layers.convolutional.base_conv", "BaseConv"),
    "layers.convolutional.base_conv_transpose": _from("layers.convolutional.base_conv_transpose", "BaseConvTranspose"),
    "layers.convolutional.base_depthwise_conv": _from("layers.convolutional.base_depthwise_conv", "BaseDepthwiseConv"),
    "layers.convolutional.base_separable_conv": _from("layers.convolutional.base_separable_conv", "BaseSeparableConv"),
    "layers.merging.base_merge": {"Merge": "minikeras.layers.merging.base_merge:BaseMerge"},
    "layers.pooling.base_global_pooling": _from("layers.pooling.base_pooling", "BaseGlobalPooling"),
    "layers.pooling.base_pooling": _from("layers.pooling.base_pooling", "BasePooling"),
    "layers.preprocessing.data_layer": _from("layers.preprocessing.data_layer", "DataLayer"),
    "layers.preprocessing.feature_space": _from("utils.feature_space", "Cross Feature"),
    "layers.preprocessing.index_lookup": _from("layers.preprocessing.index_lookup", "IndexLookup"),
    "layers.rnn.dropout_rnn_cell": _from("layers.recurrent.dropout_rnn_cell", "DropoutRNNCell"),
    "losses.losses": {
        **_from("losses.loss", "LossFunctionWrapper"),
        **_from("losses.labels", "squeeze_or_expand_to_same_rank"),
    },
    "losses.loss": _from("losses.labels", "squeeze_or_expand_to_same_rank"),
    "models": _from("models.functional", "Functional"),
    "models.functional": _from("models.functional", "Functional"),
    "ops": {
        "any_symbolic_tensors": "minikeras.compat.keras_src.backend",
        **_from("autodiff.operation", "Operation"),
        **_from("backend", "result_type"),
    },
    "optimizers.base_optimizer": {"BaseOptimizer": "minikeras.optimizers:Optimizer"},
    "random.seed_generator": _from("random.seed_generator", "draw_seed global_seed_generator make_default_seed"),
    "saving.object_registration": {
        "GLOBAL_CUSTOM_NAMES": "minikeras.serialization.custom_objects:_custom_names",
        "GLOBAL_CUSTOM_OBJECTS": "minikeras.serialization.custom_objects:_custom_objects",
    },
    "saving.serialization_lib": {
        "SafeModeScope": "minikeras.serialization.trust:SafeMode",
        **_from("serialization.trust", "in_safe_mode"),
    },
    "trainers.compile_utils": {
        **_from("trainers.compile_loss", "CompileLoss"),
        **_from("trainers.compile_metrics", "CompileMetrics"),
    },
    "trainers.data_adapters.data_adapter_utils": {
        "class_weight_to_sample_weights": "minikeras.data.arrays:weights_of_classes",
        **_from("data.splitting", "train_validation_split"),
    },
    "trainers.trainer": _from("trainers.trainer", "Trainer"),
    "utils.naming": _from("base.naming", "auto_name get_object_name reset_uids to_snake_case uniquify"),
    "version": {"__version__": "minikeras.compat.namespaces:KERAS_VERSION"},
    "utils.traceback_utils": _from("compat.keras_src.decorators", "filter_traceback inject_argument_info_in_traceback"),
    "utils.tracking": _from("compat.keras_src.decorators", "no_automatic_dependency_tracking"),
}
OWN_FILES = {
    path: f"minikeras.compat.keras_src.{file}"
    for path, file in {
        "api_export": "api_export",
        "backend.common.global_state": "global_state",
        "backend": "backend",
        "backend.tensorflow": "backend",
        "ops.operation_utils": "operation_utils",
        "testing": "testing",
        "testing.test_case": "testing",
        "utils.argument_validation": "argument_validation",
        "utils.backend_utils": "backend_utils",
        "utils.io_utils": "io_utils",
        "utils.module_utils": "module_utils",
        "utils.python_utils": "python_utils",
        "utils.tf_utils": "tf_utils",
    }.items()
}
