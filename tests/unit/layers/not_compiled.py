"""Which operations of which layers run by NumPy inside plans, and why. All others run compiled."""

WARP = "images are warped by the jobs of `kernels/`, which the op calls itself, with a matrix for each image"
LOOP = "settings of the recurrent layer for which there is no fused kernel: the readable loop"
FEW = "a few numbers for each image of a batch"

NOT_COMPILED = {
    "RandomRotation": {"Warp": WARP, "gradient of Warp": WARP, "Cos": FEW, "Sin": FEW},
    "RandomShear": {"Warp": WARP, "gradient of Warp": WARP},
    "RandomTranslation": {"Warp": WARP, "gradient of Warp": WARP},
    "RandomZoom": {"Warp": WARP, "gradient of Warp": WARP},
    "RandomCrop": {"Take": FEW, "gradient of Take": FEW, "Add": FEW},
    "Resizing": {"Pad": "a border of a value other than 0"},
    "LSTM": {"LSTMLoop": LOOP, "gradient of LSTMLoop": LOOP},
    "GRU": {"GRULoop": LOOP, "gradient of GRULoop": LOOP},
}
