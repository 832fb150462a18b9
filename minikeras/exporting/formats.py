"""`export_model`, behind `Model.export`: SavedModel, ONNX, and instructions for the formats of other libraries."""

from minikeras.base.suggestions import did_you_mean
from minikeras.exporting.onnx.onnx_model import export_onnx
from minikeras.exporting.tensorflow.archive import export_saved_model

EXPORT_FORMATS = {  # the function that writes it, or the libraries that it needs
    "tf_saved_model": export_saved_model,
    "onnx": export_onnx,
    "openvino": "OpenVINO",
    "litert": "TensorFlow or PyTorch",
    "torch": "PyTorch",
}


def export_model(model, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
    """Write a model for inference.

    Args:
        model: a model that has been built.
        filepath: where to write it.
        format: "tf_saved_model" or "onnx". Keras's other formats need libraries that are not used here.
        verbose: whether to print where it was saved. True if None.
        input_signature: shapes and dtypes of the inputs; see `signature.signature_of`.
        **kwargs: for "onnx", `opset_version`, the version of its operators.

    Raises:
        ValueError: the format is unknown, or cannot express the model.
        NotImplementedError: another format of Keras; the message explains how to export to it.
    """
    if format not in EXPORT_FORMATS:
        raise ValueError(
            f"Unrecognized format={format}.{did_you_mean(str(format), EXPORT_FORMATS)} Supported formats are: "
            f"{list(EXPORT_FORMATS)}."
        )
    export = EXPORT_FORMATS[format]
    if callable(export):
        export(model, filepath, verbose, input_signature, **kwargs)
        return
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' is not built. Call it on a batch, or begin it with an `Input`, to export it."
        )
    raise NotImplementedError(
        f"Exporting to {format} needs {export}, which minikeras does without. Save the model by "
        "`model.save('model.keras')`, then in Keras run "
        f"`keras.models.load_model('model.keras').export(path, {format!r})`."
    )
