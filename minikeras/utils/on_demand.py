"""The functions of `tools/diagnosis/` that models and `keras.utils` offer: loaded when one of them is called."""


def diagnosis():
    """The module with `diagnose`, `loss_gap`, `detect_anomaly` and `gradcheck`."""
    from minikeras.tools.diagnosis import public  # here: most programs never need it

    return public
