"""`tf.summary`: the user's own curves, histograms, images and texts for TensorBoard.

    writer = tf.summary.create_file_writer("logs/mine")
    with writer.as_default():
        tf.summary.scalar("loss", 0.5, step=1)

The files are those of the `TensorBoard` callback (see `formats/event_files.py`), written by tensorboardX. While
that callback writes a batch, its writer is the default one here, so that layers can write summaries in their `call`.
"""

from minikeras.compat.tensorflow.summary import experimental
from minikeras.compat.tensorflow.summary.recording import record_if, should_record_summaries
from minikeras.compat.tensorflow.summary.tracing import trace_export, trace_off, trace_on
from minikeras.compat.tensorflow.summary.writer import SummaryWriter, create_file_writer, create_noop_writer, flush
from minikeras.compat.tensorflow.summary.writing import audio, histogram, image, scalar, text, write

__all__ = [
    "SummaryWriter",
    "audio",
    "create_file_writer",
    "create_noop_writer",
    "experimental",
    "flush",
    "histogram",
    "image",
    "record_if",
    "scalar",
    "should_record_summaries",
    "text",
    "trace_export",
    "trace_off",
    "trace_on",
    "write",
]
