"""Images of `keras.preprocessing`: single changes, and generators of changed images."""

import itertools

import numpy as np
import pytest

from tests.parity.compat.preprocessing_cases import BYTES, FLOATS, GROUP, LABELS, both

pytest.importorskip("tensorflow")
pillow = pytest.importorskip("PIL.Image")

from tests.identifiers import without_addresses  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close, assert_same_nested  # noqa: E402

# What Keras itself does there: old names of SciPy, and a float for `random.randint`.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Please import `affine_transform`"),
    pytest.mark.filterwarnings("ignore:non-integer arguments to randrange"),
]


# --- single images ---

MOVES = [
    {"theta": 30},
    {"theta": -200, "shear": 10},
    {"tx": 2.5, "ty": -1.25},
    {"tx": 30, "ty": -40},
    {"shear": 25},
    {"zx": 0.7, "zy": 1.6},
    {"theta": 45, "tx": 1, "ty": 2, "shear": -15, "zx": 1.2, "zy": 0.8},
    {},
]
LAYOUTS = [(0, 1, 2), (1, 2, 0), (1, 0, 2)]


@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("move", MOVES, ids=str)
def test_affine_transform(move, order, fill_mode):
    for image, (row, column, channel) in itertools.product((FLOATS[0], BYTES[1], FLOATS[2].astype("float64")), LAYOUTS):
        settings = {
            "row_axis": row,
            "col_axis": column,
            "channel_axis": channel,
            "fill_mode": fill_mode,
            "order": order,
        }
        mine, their = both(
            lambda keras: keras.preprocessing.image.apply_affine_transform(image, cval=0.5, **move, **settings)  # noqa: B023
        )
        assert mine.dtype == their.dtype
        assert_close(GROUP, mine, their, SAME_FORMULA, str(settings))


CHANGES = [
    ("random_rotation", (FLOATS[0], 40), {"channel_axis": 2, "row_axis": 0, "col_axis": 1}),
    ("random_shift", (FLOATS[0], 0.3, 0.2), {"channel_axis": 2, "row_axis": 0, "col_axis": 1}),
    ("random_shear", (FLOATS[0].transpose(2, 0, 1), 30), {}),
    ("random_zoom", (FLOATS[0].transpose(2, 0, 1), (0.5, 1.5)), {"fill_mode": "reflect"}),
    ("random_zoom", (FLOATS[0].transpose(2, 0, 1), (1, 1)), {}),
    ("random_channel_shift", (FLOATS[0], 0.4), {"channel_axis": 2}),
    ("random_brightness", (FLOATS[0], (0.5, 2)), {}),
    ("random_brightness", (FLOATS[0] * 300 - 20, (0.5, 2)), {"scale": False}),
    ("apply_channel_shift", (BYTES[0].astype("float32"), 30), {"channel_axis": 2}),
    ("apply_brightness_shift", (BYTES[0], 1.3), {"scale": False}),
]


@pytest.mark.parametrize("name, arguments, settings", CHANGES, ids=lambda v: v if isinstance(v, str) else "")
def test_single_changes(name, arguments, settings):
    mine, their = both(lambda keras: getattr(keras.preprocessing.image, name)(*arguments, **settings))
    assert mine.dtype == their.dtype
    assert_close(GROUP, mine, their, SAME_FORMULA, name)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("size", [(4, 4), (12, 5), (3, 20)])
def test_smart_resize(size, data_format):
    images = FLOATS if data_format == "channels_last" else FLOATS.transpose(0, 3, 1, 2)
    for image in (images, images[0]):
        mine, their = both(
            lambda keras: keras.preprocessing.image.smart_resize(image, size, data_format=data_format)  # noqa: B023
        )
        assert isinstance(mine, np.ndarray)
        assert_close(GROUP, mine, their, SAME_FORMULA)


# --- the generator ---

GENERATORS = [
    {"rotation_range": 40},
    {"width_shift_range": 0.2, "height_shift_range": 0.3},
    {"width_shift_range": 3, "height_shift_range": [1, 4]},
    {"width_shift_range": 2.5, "fill_mode": "constant", "cval": 0.3},
    {"shear_range": 20, "zoom_range": 0.3, "fill_mode": "reflect"},
    {"zoom_range": (0.5, 0.9), "interpolation_order": 0},
    {"channel_shift_range": 0.3, "horizontal_flip": True, "vertical_flip": True},
    {"brightness_range": (0.4, 1.6), "rescale": 1 / 255},
    {"samplewise_center": True, "samplewise_std_normalization": True},
    {"preprocessing_function": lambda x: x * 2 - 1, "rescale": 0.5, "horizontal_flip": True},
    {"rotation_range": 90, "width_shift_range": 0.1, "height_shift_range": 0.1, "shear_range": 5, "zoom_range": 0.2,
     "channel_shift_range": 0.1, "horizontal_flip": True, "vertical_flip": True, "fill_mode": "wrap"},
    {"rotation_range": 30, "dtype": "float64"},
]  # fmt: skip


@pytest.mark.parametrize("settings", GENERATORS, ids=without_addresses)
@pytest.mark.parametrize("flow", [{"seed": 3}, {"shuffle": False}], ids=str)
def test_flow(settings, flow):
    def run(keras):
        generator = keras.preprocessing.image.ImageDataGenerator(**settings)
        iterator = generator.flow(FLOATS, LABELS, batch_size=4, sample_weight=LABELS / 7, **flow)
        return [next(iterator) for _ in range(5)] + [iterator[i] for i in range(len(iterator))] + [len(iterator)]

    mine, their = both(run)
    assert_same_nested(GROUP, mine, their, SAME_FORMULA, str(settings))
    assert [a.dtype for a in mine[0]] == [a.dtype for a in their[0]]


@pytest.mark.parametrize("settings", [
    {"featurewise_center": True},
    {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 2.0},
    {"featurewise_center": True, "zca_whitening": True, "zca_epsilon": 0.1},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("fit", [{}, {"augment": True, "rounds": 2, "seed": 4}], ids=str)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_fit(settings, fit, data_format):
    images = FLOATS if data_format == "channels_last" else FLOATS.transpose(0, 3, 1, 2)

    def run(keras):
        generator = keras.preprocessing.image.ImageDataGenerator(rotation_range=20, data_format=data_format, **settings)
        generator.fit(images, **fit)
        return [generator.mean, generator.std, next(generator.flow(images, batch_size=3, seed=1))]

    whitening = 1e-3  # 1 / (s + 0.1) of singular values that are rounding errors
    assert_same_nested(GROUP, *both(run), whitening if "zca_whitening" in settings else 5 * SAME_FORMULA)


def test_random_transform_with_a_seed():
    def run(keras):
        generator = keras.preprocessing.image.ImageDataGenerator(
            rotation_range=50, zoom_range=0.4, horizontal_flip=True
        )
        parameters = generator.get_random_transform((8, 9, 3), seed=12)
        return {k: v for k, v in parameters.items() if v is not None}, generator.random_transform(FLOATS[0], seed=12)

    assert_same_nested(GROUP, *both(run), SAME_FORMULA)


def test_flow_of_further_inputs_and_subsets():
    def run(keras):
        generator = keras.preprocessing.image.ImageDataGenerator(validation_split=0.3, rotation_range=10)
        further = generator.flow((FLOATS, [LABELS, LABELS * 2]), LABELS, batch_size=3, seed=2)
        parts = [generator.flow(FLOATS, LABELS, subset=subset, seed=2) for subset in ("training", "validation")]
        images_only = generator.flow(FLOATS, subset="training", seed=2, batch_size=4)
        return [next(further), [next(part) for part in parts], next(images_only), [part.n for part in parts]]

    assert_same_nested(GROUP, *both(run), SAME_FORMULA)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folders "cats", "dogs" and "empty" of small images of three kinds."""
    root = tmp_path_factory.mktemp("images")
    for number, image in enumerate(BYTES):
        place = root / ("cats" if number % 3 else "dogs") / ("deeper" if number == 5 else "")
        place.mkdir(parents=True, exist_ok=True)
        mode = ("RGB", "L", "RGBA")[number % 3]
        pillow.fromarray(image).convert(mode).save(place / f"{number}.{'bmp' if mode == 'L' else 'png'}")
    (root / "empty").mkdir()
    (root / "cats" / "notes.txt").write_text("no image")
    return root


FOLDERS = [
    {},
    {"class_mode": "binary", "classes": ["dogs", "cats"]},
    {"class_mode": "sparse", "color_mode": "grayscale", "target_size": (5, 6)},
    {"class_mode": "input", "color_mode": "rgba", "interpolation": "bilinear"},
    {"class_mode": None, "shuffle": False, "target_size": (4, 12), "keep_aspect_ratio": True},
    {"subset": "training"},
    {"subset": "validation", "classes": ["cats", "dogs"]},
]


@pytest.mark.parametrize("settings", FOLDERS, ids=str)
def test_flow_from_directory(folder, settings, capsys):
    def run(keras):
        generator = keras.preprocessing.image.ImageDataGenerator(
            rescale=1 / 255, rotation_range=15, validation_split=0.4
        )
        iterator = generator.flow_from_directory(
            str(folder), **{"target_size": (8, 8), "batch_size": 4, "seed": 6} | settings
        )
        batches = [next(iterator) for _ in range(4)] + [iterator[0], len(iterator)]
        facts = (iterator.class_indices, iterator.filenames, iterator.classes.tolist(), iterator.samples)
        return (
            batches,
            facts + (iterator.num_classes, iterator.image_shape, iterator.filepaths),
            capsys.readouterr().out,
        )

    (mine, my_facts, my_words), (their, their_facts, their_words) = both(run)
    assert_same_nested(GROUP, mine, their, SAME_FORMULA)
    assert my_facts == their_facts
    assert my_words == their_words


TABLES = [
    {},
    {"class_mode": "sparse", "weight_col": "weight"},
    {"class_mode": "categorical", "y_col": "tags", "classes": ["a", "c"]},
    {"class_mode": "raw", "y_col": "weight"},
    {"class_mode": "raw", "y_col": ["weight", "other"]},
    {"class_mode": "multi_output", "y_col": ["weight", "other"]},
    {"class_mode": "input"},
    {"class_mode": None, "shuffle": False},
    {"subset": "validation", "class_mode": "binary", "classes": ["dogs", "cats"]},
]


@pytest.mark.parametrize("settings", TABLES, ids=str)
@pytest.mark.filterwarnings("ignore:Found 1 invalid image")
def test_flow_from_dataframe(folder, settings, capsys):
    pandas = pytest.importorskip("pandas")
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.suffix != ".txt")
    count = len(files)
    table = pandas.DataFrame({
        "filename": files[:-1] + ["missing.png"],
        "class": [name[:4] for name in files],
        "tags": [["a", "b"][: 1 + i % 2] + ["c"] * (i % 3 == 0) for i in range(count)],
        "weight": np.arange(count) / 2,
        "other": np.arange(count) + 5,
    })  # fmt: skip

    def run(keras):
        generator = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255, zoom_range=0.2, validation_split=0.4)
        settings_ = {"target_size": (6, 7), "batch_size": 4, "seed": 6} | settings
        iterator = generator.flow_from_dataframe(table, str(folder), **settings_)
        return [next(iterator) for _ in range(3)] + [iterator.filenames == [], iterator.n], capsys.readouterr().out

    (mine, my_words), (their, their_words) = both(run)
    assert_same_nested(GROUP, mine, their, SAME_FORMULA)
    assert my_words == their_words


def test_changed_images_are_saved_under_the_same_names(tmp_path):
    def run(keras):
        place = tmp_path / keras.__name__.partition(".")[0]
        place.mkdir()
        generator = keras.preprocessing.image.ImageDataGenerator(rotation_range=30)
        next(generator.flow(FLOATS, batch_size=3, seed=1, save_to_dir=str(place), save_prefix="changed"))
        return {file.name: np.asarray(pillow.open(file)) for file in sorted(place.iterdir())}

    mine, their = both(run)
    assert mine.keys() == their.keys()
    assert len(mine) == 3
    for name in mine:
        assert np.abs(mine[name].astype(int) - their[name].astype(int)).max() <= 1  # a value between two numbers


def test_a_model_trains_alike_on_changed_images():
    def run(keras):
        keras.utils.set_random_seed(3)
        generator = keras.preprocessing.image.ImageDataGenerator(rotation_range=20, horizontal_flip=True)
        model = keras.Sequential([
            keras.layers.Input((8, 9, 3)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")
        ])  # fmt: skip
        model.compile("sgd", "sparse_categorical_crossentropy")
        history = model.fit(generator.flow(FLOATS, LABELS, batch_size=4, seed=2), epochs=3, verbose=0)
        return history.history

    assert_same_nested(GROUP, *both(run), 1e-4)
