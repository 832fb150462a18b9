"""`diagnose`: runs all diagnoses on a model and its data."""

from typing import NamedTuple

from minikeras.base.messages import print_message
from minikeras.tools.diagnosis import data_diagnoses, learning_rate_diagnosis, loss_diagnoses, network_diagnoses
from minikeras.tools.diagnosis.evidence import Evidence

DIAGNOSES = [*loss_diagnoses.ALL, *data_diagnoses.ALL, *network_diagnoses.ALL, *learning_rate_diagnosis.ALL]
"""Functions from an `Evidence` to one sentence with the fix, or None."""
# Diagnoses that explain other symptoms, which are then left out.
EXPLAINS = {
    "loss_not_finite": ("learning_rate_far_off", "labels_unrelated_to_inputs", "constant_predictions"),
    "logits_as_probabilities": ("initial_loss", "learning_rate_far_off", "constant_predictions"),
    "pixels_not_scaled": ("initial_loss", "learning_rate_far_off", "dead_relus", "exploding_gradients"),
    "dead_relus": ("constant_predictions", "vanishing_gradients"),
    "labels_out_of_range": ("learning_rate_far_off",),
    "exploding_gradients": ("initial_loss", "learning_rate_far_off"),
    "initial_loss": ("learning_rate_far_off",),
}


class Diagnosis(NamedTuple):
    """A finding: the name of the diagnosis, and one sentence with the fix."""

    name: str
    sentence: str

    def __str__(self):
        return f"{self.name.replace('_', ' ')}: {self.sentence}"


def examine(evidence, diagnoses=DIAGNOSES, strict=False):
    """The list of `Diagnosis` that an `Evidence` supports; empty when all is well.

    Args:
        diagnoses: the functions to run.
        strict: whether to raise errors of diagnoses, for tests; otherwise a diagnosis that fails reports nothing.
    """
    found = {}
    for diagnosis in diagnoses:
        sentence = diagnosis(evidence) if strict else _sentence(diagnosis, evidence)
        if sentence is not None:
            found[diagnosis.__name__] = sentence
    explained = {symptom for name in found for symptom in EXPLAINS.get(name, ())}
    return [Diagnosis(name, sentence) for name, sentence in found.items() if name not in explained]


def _sentence(diagnosis, evidence):
    try:
        return diagnosis(evidence)
    except Exception:  # the data and model are the user's, in any form
        return None


def diagnose(model, x, y=None, *, validation_data=None, validation_split=0.0, batch_size=None, class_weight=None,
             shuffle=True, verbose=1):  # fmt: skip
    """See `Model.diagnose`."""
    iterations = getattr(model.optimizer, "iterations", None)
    evidence = Evidence(
        model, x, y, validation_data, validation_split, batch_size, class_weight, shuffle,
        trained=iterations is not None and int(iterations) > 0,
    )  # fmt: skip
    found = examine(evidence)
    for diagnosis in found if verbose else ():
        print_message(str(diagnosis))
    return found
