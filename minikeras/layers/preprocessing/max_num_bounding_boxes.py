"""`MaxNumBoundingBoxes`: the same number of bounding boxes for every image."""

from minikeras import ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.preprocessing.image_layer import ImageLayer


class MaxNumBoundingBoxes(ImageLayer):
    """Truncates the boxes and labels of each image, or pads them with `fill_value`, to `max_number`.

    Args:
        max_number: of boxes.
        fill_value: integer. As in Keras, it is not part of the config.
    """

    moves_pixels = False

    def __init__(self, max_number, fill_value=-1, **kwargs):
        super().__init__(**kwargs)
        self.max_number = int(max_number)
        self.fill_value = int(fill_value)

    def transform_images(self, images, transformation=None, training=True):
        return images

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        number, fill_value = self.max_number, self.fill_value  # as if none were there, so that no length decides
        boxes = ops.pad(bounding_boxes["boxes"], [[0, 0], [0, number], [0, 0]], constant_values=fill_value)
        labels = ops.pad(bounding_boxes["labels"], [[0, 0], [0, number]], constant_values=fill_value)
        return {**bounding_boxes, "boxes": boxes[:, :number], "labels": labels[:, :number]}

    def compute_output_shape(self, input_shape):
        if not isinstance(input_shape, dict) or "bounding_boxes" not in input_shape:
            return input_shape
        shapes = input_shape["bounding_boxes"]
        if set(shapes) - {"boxes", "labels"}:
            raise KeyError(f"'bounding_boxes' has the entries 'boxes' and 'labels' only. Received: {sorted(shapes)}")
        shapes = {key: [shape[0], self.max_number, *shape[2:]] for key, shape in shapes.items()}
        return {**input_shape, "bounding_boxes": shapes}

    def _boxes_spec(self, bounding_boxes):
        specs = super()._boxes_spec(bounding_boxes)
        lead = tuple(specs["boxes"].shape[:-2])
        boxes, labels = (*lead, self.max_number, 4), (*lead, self.max_number)
        return {"boxes": KerasTensor(boxes, "float32"), "labels": KerasTensor(labels, specs["labels"].dtype)}

    def get_config(self):
        return {key: value for key, value in super().get_config().items() if key != "fill_value"}
