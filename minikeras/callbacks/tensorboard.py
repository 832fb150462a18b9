"""`TensorBoard`: writes curves, histograms and the graph of a model for TensorBoard."""

import contextlib
import os
import time

import numpy as np

from minikeras.base.messages import warn
from minikeras.callbacks.callback import Callback
from minikeras.config import image_data_format
from minikeras.formats.event_files import EventWriter
from minikeras.utils.plotting.diagram import Frame, Options, diagram_of


class TensorBoard(Callback):
    """Writes event files into `log_dir`/train and `log_dir`/validation; `tensorboard --logdir logs` shows them.

    The files are written by tensorboardX (`pip install tensorboardX`). They have, under Keras's names:

    - `epoch_loss`, `epoch_…` for each metric, and `epoch_learning_rate`, by epoch;
    - `batch_loss`, `batch_…` by batch (the first is 1), if `update_freq` asks for it;
    - `evaluation_…_vs_iterations` after each evaluation, by the number of training steps done before;
    - histograms and images of the weights, the graph of the model, vectors of Embedding layers.

    With `update_freq=n`, Keras drops the values of epochs that do not end at an n-th batch; here an epoch's values are
    always written.

    Args:
        log_dir: folder for the files. To compare runs, give each its own folder.
        histogram_freq: number of epochs between histograms of the weights; 0: none.
        write_graph: whether to write the layers and their connections (sequential and functional models).
        write_images: whether to write the weights as images too, at the epochs of the histograms.
        write_steps_per_second: whether to write `epoch_steps_per_second` and `batch_steps_per_second`.
        update_freq: "epoch", "batch", or a number of batches after which metrics are written.
        profile_batch: minikeras has no profiler for TensorBoard: anything but 0 gives a warning.
        embeddings_freq: number of epochs between writes of Embedding layers' weights for the projector; 0: none.
        embeddings_metadata: path of a file with one label per row of the embedding, or {layer name: path}.

    Raises:
        ImportError: tensorboardX is not installed.
        ValueError: an unknown `update_freq`, or a layer in `embeddings_metadata` that is not an Embedding of the model.
    """

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
    ):
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        if self.update_freq != "epoch" and not isinstance(self.update_freq, int):
            raise ValueError(
                f'`update_freq` must be "epoch", "batch" or an integer. Received: update_freq={update_freq}'
            )
        if profile_batch:
            warn(
                "minikeras has no profiler for TensorBoard, so `profile_batch` does nothing. "
                "Python's own works: `python -m cProfile -s cumtime script.py`."
            )
        self._training = EventWriter(os.path.join(self.log_dir, "train"))
        self._validation = EventWriter(os.path.join(self.log_dir, "validation"))
        self._batches = 0
        self._default_writer = contextlib.ExitStack()

    @property
    def summary(self):
        """The `EventWriter` of training, for custom summaries: `callback.summary.scalar("mine", 1.0, step=3)`."""
        return self._training

    # --- hooks ----------------------------------------------------------------------------------------------------

    def on_train_begin(self, logs=None):
        self._batches = 0
        self._batch_began = None
        if self.write_graph and self.model.built and hasattr(self.model, "inputs"):
            # The layers with their configs, as Keras writes them, for TensorBoard's "conceptual graph" …
            try:
                self._training.tensor("keras", self.model.to_json(), "graph_keras_model", 0, content=b"1")
            except (NotImplementedError, TypeError, ValueError) as error:
                warn(f"TensorBoard shows no conceptual graph, since the model has no config: {error}")
            self._training.graph(_graph_nodes(self.model))  # … and their connections, for its graph of a run
        if self.embeddings_freq:
            self._configure_projector()

    def on_train_end(self, logs=None):
        self._training.close()
        self._validation.close()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_began, self._batches_before = time.perf_counter(), self._batches

    def on_train_batch_begin(self, batch, logs=None):
        self._batches += 1
        self._default_writer.close()  # left open only by a batch that failed
        if self._is_batch_written():
            self._default_writer.enter_context(self._training.as_default(self._batches))
        self._batch_began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self._default_writer.close()
        if not self._is_batch_written():
            return
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._batch_began
            self._training.scalar("batch_steps_per_second", 1 / seconds, self._batches)
        self._write_scalars(self._training, "batch_{}", logs, self._batches)

    def _is_batch_written(self):
        return self.update_freq != "epoch" and self._batches % self.update_freq == 0

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        training = {name: value for name, value in logs.items() if not name.startswith("val_")}
        validation = {name.removeprefix("val_"): value for name, value in logs.items() if name.startswith("val_")}
        training["learning_rate"] = np.asarray(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            steps, seconds = self._batches - self._batches_before, time.perf_counter() - self._epoch_began
            training["steps_per_second"] = steps / seconds
        self._write_scalars(self._training, "epoch_{}", training, epoch)
        self._write_scalars(self._validation, "epoch_{}", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        self._training.flush()
        self._validation.flush()

    def on_test_end(self, logs=None):
        iterations = getattr(getattr(self.model, "optimizer", None), "iterations", None)
        if iterations is not None:
            self._write_scalars(self._validation, "evaluation_{}_vs_iterations", logs, int(np.asarray(iterations)))
            self._validation.flush()

    # --- what is written ------------------------------------------------------------------------------------------

    def _write_scalars(self, writer, tag, logs, step):
        for name, value in (logs or {}).items():
            if np.ndim(value) == 0 and not isinstance(value, str) and value is not None:
                writer.scalar(tag.format(name), value, step)

    def _write_weights(self, epoch):
        for layer in self.model.layers:
            for weight in layer.weights:
                values = weight.numpy()
                self._training.histogram(f"{weight.path}/histogram", values, epoch)
                images = as_images(values) if self.write_images else None
                if images is not None:
                    self._training.image(f"{weight.path}/image", images, epoch)

    # --- embeddings: the projector reads tables of text ---------------------------------------------------------------

    def _embeddings(self):
        """{name: layer} of the model's built Embedding layers."""
        layers = [layer for layer in self.model._flatten_layers() if hasattr(layer, "input_dim") and _has_matrix(layer)]
        return {layer.name: layer for layer in layers}

    def _configure_projector(self):
        layers = self._embeddings()
        metadata = self.embeddings_metadata
        labels = dict(metadata) if isinstance(metadata, dict) else dict.fromkeys(layers, metadata)
        unknown = sorted(set(labels) - set(layers))
        if unknown:
            raise ValueError(
                f"`embeddings_metadata` names layers that are not Embedding layers of the model: {unknown}. "
                f"The model's are: {sorted(layers)}"
            )
        lines = []
        for name in layers:
            path = labels.get(name)
            entry = f'  tensor_name: "{name}"\n  tensor_path: "{name}.tsv"\n'
            entry += f'  metadata_path: "{os.path.abspath(path)}"\n' if path else ""
            lines.append(f"embeddings {{\n{entry}}}\n")
        os.makedirs(self.log_dir, exist_ok=True)
        with open(os.path.join(self.log_dir, "projector_config.pbtxt"), "w", encoding="utf-8") as file:
            file.writelines(lines)

    def _write_embeddings(self):
        for name, layer in self._embeddings().items():
            np.savetxt(os.path.join(self.log_dir, f"{name}.tsv"), layer.weights[0].numpy(), "%.7g", delimiter="\t")


def _has_matrix(layer):
    return bool(layer.weights) and layer.weights[0].ndim == 2 and layer.weights[0].shape[0] == layer.input_dim


def _graph_nodes(model):
    """(name, class, inputs) of every layer, those of inner models as "model/layer"."""
    diagram = diagram_of(model, Options(expand_nested=True))
    paths, sources = {}, {}

    def walk(frame, prefix):
        for item in frame.items:
            if isinstance(item, Frame):
                walk(item, f"{prefix}{item.name}/")
            else:
                paths[item.key] = (prefix + item.key, item.kind)
        for source, target in frame.arrows:
            if source != target:
                sources.setdefault(target, []).append(source)

    walk(diagram, "")
    return [(path, kind, [paths[key][0] for key in sources.get(box, ())]) for box, (path, kind) in paths.items()]


def as_images(weight):
    """A weight as images (count, height, width, channels), or None if it cannot be shown as images.

    Axes of length 1 are dropped. A vector becomes one column, a matrix one transposed image, (height, width, count) a
    stack of images; four axes are read as (count, height, width, channels).
    """
    weight = np.squeeze(weight)
    if weight.ndim == 1:
        return weight[None, :, None, None]
    if weight.ndim == 2:
        return (weight.T if weight.shape[0] > weight.shape[1] else weight)[None, :, :, None]
    if weight.ndim == 3:
        return (np.moveaxis(weight, -1, 0) if image_data_format() == "channels_last" else weight)[..., None]
    return weight if weight.ndim == 4 and weight.shape[-1] in (1, 3, 4) else None
