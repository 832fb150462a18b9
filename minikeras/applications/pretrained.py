"""Weights trained on ImageNet, and the names of its classes: files that Keras publishes, kept in the cache folder.

They are in $KERAS_HOME/models or ~/.keras/models, under the names that Keras gives them, so both share one copy. They
are HDF5 files, which run no code; their checksums are in `pretrained_files.py`.
"""

from minikeras.applications.pretrained_files import CLASS_INDEX, FILES
from minikeras.utils import get_file

FOLDER = "models"


def weights_file(key, include_top):
    """The path of the local copy of a network's weights, downloaded if need be.

    Args:
        key: of `FILES`.
        include_top: whether with the classifier.

    Raises:
        DownloadError: there is no network, and no copy. The message names the file and its place.
    """
    files = FILES[key]
    file = files.top if include_top else files.features
    return _fetch(files.address, file)


def class_index_file():
    """The path of the local copy of ImageNet's class names, downloaded if need be. Raises as `weights_file`."""
    address, file = CLASS_INDEX
    return _fetch(address, file)


def _fetch(address, file):
    return get_file(file.name, address + file.path, cache_subdir=FOLDER, file_hash=file.checksum)
