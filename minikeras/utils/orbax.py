"""Checkpoints by Orbax, JAX's checkpoint library: folders of numbered steps (`pip install orbax-checkpoint`).

A step holds the "pytree", which is a model's state tree, and the "model_config", its architecture as JSON text. Keras
reads and writes the same.
"""

import os
from functools import partial

from minikeras.base.optional_packages import optional_module

orbax = partial(optional_module, "orbax.checkpoint.v1", "OrbaxCheckpoint", "orbax-checkpoint")


def open_checkpoints(folder, max_to_keep=None):
    """A `Checkpointer` for the steps in a folder.

    Args:
        folder: the folder, which is created if it does not exist.
        max_to_keep: how many of the latest steps are kept; None for all.
    """
    library = orbax()
    keep = None if max_to_keep is None else library.training.preservation_policies.LatestN(max_to_keep)
    return library.training.Checkpointer(
        directory=os.path.abspath(folder),  # the only paths it takes
        preservation_policy=keep,
        save_decision_policy=library.training.save_decision_policies.FixedIntervalPolicy(1),  # for any argument
    )


def is_orbax_checkpoint(path):
    """Whether a path is a folder of numbered steps."""
    return os.path.isdir(path) and any(
        name.isdigit() and os.path.isdir(os.path.join(path, name, "pytree")) for name in os.listdir(path)
    )


def read_checkpoint(folder, step=None, part="pytree"):
    """The saved state of a step: the nested dicts of arrays, or with `part="model_config"` the architecture as text.

    Args:
        folder: folder of steps.
        step: number of one; the latest if None.
        part: "pytree" or "model_config".

    Raises:
        ValueError: there is no such step, or it was saved without the part.
    """
    checkpoints = open_checkpoints(folder)
    try:
        known = [checkpoint.step for checkpoint in checkpoints.checkpoints]
        step = max(known, default=None) if step is None else step
        if step not in known:
            raise ValueError(f"No valid checkpoint found in {folder}. Received: step={step}. Existing steps: {known}")
        parts = sorted(checkpoints.checkpointables_metadata(step).metadata)
        if part not in parts:
            raise ValueError(
                f"The checkpoint {folder}/{step} does not contain {part!r}, only {parts}. "
                "It may have been saved with `save_weights_only=True`."
            )
        content = checkpoints.load_checkpointables(step, {part: None})[part]
    finally:
        checkpoints.close()
    return content["config"] if part == "model_config" else content
