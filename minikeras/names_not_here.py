"""Public names of Keras that minikeras does not have, for error messages. Made by tests/parity."""

NAMES_NOT_HERE = {
    "keras": [
        "export",
    ],
    "keras.export": [
        "ExportArchive",
    ],
}
