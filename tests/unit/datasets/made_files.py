"""Small files in the formats of the real data sets."""

import gzip
import io
import pickle
import tarfile

import numpy as np

from minikeras.datasets import cifar10


def npz(**arrays):
    """The bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def idx(array):
    """The bytes of a gzipped IDX file of uint8."""
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return gzip.compress(head + array.tobytes())


def ragged(*lists):
    """An object array of lists, as IMDB and Reuters have them."""
    array = np.empty(len(lists), dtype=object)
    array[:] = lists
    return array


def tar_of_pickles(files):
    """A .tar.gz of pickled dicts {bytes: …}, as the CIFAR files are."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            data = pickle.dumps({key.encode(): value for key, value in content.items()}, protocol=4)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def cifar_images(count, seed):
    """uint8 (count, 3072). They repeat after two, so that a large archive is quickly packed."""
    return np.resize(np.random.default_rng(seed).integers(0, 256, size=(2, 3072), dtype="uint8"), (count, 3072))


def cifar10_archive(count):
    """An archive like CIFAR-10's, with `count` images in each of the six files."""
    files = {
        f"cifar-10-batches-py/{name}": {"data": cifar_images(count, seed), "labels": [seed, 9 - seed] * (count // 2)}
        for seed, name in enumerate([*cifar10.TRAINING_FILES, "test_batch"])
    }
    return tar_of_pickles(files)


def cifar100_archive():
    """An archive like CIFAR-100's, with 3 images to train and 2 to test."""
    files = {
        f"cifar-100-python/{name}": {"data": cifar_images(n, n), "fine_labels": [99] * n, "coarse_labels": [19] * n}
        for name, n in (("train", 3), ("test", 2))
    }
    return tar_of_pickles(files)
