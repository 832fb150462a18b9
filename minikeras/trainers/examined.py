"""`Examined`: the methods of models that find mistakes, which `minikeras/tools/diagnosis/` implements."""

from contextlib import nullcontext


class Examined:
    """Mixin of `Trainer`: `diagnose`, `why_differs`."""

    def diagnose(
        self,
        x,
        y=None,
        *,
        validation_data=None,
        validation_split=0.0,
        batch_size=None,
        class_weight=None,
        shuffle=True,
        verbose=1,
    ):
        """Look for typical mistakes in the model, its `compile` arguments and its data; print a sentence for each.

        Nothing is printed when all is well. Weights, seeds and the optimizer are restored afterwards.

        Args:
            x, y, validation_data, validation_split, batch_size, class_weight, shuffle: arrays and settings as in `fit`;
                samples beyond the first 512 are only looked at where it takes no computation by the model.
            verbose: 0 to print nothing.

        Returns:
            A list of `Diagnosis`, named tuples (name, sentence).
        """
        self._require_compiled("diagnose")
        return _diagnosis().diagnose(
            self,
            x,
            y,
            validation_data=validation_data,
            validation_split=validation_split,
            batch_size=batch_size,
            class_weight=class_weight,
            shuffle=shuffle,
            verbose=verbose,
        )

    def why_differs(self, x, y, *, batch_size=32, shuffle=True, sample_weight=None, class_weight=None):
        """Why the loss that `fit` prints differs from that of `evaluate` on the same data.

        One epoch is trained from the current state, and the state is restored afterwards.

        Args:
            x, y, batch_size, sample_weight, class_weight: arrays and settings as for `fit`. `evaluate` gets no weights.
            shuffle: whether the epoch's rows come in a different order than those of `evaluate`.

        Returns:
            A `LossGap`, which prints as a table: both losses, and parts that add up to their difference.

        Raises:
            ValueError: the model has a `train_step` of its own.
        """
        self._require_compiled("why_differs")
        return _diagnosis().loss_gap(self, x, y, batch_size, shuffle, sample_weight, class_weight)


def anomalies_detected(wanted, data):
    """The context of a `fit(detect_anomaly=wanted)` on the data of an adapter."""
    if not wanted:
        return nullcontext()
    return _diagnosis().detect_anomaly(getattr(data, "parts", None))


def _diagnosis():
    from minikeras.tools.diagnosis import public  # here: few programs need it

    return public
