"""`tf.edit_distance`. (The algorithm: `minikeras/compat/tensorflow/arrays/edit_distance.py`.)"""

from minikeras.compat.tensorflow.arrays import edit_distance as below

__all__ = ["edit_distance"]


def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """The minimum number of insertions, deletions and replacements that turn one sequence into the other."""
    return below.edit_distance(hypothesis, truth, normalize)
