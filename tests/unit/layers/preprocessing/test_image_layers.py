"""What image layers have in common: what a call takes, what they refuse, and Pipeline."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.base.errors import InvalidArgumentError

IMAGES = np.random.default_rng(0).uniform(0, 255, (4, 8, 7, 3)).astype("float32")


def test_one_transformation_for_all_entries_of_a_dict():
    masks = IMAGES[..., :1]
    data = {"images": IMAGES, "segmentation_masks": masks, "labels": np.arange(4), "names": np.arange(4)}
    result = layers.RandomFlip(seed=3)(data, training=True)
    np.testing.assert_array_equal(result["images"][..., :1], result["segmentation_masks"])
    assert not np.array_equal(result["images"], IMAGES)
    np.testing.assert_array_equal(result["labels"], data["labels"])
    np.testing.assert_array_equal(result["names"], data["names"])
    assert set(result) == set(data)
    assert data["images"] is IMAGES


def test_a_seed_of_the_call_decides_the_draw():
    layer = layers.RandomBrightness(0.5)
    draws = [layer.get_random_transformation(IMAGES, seed=seed)["rgb_delta"] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


def test_inference_leaves_images_alone():
    for layer in (layers.RandomFlip(), layers.RandomRotation(0.4), layers.RandomContrast(0.5), layers.RandomCrop(2, 2)):
        np.testing.assert_array_equal(layer(IMAGES, training=False), IMAGES)


def test_where_a_pixel_of_a_warped_image_comes_from():
    """By homogeneous coordinates: the third of the product with the matrix divides the other two."""
    numbers = np.random.default_rng(1).uniform(0.5, 2, (2, 8))
    x, y = np.array([[3.0], [5.0]]), np.array([[2.0], [7.0]])
    found = layers.RandomRotation(0.1).get_transformed_x_y(x, y, numbers)
    for i in range(2):
        across, down, depth = np.append(numbers[i], 1).reshape(3, 3) @ [x[i, 0], y[i, 0], 1]
        np.testing.assert_allclose([np.asarray(place)[i, 0] for place in found], [across / depth, down / depth], 1e-6)


BOXES = {"boxes": np.float32([[[1, 2, 5, 6], [0, 0, 7, 8]]] * 4), "labels": np.array([[1, 2]] * 4)}


def test_boxes_move_with_the_images():
    """The pixels of a box painted in the image are where the box is afterwards."""
    for layer in (
        layers.RandomFlip("horizontal", seed=3, bounding_box_format="xyxy"),
        layers.RandomFlip("vertical", seed=3, bounding_box_format="xyxy"),
        layers.RandomFlip(seed=3, bounding_box_format="xyxy"),
        layers.RandomTranslation((-0.25, -0.25), (0.0, 0.0), fill_mode="constant", bounding_box_format="xyxy"),
        layers.Resizing(16, 14, interpolation="nearest", bounding_box_format="xyxy"),
        layers.Resizing(16, 28, "nearest", pad_to_aspect_ratio=True, bounding_box_format="xyxy"),
        layers.Resizing(32, 14, "nearest", pad_to_aspect_ratio=True, bounding_box_format="xyxy"),
        layers.Resizing(12, 14, "nearest", crop_to_aspect_ratio=True, bounding_box_format="xyxy"),
        layers.Resizing(16, 10, "nearest", crop_to_aspect_ratio=True, bounding_box_format="xyxy"),
        layers.CenterCrop(6, 5, bounding_box_format="xyxy"),
    ):
        images, boxes = np.zeros((4, 8, 7, 1), "float32"), np.float32([[[2, 2, 5, 6]]] * 4)
        images[:, 2:6, 2:5] = 1
        data = {"images": images, "bounding_boxes": {"boxes": boxes, "labels": np.ones((4, 1))}}
        result = layer(data, training=True)
        for image, (x1, y1, x2, y2) in zip(result["images"], result["bounding_boxes"]["boxes"][:, 0], strict=True):
            rows, columns = np.nonzero(np.asarray(image)[..., 0])
            painted = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_allclose([x1, y1, x2, y2], painted, rtol=1e-6, err_msg=str(layer))


SHEARS = np.float32([[0.2, 0.1], [-0.2, 0.3], [0.1, -0.3], [-0.1, -0.2]])
CORNERS = np.float32([[[0, 0], [7, 0], [0, 8], [7, 8]]] * 4)


def around_sheared(box, shear):
    """As in Keras: fractions of width and height, each edge by the corner that moves it outwards."""
    (x1, y1, x2, y2), (s, t) = (float(x) / n for x, n in zip(box, (7, 8, 7, 8), strict=True)), shear
    x1, x2 = (x1 - s * y1, x2 - s * y2) if s < 0 else (x1 - s * y2, x2 - s * y1)
    y1, y2 = (y1 - t * x2, y2 - t * x1) if t > 0 else (y1 - t * x1, y2 - t * x2)
    return [min(max(z, 0), 1) * n for z, n in zip((x1, y1, x2, y2), (7, 8, 7, 8), strict=True)]


def test_boxes_around_sheared_boxes():
    layer = layers.RandomShear(0.3, 0.3, bounding_box_format="xyxy")
    transformation = {"shear_factor": SHEARS, "input_shape": IMAGES.shape}
    found = layer.transform_bounding_boxes(BOXES, transformation)["boxes"]
    expected = [
        [around_sheared(box, shear) for box in boxes] for boxes, shear in zip(BOXES["boxes"], SHEARS, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_boxes_in_a_crop_and_in_a_zoom():
    """The crop's as in Keras: rows are subtracted from x, columns from y (docs/surprises.md)."""
    crop = layers.RandomCrop(4, 5, bounding_box_format="xyxy")
    found = crop.transform_bounding_boxes(BOXES, (np.int32(2), np.int32(1)))["boxes"]
    np.testing.assert_array_equal(found, np.maximum(BOXES["boxes"] - np.float32([2, 1, 2, 1]), 0))
    zoom = layers.RandomZoom((0.5, 0.5), (0.5, 0.5), fill_mode="constant", bounding_box_format="xyxy")
    transformation = zoom.get_random_transformation(IMAGES)
    transformation["input_shape"] = IMAGES.shape
    found = np.asarray(zoom.transform_bounding_boxes(BOXES, transformation)["boxes"])
    scale = 1.5  # the seen part is that much longer, around the middle pixel
    start, end = (np.array([(n - 1) / 2 * (1 - scale) + n * scale * whole for n in (7, 8)]) for whole in (0, 1))
    moved = np.clip(BOXES["boxes"], np.tile(start, 2), np.tile(end, 2)) - np.tile(start, 2)
    np.testing.assert_allclose(found, moved / np.tile(end - start, 2) * [7, 8, 7, 8], rtol=1e-5)


def test_boxes_around_boxes_in_perspective():
    layer = layers.RandomPerspective(bounding_box_format="xyxy")
    ends = CORNERS + np.random.default_rng(4).uniform(-1, 1, CORNERS.shape).astype("float32")
    applies = np.array([True, True, False, True])
    transformation = {"start_points": CORNERS, "end_points": ends, "apply_perspective": applies}
    transformation["input_shape"] = IMAGES.shape
    found = np.asarray(layer.transform_bounding_boxes(BOXES, transformation)["boxes"])
    for i in range(4):
        matrix = through(CORNERS[i].astype(float), ends[i].astype(float))
        for box, moved in zip(BOXES["boxes"][i], found[i], strict=True):
            corners = np.array([[x, y, 1] for x in box[::2] for y in box[1::2]]) @ matrix.T
            positions = corners[:, :2] / corners[:, 2:]
            expected = np.concatenate([positions.min(0), positions.max(0)]) if applies[i] else box
            np.testing.assert_allclose(moved, np.clip(expected, 0, [7, 8, 7, 8]), rtol=1e-3, atol=1e-3)


def through(starts, ends):
    """The matrix of the projection that takes four points to four others."""
    rows = []
    for (x, y), (u, v) in zip(starts, ends, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, -u], [0, 0, 0, x, y, 1, -v * x, -v * y, -v]]
    return np.linalg.svd(rows)[2][-1].reshape(3, 3)


def test_boxes_of_lists_and_of_one_image():
    layer = layers.RandomFlip("horizontal", seed=1, bounding_box_format="xywh")
    ragged = {"boxes": [[[1, 2, 3, 4]], [], [[0, 0, 1, 1], [1, 1, 2, 2]], []], "labels": [[1], [], [2, 3], []]}
    result = layer({"images": IMAGES, "bounding_boxes": ragged}, training=False)["bounding_boxes"]
    assert result["boxes"].shape == (4, 2, 4)
    np.testing.assert_array_equal(result["labels"], [[1, -1], [-1, -1], [2, 3], [-1, -1]])
    one = {"images": IMAGES[0], "bounding_boxes": {"boxes": [[1.0, 2.0, 3.0, 4.0]], "labels": [1]}}
    assert layer(one, training=True)["bounding_boxes"]["boxes"].shape == (1, 4)
    assert one["bounding_boxes"]["boxes"] == [[1.0, 2.0, 3.0, 4.0]]


def test_boxes_in_a_functional_model():
    images, boxes, labels = keras.Input((8, 7, 3)), keras.Input((2, 4)), keras.Input((2,), dtype="int64")
    data = {"images": images, "bounding_boxes": {"boxes": boxes, "labels": labels}}
    x = layers.Resizing(16, 14, bounding_box_format="xyxy")(data)
    x = layers.MaxNumBoundingBoxes(3, bounding_box_format="xyxy")(x)
    assert x["images"].shape == (None, 16, 14, 3)
    assert x["bounding_boxes"]["boxes"].shape == (None, 3, 4)
    model = keras.Model([images, boxes, labels], x)
    result = model([IMAGES, BOXES["boxes"], BOXES["labels"]])
    np.testing.assert_allclose(result["bounding_boxes"]["boxes"][:, :2], 2 * BOXES["boxes"])
    np.testing.assert_array_equal(result["bounding_boxes"]["labels"], [[1, 2, -1]] * 4)


@pytest.mark.parametrize(
    "layer, boxes, error, message",
    [
        (layers.RandomFlip(), BOXES, ValueError, "pass the constructor `bounding_box_format`"),
        (layers.RandomFlip(bounding_box_format="xyxy"), {"boxes": BOXES["boxes"]}, ValueError, "'boxes' and 'labels'"),
        (layers.RandomFlip(bounding_box_format="abc"), BOXES, ValueError, "source='abc'"),
        (
            layers.RandomElasticTransform(bounding_box_format="xyxy"),
            BOXES,
            NotImplementedError,
            "RandomElasticTransform does not transform bounding boxes",
        ),
    ],
)
def test_mistakes_with_boxes(layer, boxes, error, message):
    with pytest.raises(error, match=message):
        layer({"images": IMAGES, "bounding_boxes": boxes}, training=True)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: layers.RandomRotation(2), ValueError, r"`factor`.*\[-1, 1\].*Received: factor=2"),
        (lambda: layers.RandomTranslation(0.1, (1, 2, 3)), ValueError, r"`width_factor`.*number, or a list of two"),
        (lambda: layers.RandomZoom(-1.0), ValueError, r"\(-1.0, 1.0\]"),
        (lambda: layers.RandomContrast("0.1"), ValueError, "should be a number"),
        (lambda: layers.RandomBrightness(0.1, value_range=255), ValueError, "should be a list"),
        (lambda: layers.RandomRotation(0.1, fill_mode="mirror"), NotImplementedError, "`fill_mode` 'mirror'"),
        (lambda: layers.RandomZoom(0.1, interpolation="cubic"), NotImplementedError, "`interpolation` 'cubic'"),
        (lambda: layers.RandomFlip("diagonal"), ValueError, "`mode` must be one of"),
        (lambda: layers.Resizing(2, 2)(IMAGES[0, 0]), ValueError, "to be rank 3"),
        (lambda: layers.Resizing(2.0, 2)(IMAGES), ValueError, "`size` must be two integers"),
        (
            lambda: layers.Resizing(2, 2, interpolation="best")(IMAGES),
            ValueError,
            "Invalid value for argument `interpolation`",
        ),
        (lambda: layers.RandomFlip(mod="vertical"), ValueError, "Did you mean"),
    ],
)
def test_mistakes(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_pipeline_calls_its_layers_in_order_and_keeps_them_in_its_config():
    pipeline = layers.Pipeline([layers.RandomFlip(seed=3), layers.Rescaling(2.0), layers.Rescaling(1.0, 1.0)])
    expected = layers.RandomFlip(seed=3)(IMAGES, training=True) * 2 + 1
    np.testing.assert_array_equal(pipeline(IMAGES), expected)
    again = layers.Pipeline.from_config(pipeline.get_config())
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in pipeline.layers]
    np.testing.assert_array_equal(again(IMAGES), expected)
    np.testing.assert_array_equal(pipeline(IMAGES, training=False), IMAGES * 2 + 1)
    with pytest.raises(ValueError, match="needs `layers`"):
        layers.Pipeline.from_config({"name": "p"})


def test_fit_draws_anew_in_every_step():
    x = np.repeat(IMAGES[:1], 4, axis=0)
    crop = layers.RandomCrop(3, 3, seed=1)
    model = keras.Sequential([keras.Input((8, 7, 3)), crop, layers.Flatten(), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0), "mae")
    losses = [model.train_on_batch(x, np.zeros((4, 1)), return_dict=True)["loss"] for _ in range(6)]
    assert len(set(map(float, losses))) > 1
    expected = layers.RandomCrop(3, 3, seed=1)
    for _ in range(6):
        expected(x, training=True)
    np.testing.assert_array_equal(crop(x, training=True), expected(x, training=True))


def test_an_unknown_size_is_refused_by_random_crop_alone():
    x = keras.KerasTensor((None, None, 7, 3))
    assert layers.Resizing(4, 5)(x).shape == (None, 4, 5, 3)
    with pytest.raises(ValueError, match="must know the height and width"):
        layers.RandomCrop(2, 2).get_random_transformation(x)


@pytest.mark.parametrize(
    "layer, fill_value, error",
    [
        ("RandomRotation", "1", TypeError),
        ("RandomRotation", None, ValueError),
        ("RandomRotation", [1.0], InvalidArgumentError),
        ("RandomZoom", np.array([1.0]), InvalidArgumentError),
        ("RandomElasticTransform", "1", TypeError),
        ("RandomElasticTransform", None, ValueError),
    ],
)
def test_fill_values_are_numbers(layer, fill_value, error):
    layer = getattr(layers, layer)(0.5, fill_value=fill_value)
    with pytest.raises(error, match="`fill_value` must be a number"):
        layer(np.ones((2, 4, 4, 3), "float32"), training=True)


@pytest.mark.parametrize("kernel_size", [-1, 3.5])
def test_a_blur_needs_a_whole_length(kernel_size):
    with pytest.raises(InvalidArgumentError, match=r"`kernel_size` must be two positive integers"):
        layers.RandomGaussianBlur(kernel_size=kernel_size)(np.ones((2, 4, 4, 3), "float32"), training=True)
