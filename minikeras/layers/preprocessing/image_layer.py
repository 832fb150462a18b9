"""`ImageLayer`: the base of layers that change images."""

from minikeras import ops, tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.config import standardize_data_format
from minikeras.layers.preprocessing.box_inputs import dense_boxes
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.random.operation_seeds import inside_function


class ImageLayer(DataLayer):
    """Base class of layers that change images, and along with them labels, segmentation masks and bounding boxes.

    A call takes one image (height, width, channels), a batch of them, or a dict with "images" and optionally "labels",
    "segmentation_masks" and "bounding_boxes", a dict of "boxes" (batch, boxes, 4) and "labels" (batch, boxes) that may
    be ragged; other entries are returned unchanged. It draws one transformation for the whole dict
    (`get_random_transformation`) and applies it to each part (`transform_images`, `transform_labels`, …); these methods
    may also be called directly.

    Subclasses define `get_random_transformation` and `_transform_images`, or `transform_images` as a whole, and
    `transform_bounding_boxes`; those that change colours only set `moves_pixels` to False instead.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        bounding_box_format: of boxes, in and out (`keras.utils.bounding_boxes`); required for a call with boxes.
    """

    interpolation = "bilinear"
    moves_pixels = True
    # Whether symbolic images alone keep their dtype. In Keras this differs between layers; arrays always become floats.
    symbols_keep_dtype = False

    def __init__(self, data_format=None, bounding_box_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.bounding_box_format = bounding_box_format
        last = self.data_format == "channels_last"
        self.height_axis, self.width_axis, self.channels_axis = (-3, -2, -1) if last else (-2, -1, -3)

    # --- what subclasses define -----------------------------------------------------------------------------------

    def get_random_transformation(self, data, training=True, seed=None):
        """The parameters of the `transform_…` methods, drawn for this data; None if there are none.

        Args:
            data: images, or a dict with "images".
            training: whether to draw at all.
            seed: integer or SeedGenerator; the layer's own if None.
        """
        return

    def _transform_images(self, images, transformation, interpolation):
        """Transform a batch of images."""
        raise NotImplementedError(f"{type(self).__name__} must define `_transform_images` or `transform_images`.")

    def transform_images(self, images, transformation, training=True):
        """A batch of images in the compute dtype, transformed if `training`."""
        images = ops.cast(images, self.compute_dtype)
        return self._transform_images(images, transformation, self.interpolation) if training else images

    def transform_labels(self, labels, transformation, training=True):
        """Transform labels of a batch; most transformations do not change them."""
        return labels

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """Transform the masks of a batch like the images, but without interpolation."""
        if training and self.moves_pixels:
            return self._transform_images(segmentation_masks, transformation, "nearest")
        return segmentation_masks

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """Transform the boxes of a batch: a dict with "boxes" (batch, boxes, 4) and "labels" (batch, boxes).

        Raises:
            NotImplementedError: the layer moves pixels and defines nothing for boxes.
        """
        if not self.moves_pixels:
            return bounding_boxes
        raise NotImplementedError(
            f"{type(self).__name__} does not transform bounding boxes, nor does Keras's. Leave 'bounding_boxes' out of "
            "the layer's input, or define `transform_bounding_boxes` in a subclass."
        )

    # --- one image instead of a batch -----------------------------------------------------------------------------

    def transform_single_image(self, image, transformation, training=True):
        """`transform_images` of one image."""
        return _alone(self.transform_images, image, transformation, training)

    def transform_single_label(self, label, transformation, training=True):
        """`transform_labels` of one image's label."""
        return _alone(self.transform_labels, label, transformation, training)

    def transform_single_segmentation_mask(self, segmentation_mask, transformation, training=True):
        """`transform_segmentation_masks` of one mask."""
        return _alone(self.transform_segmentation_masks, segmentation_mask, transformation, training)

    def transform_single_bounding_box(self, bounding_box, transformation, training=True):
        """`transform_bounding_boxes` of one image's boxes (boxes, 4) and labels (boxes,)."""
        boxes = {key: ops.expand_dims(x, 0) for key, x in bounding_box.items()}
        boxes = self.transform_bounding_boxes(boxes, transformation=transformation, training=training)
        return {key: ops.squeeze(x, 0) for key, x in boxes.items()}

    # --- calling --------------------------------------------------------------------------------------------------

    def __call__(self, data, **kwargs):
        """Call the layer; in a pipeline (`Dataset.map`), inputs, even integers, are first cast to the compute dtype."""
        if isinstance(data, dict) and "bounding_boxes" in data:
            self._check_box_format()
            data = {**data, "bounding_boxes": dense_boxes(data["bounding_boxes"])}
        if inside_function() and not isinstance(tree.flatten(data)[0], KerasTensor):
            data = tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=self.compute_dtype), data)
        return super().__call__(data, **kwargs)

    def call(self, data, training=True):
        images = data["images"] if isinstance(data, dict) else data
        batched = _is_batched(ops.convert_to_tensor(images))
        transformation = self.get_random_transformation(data, training=training)
        arguments = {"transformation": transformation, "training": training}
        if not isinstance(data, dict):
            return self._by_kind(batched)["images"](ops.convert_to_tensor(data), **arguments)
        return data | {
            kind: transform(tree.map_structure(ops.convert_to_tensor, data[kind]), **arguments)
            for kind, transform in self._by_kind(batched).items()
            if kind in data
        }

    def _by_kind(self, batched):
        """The methods that transform the entries of a dict."""
        if batched:
            return {
                "images": self.transform_images,
                "bounding_boxes": self.transform_bounding_boxes,
                "labels": self.transform_labels,
                "segmentation_masks": self.transform_segmentation_masks,
            }
        return {
            "images": self.transform_single_image,
            "bounding_boxes": self.transform_single_bounding_box,
            "labels": self.transform_single_label,
            "segmentation_masks": self.transform_single_segmentation_mask,
        }

    def _check_box_format(self):
        if not self.bounding_box_format:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) received 'bounding_boxes', but you didn't specify their "
                "format: pass the constructor `bounding_box_format`, such as 'xyxy'. Received: "
                f"bounding_box_format={self.bounding_box_format!r}"
            )

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, data, training=True):
        """Symbolic images and masks have the shape of `compute_output_shape`; all are of the compute dtype."""
        if not isinstance(data, dict):
            if self.symbols_keep_dtype:
                return self._spec_like(data)
            return KerasTensor(self.compute_output_shape(tuple(data.shape)), dtype=self.compute_dtype)
        resized = {
            kind: KerasTensor(self.compute_output_shape(tuple(data[kind].shape)), dtype=self.compute_dtype)
            for kind in ("images", "segmentation_masks")
            if kind in data
        }
        if "bounding_boxes" in data:
            resized["bounding_boxes"] = self._boxes_spec(data["bounding_boxes"])
        others = {kind: x for kind, x in data.items() if kind not in resized}
        return {**tree.map_structure(lambda x: KerasTensor(x.shape, dtype=x.dtype), others), **resized}

    def _boxes_spec(self, bounding_boxes):
        """Symbolic results for symbolic "boxes" and "labels"."""
        boxes, labels = bounding_boxes["boxes"], bounding_boxes["labels"]
        return {"boxes": KerasTensor(boxes.shape, "float32"), "labels": KerasTensor(labels.shape, labels.dtype)}

    def _own_config(self):
        boxes = {} if self.bounding_box_format is None else {"bounding_box_format": self.bounding_box_format}
        return {**super()._own_config(), "data_format": self.data_format, **boxes}

    # --- shapes ---------------------------------------------------------------------------------------------------

    def _images_shape(self, data):
        """The shape of the images in the data."""
        return tuple((data["images"] if isinstance(data, dict) else data).shape)

    def _size(self, shape):
        """(height, width) of images of this shape."""
        return shape[self.height_axis], shape[self.width_axis]

    def _per_image(self, data):
        """(batch, 1, 1, 1), or (1, 1, 1) for one image: the shape of one value per image."""
        shape = self._images_shape(data)
        return (1, 1, 1) if len(shape) == 3 else (shape[0], 1, 1, 1)

    def _batch_size(self, data):
        """The number of images in the data."""
        shape = self._images_shape(data)
        return 1 if len(shape) == 3 else shape[0]

    def _with_size(self, shape, height, width):
        """The shape of images of another size.

        Raises:
            ValueError: not the shape of an image or a batch.
        """
        shape = list(shape)
        if len(shape) not in (3, 4) or isinstance(shape[0], (list, tuple)):
            raise ValueError(
                "`input_shape` must be that of an image, with 3 axes, or of a batch of them, with 4. "
                f"Received: input_shape={tuple(shape)}"
            )
        shape[self.height_axis], shape[self.width_axis] = height, width
        return tuple(shape)


def _is_batched(images):
    if len(images.shape) not in (3, 4):
        raise ValueError(
            "Expected the image to be rank 3 (height, width, channels), or 4 for a batch. "
            f"Received: data.shape={tuple(images.shape)}"
        )
    return len(images.shape) == 4


def _alone(transform, x, transformation, training):
    """Apply `transform`, which expects a batch, to one example."""
    outputs = transform(ops.expand_dims(x, 0), transformation=transformation, training=training)
    return ops.squeeze(outputs, 0)
