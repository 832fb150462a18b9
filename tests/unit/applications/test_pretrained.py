"""Pretrained weights and names of classes: where they come from, and what is said without a network."""

import hashlib
import json

import numpy as np
import pytest

import minikeras as keras
from minikeras.applications import imagenet_utils, pretrained
from minikeras.applications.pretrained_files import FILES, File, Files
from minikeras.utils.downloading import DownloadError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    imagenet_utils._class_index.cache_clear()
    yield tmp_path / "cache" / "models"
    imagenet_utils._class_index.cache_clear()


def published(folder, name, content=None):
    """A folder as an address, and a file in it with its checksum."""
    path = folder / name
    if content is not None:
        path.write_bytes(content)
    return folder.as_uri() + "/", File(name, hashlib.md5(path.read_bytes()).hexdigest(), name)


def test_every_file_has_a_checksum_but_those_of_which_keras_has_none():
    without = {network for network, files in FILES.items() if files.top.checksum is None}
    assert without == {network for network in FILES if network.startswith(("mobilenet_", "mobilenetv2_"))}
    checksums = [c for files in FILES.values() for _, c, _ in (files.top, files.features) if c is not None]
    assert len(set(checksums)) == len(checksums) == 2 * (len(FILES) - len(without))
    assert {len(checksum) for checksum in checksums} == {32, 64}


def test_imagenet_weights_are_fetched_once_and_loaded(tmp_path, monkeypatch, own_cache):
    arguments = {"alpha": 0.25, "input_shape": (128, 128, 3), "include_top": False}
    model = keras.applications.MobileNet(weights=None, **arguments)
    with pytest.warns(UserWarning, match="old format"):
        model.save(tmp_path / "there.h5")
    address, file = published(tmp_path, "there.h5")
    monkeypatch.setitem(pretrained.FILES, "mobilenet_2_5_128", Files(address, None, file))
    loaded = keras.applications.MobileNet(weights="imagenet", **arguments)
    for value, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(value, expected)
    assert [path.name for path in own_cache.glob("*.h5")] == ["there.h5"]
    (tmp_path / "there.h5").unlink()
    keras.applications.MobileNet(weights="imagenet", **arguments)


def test_a_damaged_file_is_refused(tmp_path, monkeypatch):
    address, file = published(tmp_path, "there.h5", b"something")
    file = file._replace(checksum="0" * 32)
    monkeypatch.setitem(pretrained.FILES, "vgg16", Files(address, file, file))
    with pytest.raises(ValueError, match="ncomplete or corrupted"):
        pretrained.weights_file("vgg16", include_top=True)


def test_without_a_network_the_error_says_which_file_to_put_where(tmp_path, monkeypatch, own_cache):
    nowhere = (tmp_path / "nowhere").as_uri() + "/"
    monkeypatch.setitem(pretrained.FILES, "vgg16", FILES["vgg16"]._replace(address=nowhere))
    with pytest.raises(DownloadError) as caught:
        pretrained.weights_file("vgg16", include_top=False)
    name = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    assert f"fetch that address elsewhere and put the file at {own_cache / name}" in str(caught.value)
    assert nowhere + name in str(caught.value)


def test_classes_are_decoded_in_the_order_of_their_probability(tmp_path, monkeypatch):
    names = {str(i): [f"n{i:08}", f"class {i}"] for i in range(1000)}
    address, file = published(tmp_path, "index.json", json.dumps(names).encode())
    monkeypatch.setattr(pretrained, "CLASS_INDEX", (address, file))
    preds = np.zeros((2, 1000), "float32")
    preds[0, [3, 7, 9]] = 0.2, 0.5, 0.3
    preds[1, 999] = 1.0
    first, second = imagenet_utils.decode_predictions(preds, top=2)
    assert first == [("n00000007", "class 7", np.float32(0.5)), ("n00000009", "class 9", np.float32(0.3))]
    assert second[0] == ("n00000999", "class 999", 1.0)
    assert keras.applications.vgg16.decode_predictions(preds)[1][0][1] == "class 999"


@pytest.mark.parametrize("shape", [(1000,), (1, 10), (1, 1000, 1)])
def test_only_predictions_of_imagenets_classes_are_decoded(shape):
    with pytest.raises(ValueError, match="1000 classes"):
        imagenet_utils.decode_predictions(np.zeros(shape))
