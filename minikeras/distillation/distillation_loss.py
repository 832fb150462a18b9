"""`DistillationLoss`, how far a student's outputs are from its teacher's: the base of the losses of a `Distiller`."""

from minikeras import losses, ops, tree
from minikeras.base.limits import reads_config
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class DistillationLoss:
    """Base class: override `compute_loss`, and the checks if the loss has its own requirements."""

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The loss, a scalar, of outputs (or features) of the two models on one batch."""
        raise NotImplementedError(f"{type(self).__name__} must define `compute_loss`.")

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Check the outputs of the two models, tensors or symbolic tensors.

        Raises:
            ValueError: their structures differ.
        """
        tree.assert_same_structure(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher, student):
        """Check the two models when a `Distiller` is made. Raises a ValueError if they do not go together."""


class LossesOfOutputs(DistillationLoss):
    """Base class: a Keras loss of the student's outputs, with the teacher's as labels.

    Args:
        loss: its name, function or object; or several in the structure of the outputs, with None for outputs to ignore.
    """

    def __init__(self, loss):
        self.loss = tree.map_structure(losses.get, loss)
        if all(x is None for x in tree.flatten(self.loss)):
            raise ValueError(f"`loss` of {type(self).__name__} needs at least one loss. Received: loss={loss}")

    def validate_outputs(self, teacher_outputs, student_outputs):
        super().validate_outputs(teacher_outputs, student_outputs)
        tree.assert_same_structure(self.loss, teacher_outputs)

    def mean_loss(self, teacher_outputs, student_outputs):
        """The sum over the outputs of the mean of each loss."""
        tree.assert_same_structure(self.loss, teacher_outputs)
        tree.assert_same_structure(self.loss, student_outputs)
        parts = zip(*map(tree.flatten, (self.loss, teacher_outputs, student_outputs)), strict=True)
        return sum(ops.mean(loss(teacher, student)) for loss, teacher, student in parts if loss is not None)

    def get_config(self):
        return {"loss": tree.map_structure(serialize_keras_object, self.loss)}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """The loss of a config."""
        return cls(**{**config, "loss": _deserialized(config["loss"])})


def _deserialized(loss):
    """Losses from their configs: a dict with a class name is one loss, any other dict holds several."""
    if isinstance(loss, (list, tuple)):
        return [_deserialized(item) for item in loss]
    if isinstance(loss, dict) and "class_name" not in loss:
        return {key: _deserialized(item) for key, item in loss.items()}
    return deserialize_keras_object(loss) if isinstance(loss, dict) else loss
