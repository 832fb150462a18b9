"""`tf.edit_distance`. (The algorithm: `minikeras/tensors/sparse/edit_distance.py`.)"""

from minikeras.tensors.sparse import edit_distance as below

__all__ = ["edit_distance"]


def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """The minimum number of insertions, deletions and replacements that turn one sequence into the other."""
    return below.edit_distance(hypothesis, truth, normalize)
