"""`export_model`, behind `Model.export`: ONNX, and what to do for the formats of TensorFlow, PyTorch and OpenVINO."""

from minikeras.exporting.onnx.onnx_model import export_onnx
from minikeras.suggestions import did_you_mean

EXPORT_FORMATS = {  # what each needs
    "tf_saved_model": "TensorFlow",
    "onnx": "the `onnx` package",
    "openvino": "OpenVINO",
    "litert": "TensorFlow or PyTorch",
    "torch": "PyTorch",
}


def export_model(model, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
    """Write a model for inference.

    Args:
        model: a model that has been built.
        filepath: where to write it.
        format: "onnx". Keras's other formats hold graphs or programs of libraries that minikeras does not use.
        verbose: whether to print where it was saved. True if None.
        input_signature: shapes and dtypes of the inputs; see `signature.signature_of`.
        **kwargs: `opset_version`, the version of ONNX's operators.

    Raises:
        ValueError: an unknown format, or the model cannot be expressed in it.
        NotImplementedError: another format, with the way to get there.
    """
    if format not in EXPORT_FORMATS:
        raise ValueError(
            f"Unrecognized format={format}.{did_you_mean(str(format), EXPORT_FORMATS)} Supported formats are: "
            f"{list(EXPORT_FORMATS)}."
        )
    if format == "onnx":
        export_onnx(model, filepath, verbose, input_signature, **kwargs)
        return
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' is not built. Call it on a batch, or begin it with an `Input`, to export it."
        )
    raise NotImplementedError(
        f"Exporting to {format} needs {EXPORT_FORMATS[format]}, which minikeras does without. Save the model by "
        "`model.save('model.keras')`, then in Keras run "
        f"`keras.models.load_model('model.keras').export(path, {format!r})`."
    )
