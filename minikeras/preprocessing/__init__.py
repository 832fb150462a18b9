"""Preparation of data in the style of Keras 2: images changed at random, words as numbers, windows of series.

`tf.keras` still has it as `keras.preprocessing`. Keras 3 recommends `tf.data` and preprocessing layers instead.
"""

from minikeras.preprocessing import image, sequence, text

__all__ = ["image", "sequence", "text"]
