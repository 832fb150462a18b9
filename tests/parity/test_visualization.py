"""`keras.visualization` against tf.keras's: arrays equal, and the pictures that are saved have the same pixels."""

import inspect

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("cv2")
pytest.importorskip("matplotlib")

import matplotlib
from matplotlib.image import imread

import minikeras

import keras  # isort: skip

RNG = np.random.default_rng(3)
IMAGES = RNG.integers(0, 256, (4, 64, 80, 3)).astype("uint8")
MASKS = RNG.integers(-1, 4, (4, 64, 80, 1)).astype("int32")
BOXES = {
    "boxes": np.array([[[5, 30, 40, 55], [50, 5, 70, 60]]] * 4, "float32"),
    "labels": np.array([[0, 1], [1, -1], [7, 0], [1, 1]]),
    "confidences": RNG.random((4, 2)).astype("float32"),
}
NAMES = {0: "cat", 1: "dog"}
OURS, THEIRS = minikeras.visualization, keras.visualization


@pytest.fixture(autouse=True)
def without_a_window():
    matplotlib.use("Agg")


@pytest.mark.parametrize(
    "images, masks, arguments",
    [
        (IMAGES, MASKS, {}),
        (IMAGES.astype("float32"), MASKS, {"num_classes": 4, "alpha": 0.3, "ignore_index": 2}),
        (IMAGES, MASKS, {"num_classes": 2, "color_mapping": {0: (255, 0, 0), 1: (0, 0, 255)}, "blend": False}),
        (IMAGES.transpose(0, 3, 1, 2), MASKS.transpose(0, 3, 1, 2), {"data_format": "channels_first"}),
    ],
    ids=["default", "alpha", "colors", "channels_first"],
)
def test_masks(images, masks, arguments):
    result = OURS.draw_segmentation_masks(images, masks, **arguments)
    expected = np.asarray(THEIRS.draw_segmentation_masks(images, masks, **arguments))
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    "images, arguments",
    [
        (IMAGES, {"class_mapping": NAMES, "font_scale": 0.4}),
        (IMAGES / np.float32(255), {"color": (255, 0, 0), "line_thickness": 1}),
        (IMAGES.astype("float32"), {"class_mapping": NAMES, "text_thickness": 2, "line_thickness": 3}),
    ],
    ids=["names", "fractions", "thick"],
)
def test_boxes(images, arguments):
    for boxes in (BOXES, {name: BOXES[name] for name in ("boxes", "labels")}):
        result = OURS.draw_bounding_boxes(images, boxes, "xyxy", **arguments)
        expected = THEIRS.draw_bounding_boxes(images, boxes, "xyxy", **arguments)
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result, expected)


GALLERIES = {
    "images": lambda v, path: v.plot_image_gallery(
        IMAGES, y_true=[0, 1, 1, 5], y_pred=np.array([1, 1, 0, 0]), label_map=NAMES, path=path
    ),
    "one row": lambda v, path: v.plot_image_gallery(IMAGES / 127.5 - 1, rows=1, cols=3, value_range=(-1, 1), path=path),
    "boxes": lambda v, path: v.plot_bounding_box_gallery(
        IMAGES, "xyxy", y_true=BOXES, y_pred=BOXES, class_mapping=NAMES, legend=True, path=path, dpi=90
    ),
    "masks": lambda v, path: v.plot_segmentation_mask_gallery(
        IMAGES, 4, y_true=MASKS, y_pred=MASKS[::-1], scale=1, transparent=False, path=path
    ),
}


@pytest.mark.filterwarnings("ignore")  # of matplotlib, about the layout that Keras asks for
@pytest.mark.parametrize("gallery", GALLERIES.values(), ids=list(GALLERIES))
def test_pictures(gallery, tmp_path):
    for visualization, name in ((OURS, "ours.png"), (THEIRS, "theirs.png")):
        assert gallery(visualization, str(tmp_path / name)) is None
    np.testing.assert_array_equal(imread(tmp_path / "ours.png"), imread(tmp_path / "theirs.png"))


def test_signatures():
    for name in OURS.__all__:
        assert str(inspect.signature(getattr(OURS, name))) == str(inspect.signature(getattr(THEIRS, name)))


def test_mistakes_are_explained(monkeypatch):
    with pytest.raises(ValueError, match=r"images\[None\]"):
        OURS.draw_segmentation_masks(IMAGES[0], MASKS)
    with pytest.raises(TypeError, match="astype"):
        OURS.draw_segmentation_masks(IMAGES, MASKS.astype("float32"))
    with pytest.raises(ValueError, match="one channel"):
        OURS.draw_segmentation_masks(IMAGES, MASKS[:, 1:])
    with pytest.raises(ValueError, match="label_map"):
        OURS.plot_image_gallery(IMAGES, y_true=[0] * 4)
    with pytest.raises(ValueError, match="not both"):
        OURS.plot_image_gallery(IMAGES, path="x.png", show=True)
    with pytest.raises(ValueError, match=r"\['labels'\]"):
        OURS.draw_bounding_boxes(IMAGES, {"boxes": BOXES["boxes"]}, "xyxy")
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(ImportError, match="pip install opencv-python"):
        OURS.draw_bounding_boxes(IMAGES, BOXES, "xyxy")


@pytest.mark.parametrize("value_range", [(0, 0), (1, 0)])
def test_an_empty_range_of_values(value_range):
    with pytest.raises(ValueError, match=r"`value_range` must be \(lowest, highest\)"):
        OURS.plot_image_gallery(IMAGES, value_range=value_range)


def test_values_beyond_the_range_do_not_wrap_around(tmp_path):
    path = tmp_path / "x.png"
    pictures = []
    for images in (np.full((1, 8, 8, 3), 300.0), np.full((1, 8, 8, 3), 255.0)):
        OURS.plot_image_gallery(images, path=path)
        pictures.append(imread(path))
    np.testing.assert_array_equal(*pictures)


def test_masks_on_values_beyond_a_byte_are_cut_off():
    """tf.keras cuts off or wraps, by the element's place in the processor's vectors: there is nothing to compare."""
    images = np.float32([[[[300, -20, 100]] * 2]])
    drawn = OURS.draw_segmentation_masks(images, np.array([[[0, 5]]]), num_classes=1, alpha=0.5)
    assert drawn.tolist() == [[[[150, 0, 50], [255, 0, 100]]]]
