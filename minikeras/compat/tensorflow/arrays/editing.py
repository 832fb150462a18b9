"""`tf.edit_distance`. (The algorithm: `minikeras/sparse/edit_distance.py`.)"""

from minikeras.compat.tensorflow.named import named
from minikeras.sparse import edit_distance as below

__all__ = ["edit_distance"]


edit_distance = named(below.edit_distance)
