"""Members of models that Keras 3 removed, and what to write instead, for the errors of older scripts."""

REMOVED = {
    "fit_generator": "`model.fit` takes generators.",
    "evaluate_generator": "`model.evaluate` takes generators.",
    "predict_generator": "`model.predict` takes generators.",
    "predict_proba": "`model.predict` gives the probabilities.",
    "predict_classes": "Use `model.predict(x).argmax(axis=-1)`, or `model.predict(x) > 0.5` for a single sigmoid unit.",
    "to_yaml": "Use `model.to_json()`.",
    "model": "A Sequential model is the model itself.",
    "updates": "What layers update, they update in their `call`.",
    "state_updates": "What layers update, they update in their `call`.",
    "get_updates_for": "What layers update, they update in their `call`.",
    "get_losses_for": "Use `model.losses`.",
    "sample_weight_mode": "The shape of the sample weights says what they mean.",
    "_make_predict_function": "`predict` makes what it needs by itself.",
}


def missing_member(model, name):
    """The AttributeError for a member that Keras 3 removed."""
    return AttributeError(
        f"{type(model).__name__!r} object has no attribute {name!r} (Keras 3 removed it). {REMOVED[name]}", name=name
    )
