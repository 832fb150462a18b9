"""Targets of scikit-learn in the form that models are trained with, and back."""

import numpy as np


class TargetReshaper:
    """(n_samples,) as (n_samples, 1), and back."""

    def fit(self, y):
        """Remember the number of axes of targets."""
        self.ndim_ = y.ndim
        return self

    def transform(self, y):
        """Targets with two axes at least."""
        return y.reshape(-1, 1) if y.ndim == 1 else y

    def inverse_transform(self, y):
        """Predictions with the number of axes of the targets."""
        return np.squeeze(y, axis=1) if self.ndim_ == 1 and y.ndim == 2 else y


class ClassEncoder:
    """Classes (n_samples,) as one-hot vectors (n_samples, n_classes), float64, and back."""

    def fit(self, y):
        """Remember the classes, in ascending order."""
        self.classes_ = np.unique(y)
        return self

    def transform(self, y):
        """One-hot vectors."""
        return (y.reshape(-1, 1) == self.classes_).astype(np.float64)

    def inverse_transform(self, y):
        """The class with the largest value of each vector."""
        return self.classes_[np.argmax(y, axis=1)]
