"""Weights trained on ImageNet, and the names of its classes: files published by Keras, cached in a folder.

They are in $KERAS_HOME/models or ~/.keras/models, under Keras's names, so that both libraries share one copy. They are
HDF5 files, which run no code; their checksums are in `pretrained_files.py`.
"""

from minikeras.applications.pretrained_files import CLASS_INDEX, FILES
from minikeras.utils import get_file

FOLDER = "models"


def weights_file(key, include_top):
    """The path of the local copy of a network's weights, downloaded if necessary.

    Args:
        key: of `FILES`.
        include_top: whether to include the classifier.

    Raises:
        DownloadError: there is neither a copy nor a connection. The message names the file and its location.
    """
    files = FILES[key]
    file = files.top if include_top else files.features
    return _fetch(files.address, file)


def class_index_file():
    """The path of the local copy of ImageNet's class names, downloaded if necessary. Raises as `weights_file`."""
    address, file = CLASS_INDEX
    return _fetch(address, file)


def _fetch(address, file):
    return get_file(file.name, address + file.path, cache_subdir=FOLDER, file_hash=file.checksum)
