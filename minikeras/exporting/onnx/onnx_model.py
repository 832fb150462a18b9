"""`export_onnx`: a model's inference as an ONNX file."""

from minikeras import tree
from minikeras.base.messages import print_message, warn
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.onnx.converting import convert
from minikeras.exporting.onnx.writing import model_proto, onnx_package, write
from minikeras.exporting.signature import signature_of
from minikeras.exporting.tracing import record
from minikeras.random.seed_generator import STATE

OPSET = 18  # of 2022: ONNX Runtime since 1.14 runs it
OLDEST = 13  # before, the axes of most operators are attributes


def export_onnx(model, filepath, verbose=None, input_signature=None, opset_version=None):
    """Write the model's inference as an ONNX file, with weights above 2 GB in `filepath.data` next to it.

    Args:
        model, input_signature, opset_version: see `onnx_model`.
        filepath: of the file.
        verbose: whether to print where it was saved. True if None.

    Raises:
        ImportError, ValueError: as `onnx_model`.
    """
    write(onnx_model(model, input_signature, opset_version), filepath)
    if verbose is None or verbose:
        print_message(f"Saved artifact at '{filepath}'.")


def onnx_model(model, input_signature=None, opset_version=None):
    """The model's inference as an `onnx.ModelProto`.

    Axes of unknown length, among them the batch axis, have names: "batch", and "dim_1_2" for axis 2 of input 1.

    Args:
        model: a model that has been built.
        input_signature: see `signature.signature_of`.
        opset_version: version of ONNX's operators; by default 18, or 20 for a model that splits text.

    Raises:
        ImportError: the `onnx` package is not installed.
        ValueError: the model was never called; the version is too old or unknown; or there is an op that ONNX cannot
            express: the error names it and its layer.
    """
    newest = onnx_package().defs.onnx_opset_version()
    opset = OPSET if opset_version is None else opset_version
    if not OLDEST <= opset <= newest:
        raise ValueError(f"`opset_version` must be from {OLDEST} to {newest}. Received: opset_version={opset_version}")
    arguments = signature_of(model, input_signature)
    specs = tree.flatten(arguments)
    paths = []  # of the outputs in their nested structure

    def call(tensors):
        result = model(*tree.pack_sequence_as(arguments, tensors), **model._mode(False))
        paths[:] = [path for path, _ in tree.flatten_with_path(result)]
        return result

    try:
        program = record(call, specs, model.variables, model.name)
        # unused random numbers change no result, and the use of random numbers is an error
        changed = [variable.path for variable, _ in program.state if variable.name != STATE]
        if changed:
            warn(
                f"The model '{model.name}' assigns to Variables when it is called: {changed}. An ONNX file has no "
                "state, so each run begins with the values that they have now."
            )
        names = [spec.name or f"input_{i}" for i, spec in enumerate(specs)], output_names(model, paths)
        graph, inputs, outputs = convert(program, *names, opset, may_be_newer=opset_version is None)
    except Inexpressible as error:
        raise ValueError(f"The model '{model.name}' cannot be exported to ONNX. {error}") from None
    return model_proto(graph, inputs, outputs, model.name, length_names(inputs, outputs))


def output_names(model, paths):
    """The keys of outputs in dicts, the names of a functional model's output layers, or "output_0" …."""
    names = list(getattr(model, "output_names", None) or ())
    if all(any(isinstance(key, str) for key in path) for path in paths):
        names = ["_".join(map(str, path)) for path in paths]
    names = names if len(names) == len(paths) else [f"output_{i}" for i in range(len(paths))]
    return [name if names.count(name) == 1 else f"{name}_{i}" for i, name in enumerate(names)]


def length_names(inputs, outputs):
    """A name for each unknown length, by the first axis that has it."""
    names = {}
    for word, values in (("dim", inputs), ("out", outputs)):
        for i, value in enumerate(values):
            for axis, length in enumerate(value.shape):
                if isinstance(length, Unknown):
                    names.setdefault(length, "batch" if axis == 0 and word == "dim" else f"{word}_{i}_{axis}")
    return names
