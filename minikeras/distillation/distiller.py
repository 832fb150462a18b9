"""`Distiller`: a model that trains a student with the help of its teacher."""

from minikeras import losses, metrics, ops, tree
from minikeras.base.limits import reads_config
from minikeras.distillation.feature_distillation import FeatureDistillation
from minikeras.models import Functional, Model
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Distiller(Model):
    """loss = w · student loss + (1 − w) · Σ weight · distillation loss.

    The student loss compares the student's outputs with the labels, the others with the frozen teacher's outputs.
    As in Keras, sample weights count in the metrics only, and the student's regularization not at all.

    Args:
        teacher: a trained model. It is frozen.
        student: the model to train, with inputs and outputs of the same shapes and dtypes. Its outputs are those of the
            Distiller.
        distillation_losses: a `DistillationLoss`, or several.
        distillation_loss_weights: the weight of each; 1 if None.
        student_loss_weight: w, 0 … 1.
        name: of the Distiller.

    Raises:
        ValueError: an argument is not a model, the two do not go together, or a weight is missing or out of range.
    """

    def __init__(
        self,
        teacher,
        student,
        distillation_losses,
        distillation_loss_weights=None,
        student_loss_weight=0.5,
        name="distiller",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        _check_models(teacher, student)
        self.teacher, self.student = teacher, student
        self.student_loss_weight = _checked_weight(student_loss_weight)
        self.distillation_losses = _as_list(distillation_losses)
        self.distillation_loss_weights = _checked_weights(distillation_loss_weights, self.distillation_losses)
        for loss in self.distillation_losses:
            loss.validate_model_compatibility(teacher, student)
        self.teacher.trainable = False
        of_features = [loss for loss in self.distillation_losses if isinstance(loss, FeatureDistillation)]
        self._teacher_features = _with_features(teacher, [loss.teacher_layer_name for loss in of_features])
        self._student_features = _with_features(student, [loss.student_layer_name for loss in of_features])
        self.student_loss_tracker = metrics.Mean(name="student_loss")
        self.distillation_loss_tracker = metrics.Mean(name="distillation_loss")
        self.total_loss_tracker = metrics.Mean(name="total_loss")

    def compile(self, optimizer="adam", loss=None, metrics=None, **kwargs):
        """See `Model.compile`. `loss` is the student's, and required."""
        if loss is None:
            raise ValueError("The student needs a loss to be compared with the labels. Received: loss=None")
        self._student_loss = tree.map_structure(losses.get, loss)
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def call(self, inputs, training=None, **kwargs):
        """The student's outputs."""
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss of a batch; the metrics `student_loss` and `distillation_loss` follow its parts."""
        w = self.student_loss_weight
        student_loss = self._loss_of_student(y, y_pred) if w > 0 else 0.0
        distillation_loss = self._loss_of_distillation(x, y_pred, training) if w < 1 else 0.0
        total = w * student_loss + (1 - w) * distillation_loss
        self.student_loss_tracker.update_state(student_loss)
        self.distillation_loss_tracker.update_state(distillation_loss)
        self.total_loss_tracker.update_state(total)
        return total

    def _loss_of_student(self, y, y_pred):
        each = [tree.flatten(values) for values in (self._student_loss, y, y_pred)]
        if len({len(values) for values in each}) > 1:
            raise ValueError(
                f"The student '{self.student.name}' needs a loss and labels for each output. Received: {len(each[0])} "
                f"losses, {len(each[1])} arrays of labels and {len(each[2])} outputs"
            )
        return sum(ops.mean(loss(labels, outputs)) for loss, labels, outputs in zip(*each, strict=True))

    def _loss_of_distillation(self, x, y_pred, training):
        of_teacher, teacher_features = _outputs_and_features(self._teacher_features, self.teacher, x, False)
        student_features = None
        if self._student_features is not None:
            _, student_features = _outputs_and_features(self._student_features, self.student, x, training)
        total = 0.0
        for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights, strict=True):
            teacher_outputs, student_outputs = of_teacher, y_pred
            if isinstance(loss, FeatureDistillation):
                teacher_outputs = (teacher_features or {}).get(loss.teacher_layer_name, teacher_outputs)
                student_outputs = (student_features or {}).get(loss.student_layer_name, student_outputs)
            total = total + weight * loss.compute_loss(teacher_outputs, student_outputs)
        return total

    def get_config(self):
        return {
            **super().get_config(),
            "teacher": serialize_keras_object(self.teacher),
            "student": serialize_keras_object(self.student),
            "distillation_losses": [serialize_keras_object(loss) for loss in self.distillation_losses],
            "distillation_loss_weights": list(self.distillation_loss_weights),
            "student_loss_weight": self.student_loss_weight,
        }

    @classmethod
    @reads_config
    def from_config(cls, config):
        """The Distiller of a config."""
        read = {key: deserialize_keras_object(config[key]) for key in ("teacher", "student")}
        read["distillation_losses"] = [deserialize_keras_object(loss) for loss in config["distillation_losses"]]
        return cls(**{**config, **read})


def _check_models(teacher, student):
    for role, model in (("teacher", teacher), ("student", student)):
        if not isinstance(model, Model):
            raise ValueError(f"`{role}` must be a `keras.Model`. Received: {role}={model!r}")
    for end in ("inputs", "outputs"):
        a, b = getattr(teacher, end, None), getattr(student, end, None)
        if not a or not b:
            continue  # a subclassed model, whose shapes are known only once it is called
        for word in ("shape", "dtype"):
            of_teacher, of_student = ([getattr(x, word) for x in tree.flatten(tensors)] for tensors in (a, b))
            if of_teacher != of_student:
                raise ValueError(
                    f"The {end} of teacher and student must have the same {word}s. Received: {of_teacher} of teacher "
                    f"'{teacher.name}' and {of_student} of student '{student.name}'"
                )


def _checked_weight(weight):
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= 1:
        raise ValueError(f"`student_loss_weight` must be a number, 0 … 1. Received: student_loss_weight={weight!r}")
    return weight


def _as_list(distillation_losses):
    if distillation_losses is None:
        raise ValueError(
            "`distillation_losses` needs a loss, such as `keras.distillation.LogitsDistillation()`. Received: None"
        )
    return list(distillation_losses) if isinstance(distillation_losses, (list, tuple)) else [distillation_losses]


def _checked_weights(weights, distillation_losses):
    if weights is None:
        return [1.0] * len(distillation_losses)
    weights = list(weights) if isinstance(weights, (list, tuple)) else [weights]
    if len(weights) != len(distillation_losses):
        raise ValueError(
            f"`distillation_loss_weights` needs a weight for each loss. Received: {len(weights)} weights and "
            f"{len(distillation_losses)} losses"
        )
    return weights


def _with_features(model, names):
    """A model that also returns the outputs of the named layers, in a dict; None if no layer is named."""
    names = [name for name in dict.fromkeys(names) if name is not None]
    if not names:
        return None
    outputs = [model.outputs, {name: model.get_layer(name).output for name in names}]
    return Functional(model.inputs, outputs, name=f"{model.name}_multi_feature_extractor")


def _outputs_and_features(with_features, model, x, training):
    if with_features is None:
        return model(x, training=training), None
    outputs, features = with_features(x, training=training)
    return outputs[0] if len(outputs) == 1 else outputs, features
