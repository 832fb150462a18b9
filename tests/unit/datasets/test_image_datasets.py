"""digits, mnist, fashion_mnist, cifar10 and cifar100."""

import gzip

import numpy as np
import pytest

from minikeras import config
from minikeras.datasets import boston_housing, california_housing, cifar10, cifar100, digits, fashion_mnist, mnist
from minikeras.utils.downloading import DownloadError
from tests.unit.datasets.made_files import cifar10_archive, cifar100_archive, cifar_images, idx, npz


def test_digits_is_complete_and_split():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert (x_train.shape, y_train.shape, x_test.shape, y_test.shape) == ((1437, 8, 8), (1437,), (360, 8, 8), (360,))
    assert {array.dtype.name for array in (x_train, y_train, x_test, y_test)} == {"uint8"}
    x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    assert (x.min(), x.max()) == (0, 16)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as the source counts them
    assert int(x.sum()) == 561718


def test_digits_come_in_the_order_of_the_seed():
    (a, _), _ = digits.load_data(test_split=0, seed=1)
    (b, _), (rest, _) = digits.load_data(test_split=0, seed=2)
    assert len(a) == len(b) == 1797
    assert len(rest) == 0
    assert not np.array_equal(a, b)
    assert np.array_equal(a, digits.load_data(test_split=0, seed=1)[0][0])


def test_a_test_split_of_everything_is_refused():
    with pytest.raises(ValueError, match="test_split=1"):
        digits.load_data(test_split=1)
    for houses in (boston_housing, california_housing):  # before anything is fetched
        with pytest.raises(ValueError, match="test_split=1"):
            houses.load_data(test_split=1)


def test_source_and_licence_lie_beside_the_digits():
    text = digits.PATH.with_suffix(".txt").read_text()
    for word in ("Alpaydin", "Kaynak", "1998", "CC BY 4.0", "UCI"):
        assert word in text


def test_mnist(put):
    arrays = {"x_train": np.ones((3, 28, 28), "uint8"), "y_train": np.arange(3, dtype="uint8")}
    arrays |= {"x_test": np.zeros((2, 28, 28), "uint8"), "y_test": np.arange(2, dtype="uint8")}
    put("mnist.npz", npz(**arrays), mnist)
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    for got, name in ((x_train, "x_train"), (y_train, "y_train"), (x_test, "x_test"), (y_test, "y_test")):
        np.testing.assert_array_equal(got, arrays[name], strict=True)


FASHION_FILES = {
    "train-images-idx3-ubyte.gz": np.arange(3 * 784).reshape(3, 28, 28).astype("uint8"),
    "train-labels-idx1-ubyte.gz": np.array([9, 0, 5], "uint8"),
    "t10k-images-idx3-ubyte.gz": np.ones((2, 28, 28), "uint8"),
    "t10k-labels-idx1-ubyte.gz": np.array([1, 2], "uint8"),
}


@pytest.mark.parametrize("place", ["cache", "Debian"])
def test_fashion_mnist_is_found_in_the_cache_and_where_debian_puts_it(place, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "debian")
    folder = cache / "fashion-mnist" if place == "cache" else tmp_path / "debian"
    folder.mkdir()
    for name, array in FASHION_FILES.items():
        (folder / name).write_bytes(idx(array))
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    for got, array in zip((x_train, y_train, x_test, y_test), FASHION_FILES.values(), strict=True):
        np.testing.assert_array_equal(got, array, strict=True)


def test_without_network_the_message_says_what_to_do(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.setattr(fashion_mnist, "KERAS_FILES", "http://127.0.0.1:9/")
    monkeypatch.setattr(mnist, "KERAS_FILES", "http://127.0.0.1:9/")
    with pytest.raises(DownloadError) as caught:
        fashion_mnist.load_data()
    for part in ("http://127.0.0.1:9/train-images", str(cache / "fashion-mnist/train-images"), "dataset-fashion-mnist"):
        assert part in str(caught.value)
    with pytest.raises(DownloadError) as caught:
        mnist.load_data()
    for part in ("http://127.0.0.1:9/mnist.npz", str(cache / "mnist.npz")):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\x08\x01",
        b"\0\0\x08\x01\0\0\0\x02\x07",
        b"\0\0\x08\x01\0\0\0\x01\x07\x07",
        b"\0\0\x0d\x01\0\0\0\x01\x07",
    ],
)
def test_damaged_idx_files_are_refused(cache, data):
    (cache / "fashion-mnist").mkdir()
    (cache / "fashion-mnist/train-images-idx3-ubyte.gz").write_bytes(gzip.compress(data))
    with pytest.raises(ValueError, match="damaged"):
        fashion_mnist.load_data()


@pytest.fixture
def cifar10_file(put):
    put("cifar-10-batches-py-target_archive", cifar10_archive(2), cifar10)


@pytest.fixture
def cifar100_file(put):
    put("cifar-100-python-target_archive", cifar100_archive(), cifar100)


def test_cifar10(cifar10_file):
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert (x_train.shape, y_train.shape, x_test.shape) == ((10, 32, 32, 3), (10, 1), (2, 32, 32, 3))
    assert y_train.ravel().tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]
    assert y_train.dtype == y_test.dtype == x_train.dtype == "uint8"
    red, green, blue = cifar_images(2, seed=1)[1].reshape(3, 32, 32)
    np.testing.assert_array_equal(x_train[3], np.stack([red, green, blue], axis=-1))


def test_cifar10_with_colours_first(cifar10_file, monkeypatch):
    before = config.image_data_format()
    config.set_image_data_format("channels_first")
    try:
        (x_train, _), (x_test, _) = cifar10.load_data()
    finally:
        config.set_image_data_format(before)
    assert (x_train.shape, x_test.shape) == ((10, 3, 32, 32), (2, 3, 32, 32))


@pytest.mark.parametrize("label_mode, label", [("fine", 99), ("coarse", 19)])
def test_cifar100(cifar100_file, label_mode, label):
    (x_train, y_train), (x_test, y_test) = cifar100.load_data(label_mode)
    assert (x_train.shape, x_test.shape) == ((3, 32, 32, 3), (2, 32, 32, 3))
    np.testing.assert_array_equal(y_train, np.full((3, 1), label), strict=True)
    np.testing.assert_array_equal(y_test, np.full((2, 1), label), strict=True)


def test_cifar100_names_its_label_modes():
    with pytest.raises(ValueError, match=r"Did you mean 'fine'"):
        cifar100.load_data("find")
