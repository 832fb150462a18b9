"""`LogitsDistillation`: the student's final outputs against the teacher's, softened by a temperature."""

from minikeras import tree
from minikeras.distillation.distillation_loss import LossesOfOutputs


class LogitsDistillation(LossesOfOutputs):
    """Σ mean(loss(teacher / T, student / T)) over the outputs.

    As in Keras the outputs are divided only: for probabilities, let the models end in softmax, or use a loss with
    `from_logits=True`.

    Args:
        temperature: T, positive; the higher, the softer. 3 to 5 are usual.
        loss: see `LossesOfOutputs`.
    """

    def __init__(self, temperature=3.0, loss="kl_divergence"):
        if not isinstance(temperature, (int, float)):
            raise ValueError(f"`temperature` must be a number. Received: temperature={temperature!r}")
        if temperature <= 0:
            raise ValueError(f"`temperature` must be positive. Received: temperature={temperature}")
        super().__init__(loss)
        self.temperature = temperature

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        def softened(outputs):
            return tree.map_structure(lambda x: x / self.temperature, outputs)

        return self.mean_loss(softened(teacher_outputs), softened(student_outputs))

    def get_config(self):
        return {"temperature": self.temperature, **super().get_config()}
