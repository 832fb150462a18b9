"""TensorBoard's event files, written without TensorBoard: `EventWriter`.

`records` is the outer form of the files, `protobuf` that of the messages in them, `summaries` the messages themselves.
"""

from minikeras.utils.event_files.writer import EventWriter

__all__ = ["EventWriter"]
