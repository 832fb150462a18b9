"""Finds mistakes: where a NaN came from, what is wrong with a training, why two losses differ.

    anomaly_detection.py      the first op that made a NaN or infinity; its records are in step_record.py, the likely
    cause in
                    causes.py
    examination.py  `model.diagnose`: runs the diagnoses, each a small function in a file …_diagnoses.py
    loss_gap.py     `model.why_differs`: the parts of fit's loss minus evaluate's
    public.py       the functions that models and `keras.utils` offer

They watch by observers (`autodiff/observers.py`), so they cost nothing when off. `import minikeras` loads none of them.
"""
