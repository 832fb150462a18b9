"""Which operations of which layers run by NumPy inside plans, and why. All others run compiled."""

LOOP = "settings of the recurrent layer for which there is no fused kernel: the readable loop"
COLOURS = "nothing is trained in front of these layers, as a rule; TensorFlow has no gradient of them at all"
FEW = "a few numbers for each image of a batch"

SPECTRA = "the Fourier transform is NumPy's, and what surrounds it takes less time"

NOT_COMPILED = {
    "MelSpectrogram": {
        **dict.fromkeys(("Log10", "Pad", "Power", "RFFT", "Take"), SPECTRA),
        **{f"gradient of {op}": SPECTRA for op in ("Pad", "RFFT", "Take")},
    },
    "STFTSpectrogram": {"Arctan2": SPECTRA},
    "RandomRotation": {"Cos": FEW, "Sin": FEW},
    "RandomPerspective": {"Homography": FEW},
    "RandomErasing": {"Repeat": "a mask for each channel, as in Keras"},
    "RandomHue": {"gradient of ToHSV": COLOURS, "gradient of FromHSV": COLOURS},
    "RandomSaturation": {"gradient of ToHSV": COLOURS, "gradient of FromHSV": COLOURS},
    "RandomCrop": {"Take": FEW, "gradient of Take": FEW, "Add": FEW},
    "Resizing": {"Pad": "a border of a value other than 0"},
    "LSTM": {"LSTMLoop": LOOP, "gradient of LSTMLoop": LOOP},
    "GRU": {"GRULoop": LOOP, "gradient of GRULoop": LOOP},
}
