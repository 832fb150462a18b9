"""Fashion-MNIST: 70000 pictures of clothes, 28×28 pixels: as large as MNIST, but harder.

H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
arXiv:1708.07747; MIT licence.
"""

from pathlib import Path

from minikeras.config import keras_home
from minikeras.datasets.file_formats import KERAS_FILES, read_idx
from minikeras.utils import get_file

CACHE_SUBDIR = Path("datasets", "fashion-mnist")
DEBIAN_PACKAGE = "dataset-fashion-mnist"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")


def load_data():
    """((x_train, y_train), (x_test, y_test)).

    x: uint8 (60000, 28, 28) and (10000, 28, 28), 0 to 255. y: uint8 (60000,) and (10000,): 0 T-shirt/top, 1 trouser,
    2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.

    The files are searched for in the cache folder, then in the folder of Debian's package, and else downloaded.
    """
    x_train, y_train = _read("train-images-idx3-ubyte.gz"), _read("train-labels-idx1-ubyte.gz")
    x_test, y_test = _read("t10k-images-idx3-ubyte.gz"), _read("t10k-labels-idx1-ubyte.gz")
    return (x_train, y_train), (x_test, y_test)


def _read(name):
    return read_idx(_find(name))


def _find(name):
    """The path of one of the four files, downloaded if need be."""
    from minikeras.utils.downloading import DownloadError  # here, as it brings urllib: see `get_file`

    for folder in (keras_home() / CACHE_SUBDIR, DEBIAN_FOLDER):
        if (folder / name).exists():
            return folder / name
    try:
        return get_file(name, origin=KERAS_FILES + name, cache_subdir=CACHE_SUBDIR)
    except DownloadError as error:
        raise DownloadError(f"{error}, or install Debian's package with `apt install {DEBIAN_PACKAGE}`.") from error
