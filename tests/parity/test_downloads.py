"""`get_file`: where it puts a file, against the live Keras; and which names it refuses that Keras takes."""

import os

import pytest

keras = pytest.importorskip("keras")

import minikeras  # noqa: E402

SAME = {  # arguments beside the origin: Keras and minikeras give the same place
    "a name": {"fname": "x.bin"},
    "an encoded name": {"fname": "%2e%2e"},
    "a hidden file": {"fname": ".x"},
    "three dots and a letter": {"fname": "...x"},
    "spaces": {"fname": " a b "},
    "the last part of the address": {},
    "an empty name": {"fname": ""},
    "a folder for the cache": {"fname": "x", "cache_subdir": "a/b"},
    "a folder beside the cache": {"fname": "x", "cache_subdir": "../beside"},
    "an absolute folder": {"fname": "x", "cache_subdir": "{place}/absolute"},
    "no folder": {"fname": "x", "cache_subdir": ""},
}
REFUSED_BY_BOTH = ["a/b", "/x", "../x", "a/../../x", "x\0y", "n" * 300]
REFUSED_HERE = ["..", ".", "a\\b", "x\ny"]  # Keras returns the cache folder for the first two


def path_of(keras, place, **arguments):
    """The path that `get_file` returns, relative to the folder of the test."""
    (place / "home").mkdir(exist_ok=True)
    (place / "source.bin").write_text("source")
    arguments = {key: value.format(place=place) for key, value in arguments.items()}
    path = keras.utils.get_file(origin=(place / "source.bin").as_uri(), cache_dir=str(place / "home"), **arguments)
    return os.path.relpath(os.path.realpath(path), place)


@pytest.mark.parametrize("name", SAME)
def test_the_place_is_keras_own(tmp_path, name):
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours = path_of(minikeras, tmp_path / "ours", **SAME[name])
    assert ours == path_of(keras, tmp_path / "theirs", **SAME[name])
    assert (tmp_path / "ours" / ours).read_text() == "source"


@pytest.mark.parametrize("name", REFUSED_BY_BOTH, ids=lambda name: repr(name[:10]))
def test_names_that_keras_refuses_are_refused(tmp_path, name):
    for side in (minikeras, keras):
        with pytest.raises((ValueError, OSError)):
            path_of(side, tmp_path, fname=name)


@pytest.mark.parametrize("name", REFUSED_HERE, ids=repr)
def test_names_that_are_none_of_a_file_are_refused_though_keras_takes_them(tmp_path, name):
    path_of(keras, tmp_path, fname=name)
    with pytest.raises(ValueError, match="Specify a name without folders"):
        path_of(minikeras, tmp_path, fname=name)
