"""`SingleBatches`: a step on one given batch, without epochs and callbacks."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data import adapter_for, only_batch
from minikeras.data.arrays import holds_numbers
from minikeras.trainers.logs import as_numbers
from minikeras.trainers.outputs import copied_output
from minikeras.trainers.ranks import ranks_of

WHOLE = 2**62  # a batch size that puts all the data into one batch


class SingleBatches:
    """Mixin of `Trainer`: `train_on_batch`, `test_on_batch`, `predict_on_batch`."""

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One training step on one batch; returns the loss and metrics of this batch alone."""
        self._require_compiled("train_on_batch")
        return self._on_batch("train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """One evaluation step on one batch; returns the loss and metrics of this batch alone."""
        self._require_compiled("test_on_batch")
        return self._on_batch("test", x, y, sample_weight, None, return_dict)

    def _on_batch(self, kind, x, y, sample_weight, class_weight, return_dict):
        if holds_numbers(sample_weight):
            sample_weight = np.asarray(sample_weight)  # the one argument that Keras takes as a list, here alone
        data = adapter_for(x, y, sample_weight, batch_size=WHOLE, class_weight=class_weight)
        data = ranks_of(self).divided(data, "The data of `train_on_batch` and `test_on_batch`")
        self.reset_metrics()
        batches = data.new_group()
        batches.append(next(iter(data.epoch())))
        step = self._next_step(kind, batches)
        if not step.done:
            with step:
                step.result = self.train_step(step.batch) if kind == "train" else self.test_step(step.batch)
        logs = as_numbers(step.result)
        return logs if return_dict else self._as_list(logs)

    def predict_on_batch(self, x):
        """The outputs for one batch, as NumPy arrays."""
        batch = only_batch(x, WHOLE)
        return self._predict_batch(next(iter(adapter_for(x, batch_size=WHOLE).epoch())) if batch is None else batch)

    def _predict_batch(self, batch):
        step = self._next_step("predict", (batch,))
        if not step.done:
            with step:
                step.result = self.predict_step(step.batch)
        outputs = step.result
        return np.array(outputs.array) if type(outputs) is Tensor else tree.map_structure(copied_output, outputs)
