"""`Examined`: the methods of models that find mistakes. What they do is in `minikeras/diagnosis/`."""


class Examined:
    """Mixin of `Trainer`: `diagnose`."""

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

        Nothing is printed when all is well. Weights, seeds and the optimizer are afterwards what they were.

        Args:
            x, y, validation_data, validation_split, batch_size, class_weight, shuffle: arrays and settings as in `fit`;
                samples beyond the first 512 are only looked at where it takes no computation by the model.
            verbose: 0 to print nothing.

        Returns:
            A list of `Diagnosis`, named tuples (name, sentence).
        """
        self._require_compiled("diagnose")
        from minikeras.diagnosis.examination import diagnose  # here: few programs need it

        return diagnose(
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
