"""`TimeseriesGenerator`: windows over a long series, each with the target that follows it."""

# ruff: noqa: NPY002 — Keras draws from NumPy's global generator

import json

import numpy as np

from minikeras.data import PyDataset

__all__ = ["TimeseriesGenerator"]


class TimeseriesGenerator(PyDataset):
    """Batches of (data[i − length : i : sampling_rate], targets[i]) for i from start_index + length to end_index.

    Args:
        data: array or list with the time steps along the first axis.
        targets: one for each step.
        length: steps in a window.
        sampling_rate: every n-th step of a window is kept.
        stride: steps from one window to the next.
        start_index, end_index: the first and the last step to use; None for the last step of the data.
        shuffle: whether to draw the windows of each batch at random, with replacement.
        reverse: whether windows run backwards in time.
        batch_size: windows in a batch.

    Raises:
        ValueError: data and targets of different lengths, or too few steps for one window.
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if len(data) != len(targets):
            raise ValueError(
                "TimeseriesGenerator needs a target for each time step. "
                f"Received: {len(data)} steps of data, {len(targets)} targets"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length  # the first step that has a whole window before it
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index + length` must not be greater than `end_index`, or no window fits. Received: "
                f"start_index={start_index}, length={length}, end_index={self.end_index}"
            )

    def __len__(self):
        steps_in_batch = self.batch_size * self.stride
        return (self.end_index - self.start_index + steps_in_batch) // steps_in_batch

    def __getitem__(self, index):
        if self.shuffle:
            ends = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + index * self.batch_size * self.stride
            ends = range(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        windows = np.array([self.data[end - self.length : end : self.sampling_rate] for end in ends])
        targets = np.array([self.targets[end] for end in ends])
        return (windows[:, ::-1] if self.reverse else windows), targets

    def get_config(self):
        """All settings, and the data as JSON texts."""
        settings = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return {
            "data": json.dumps(np.asarray(self.data).tolist()),
            "targets": json.dumps(np.asarray(self.targets).tolist()),
            **{name: getattr(self, name) for name in settings},
        }

    def to_json(self, **kwargs):
        """The generator with its data as a JSON text.

        Args:
            **kwargs: passed to `json.dumps`.
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)
