"""`FeatureDistillation`: compares the output of a layer of the student with that of a layer of the teacher."""

from minikeras.distillation.distillation_loss import LossesOfOutputs


class FeatureDistillation(LossesOfOutputs):
    """Σ mean(loss(features of the teacher, features of the student)) over a layer's outputs.

    Args:
        loss: see `LossesOfOutputs`. "cosine_similarity" compares directions.
        teacher_layer_name, student_layer_name: the layers; the models' final outputs if None.
    """

    def __init__(self, loss="mse", teacher_layer_name=None, student_layer_name=None):
        super().__init__(loss)
        self.teacher_layer_name, self.student_layer_name = teacher_layer_name, student_layer_name

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        return self.mean_loss(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher, student):
        """Raise a ValueError if a named layer does not exist, or cannot be reached in a subclassed model."""
        for role, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is None:
                continue
            if not getattr(model, "inputs", None):
                raise ValueError(
                    f"`{role}_layer_name` needs a functional or Sequential model, in which the layer's output can be "
                    f"found. Received: {type(model).__name__} '{model.name}'. Leave the names out, or define "
                    "`compute_loss` in a `DistillationLoss` of your own."
                )
            if name not in [layer.name for layer in model.layers]:
                raise ValueError(
                    f"The {role} '{model.name}' has no layer '{name}'. Its layers: {[x.name for x in model.layers]}"
                )

    def get_config(self):
        names = {"teacher_layer_name": self.teacher_layer_name, "student_layer_name": self.student_layer_name}
        return {**super().get_config(), **names}
