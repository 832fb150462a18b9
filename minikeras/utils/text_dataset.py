"""`text_dataset_from_directory`: the text files of a folder as a `Dataset` of strings."""

import numpy as np

from minikeras.base.errors import class_for
from minikeras.base.signatures import inherits_arguments
from minikeras.data.pipeline.file_contents import FileReader
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.utils.directory_dataset import DirectoryFiles, check_integer
from minikeras.utils.image_dataset import check_format

EXTENSIONS = (".txt",)


@inherits_arguments(
    DirectoryFiles,
    after={"max_length": "batch_size", "format": "follow_links"},
    without=("kind", "extensions"),
)
def text_dataset_from_directory(*, max_length=None, format="tf", **kwargs):
    """A Dataset of batches (texts, labels) from `.txt` files, one subfolder per class.

    Args:
        max_length: texts are truncated to this many bytes; None keeps them whole.
        others: as in `image_dataset_from_directory`.

    Returns:
        A Dataset of string tensors with the attributes `class_names` and `file_paths`. The bytes are those of the
        files, in any encoding; TextVectorization expects UTF-8.

    Raises:
        ValueError: arguments that do not fit together; no files.
        NotFoundError, PermissionDeniedError: while reading, a file that is not there, or may not be read.
    """
    check_format(format)
    check_integer("max_length", max_length, -1)
    files = DirectoryFiles("text files", EXTENSIONS, **kwargs)

    def read(path):
        return text_of(path, max_length)

    reader = FileReader(read, ArraySpec((), "string"), is_slow=False)
    return files.datasets(reader, lambda dataset: dataset.batch(files.batch_size))


def text_of(path, max_length):
    """The bytes of a file, as an array without axes."""
    try:
        with open(path, "rb") as file:
            data = file.read() if max_length is None or max_length < 0 else file.read(max_length)
    except OSError as error:
        raise class_for(error)(
            None, None, f"The text file {path!r} cannot be read: {error.strerror}. Remove it, or permit reading it."
        ) from error
    return np.array(data, object)
