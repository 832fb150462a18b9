"""Images in files, of `keras.utils`, and the names of `keras.preprocessing` with their signatures."""

import inspect
import io

import numpy as np
import pytest

from tests.parity.compat.preprocessing_cases import EXACT, GROUP, RNG, both, theirs

pytest.importorskip("tensorflow")
pytest.importorskip("PIL.Image")

import minikeras
from minikeras.compat import keras as ours
from tests.parity.comparing import assert_close, assert_same_nested

# What Keras itself does there: old names of SciPy, and a float for `random.randint`.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Please import `affine_transform`"),
    pytest.mark.filterwarnings("ignore:non-integer arguments to randrange"),
]


# --- images in files (`keras.utils`) ---


@pytest.mark.parametrize("shape", [(6, 5, 1), (6, 5, 3), (6, 5, 4)])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("file_format", ["png", "jpeg"])
def test_images_in_files(shape, scale, file_format, tmp_path):
    image = (RNG.random(shape) * 255).astype("float32")

    def run(keras):
        path = tmp_path / f"image.{file_format}"
        keras.utils.save_img(path, image, scale=scale)
        loaded = [keras.utils.load_img(path, color_mode=mode) for mode in ("rgb", "rgba", "grayscale")]
        loaded += [keras.utils.load_img(io.BytesIO(path.read_bytes()), target_size=(4, 9), interpolation="bicubic")]
        loaded += [keras.utils.load_img(str(path), target_size=(9, 4), keep_aspect_ratio=True)]
        arrays = [keras.utils.img_to_array(one) for one in loaded]
        first = keras.utils.img_to_array(loaded[0], data_format="channels_first", dtype="uint8")
        return arrays + [first, np.asarray(keras.utils.array_to_img(image, scale=scale))]

    if shape[2] == 4 and file_format == "jpeg":
        with pytest.warns(UserWarning, match="does not support RGBA|no transparency"):
            results = both(run)
    else:
        results = both(run)
    assert_same_nested(GROUP, *results, EXACT)


def test_deep_grey_images(tmp_path):
    image = (RNG.random((6, 5, 1)) * 60000).astype("float32")
    mine, their = both(lambda keras: np.asarray(keras.utils.array_to_img(image, scale=False)))
    assert_close(GROUP, mine, their, EXACT)


def members(module):
    return [name for name in dir(module) if not name.startswith("_") and not inspect.ismodule(getattr(module, name))]


@pytest.mark.parametrize("namespace", ["image", "text", "sequence"])
def test_every_name_is_there_with_its_signature(namespace):
    mine, their = getattr(ours.preprocessing, namespace), getattr(theirs.preprocessing, namespace)
    assert set(members(their)) == set(mine.__all__)
    for name in mine.__all__:
        assert str(inspect.signature(getattr(mine, name))) == str(inspect.signature(getattr(their, name))), name


def test_methods_have_keras_signatures():
    for namespace, name in (("image", "ImageDataGenerator"), ("text", "Tokenizer")):
        mine, their = (getattr(getattr(keras.preprocessing, namespace), name) for keras in (ours, theirs))
        for method, function in vars(their).items():
            if callable(function) and not method.startswith("__"):
                assert str(inspect.signature(getattr(mine, method))) == str(inspect.signature(function)), method


def test_minikeras_utils_has_the_image_functions():
    for name in ("array_to_img", "img_to_array", "load_img", "save_img"):
        mine, their = (getattr(keras.utils, name) for keras in (minikeras, theirs))
        assert str(inspect.signature(mine)) == str(inspect.signature(their))
