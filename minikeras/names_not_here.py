"""Public names of Keras that minikeras does not have, for error messages. Made by tests/parity."""

NAMES_NOT_HERE = {
    "keras": [
        "distillation",
        "export",
        "mixed_precision",
    ],
    "keras.distillation": [
        "DistillationLoss",
        "Distiller",
        "FeatureDistillation",
        "LogitsDistillation",
    ],
    "keras.export": [
        "ExportArchive",
    ],
    "keras.layers": [
        "TFSMLayer",
    ],
    "keras.mixed_precision": [
        "DTypePolicy",
        "LossScaleOptimizer",
        "Policy",
        "dtype_policy",
        "global_policy",
        "set_dtype_policy",
        "set_global_policy",
    ],
}
