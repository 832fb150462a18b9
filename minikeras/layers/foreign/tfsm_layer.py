"""`TFSMLayer`: a function of a SavedModel as a layer."""

import os

from minikeras.base.limits import reads_config
from minikeras.layers.layer import Layer
from minikeras.serialization import in_safe_mode


class TFSMLayer(Layer):
    """outputs = endpoint(inputs), a function of a SavedModel, run by minikeras's ops.

        model.export("exported")                              # in a program on TensorFlow, or here
        layer = keras.layers.TFSMLayer("exported")
        outputs = layer(inputs)

    The layer has the Variables that its endpoints use, as weights; they can be trained. A graph of `model.export`
    computes what the model does in inference: dropout does nothing, batch normalization has fixed statistics.

    Args:
        filepath: the folder of the SavedModel.
        call_endpoint: the name of an attribute of the saved object, such as "serve" of `model.export`, or of a
            signature, such as "serving_default". It takes one argument, a tensor or nested ones.
        call_training_endpoint: the same for calls with `training=True`; None uses `call_endpoint` for these too.
        trainable: whether Variables that were trainable when saved are trainable here.

    Raises:
        OSError: there is no SavedModel in the folder, or it is damaged.
        ValueError: it has no such endpoint.
        UnimplementedError: an endpoint's graph uses an operation that is not run.
    """

    def __init__(
        self, filepath, call_endpoint="serve", call_training_endpoint=None, trainable=True, name=None, dtype=None
    ):
        # imported here, since few programs need it and `import minikeras` is faster without it
        from minikeras.formats.saved_model.loading import load_saved_model

        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self.filepath = filepath
        self.call_endpoint, self.call_training_endpoint = call_endpoint, call_training_endpoint
        loaded = load_saved_model(os.fspath(filepath))
        self.call_endpoint_fn = _endpoint(loaded, call_endpoint, "call_endpoint")
        endpoints = [self.call_endpoint_fn]
        if call_training_endpoint:
            self.call_training_endpoint_fn = _endpoint(loaded, call_training_endpoint, "call_training_endpoint")
            endpoints.append(self.call_training_endpoint_fn)
        graphs = [graph for endpoint in endpoints for graph in endpoint.concrete_functions]
        for graph in graphs:
            graph.function.prepare()
        used = [variable for graph in graphs for variable in graph.variables]
        for variable in sorted(used, key=lambda v: not v.trainable):
            self._track_variable(variable)
        self.built = True

    def call(self, inputs, training=False, **kwargs):
        return self._endpoint_of(training)(inputs, **kwargs)

    def _endpoint_of(self, training):
        return self.call_training_endpoint_fn if training and self.call_training_endpoint else self.call_endpoint_fn

    def compute_output_spec(self, inputs, training=False, **kwargs):
        return self._endpoint_of(training).symbolic_results(inputs, **kwargs)

    def get_config(self):
        return {
            **super().get_config(),
            "filepath": self.filepath,
            "call_endpoint": self.call_endpoint,
            "call_training_endpoint": self.call_training_endpoint,
        }

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """A layer from the result of `get_config`, which names a folder outside of the model file.

        Args:
            safe_mode: whether to refuse to read that folder; None takes `safe_mode` of the loading function.

        Raises:
            ValueError: in safe mode.
        """
        if in_safe_mode() if safe_mode is None else safe_mode is not False:
            raise ValueError(
                "A `TFSMLayer` loads a SavedModel from a path that the file gives, which may be another's work, with a "
                "potential risk of arbitrary code execution. That is refused. If you know who made it, pass "
                "`safe_mode=False` when you load the model, or call "
                f"`keras.config.enable_unsafe_deserialization()`. Received: filepath={config.get('filepath')!r}"
            )
        return cls(**config)


def _endpoint(loaded, name, argument):
    """The function of this name: an attribute of what was loaded, or a signature."""
    signatures = getattr(loaded, "signatures", {})
    found = vars(loaded).get(name, signatures.get(name)) if hasattr(loaded, "__dict__") else None
    if hasattr(found, "concrete_functions"):
        return found
    functions = sorted(n for n, part in vars(loaded).items() if hasattr(part, "concrete_functions"))
    raise ValueError(
        f"The endpoint '{name}' is neither an attribute of the SavedModel, nor an entry in its `signatures`. "
        f"Give `{argument}` one of the signatures {[*signatures]}"
        + (f", or of the functions {functions}" if functions else "")
        + f". Received: {argument}={name!r}"
    )
