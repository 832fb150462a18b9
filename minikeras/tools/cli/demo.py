"""Train a small convolutional network on 1437 handwritten digits, and test it on 360 others.

It uses only the public API, as a user would: load the data, build and compile a model, fit, evaluate, predict. The data
is part of the package, so no network connection is needed.
"""

from minikeras import datasets, layers, models, utils
from minikeras.base.messages import print_message
from minikeras.tools.cli import demo_picture

PICTURE = "minikeras_demo.png"
DARKEST = 16  # the digits' pixels go from 0 to 16
SHOWN = 8


def add_arguments(parser):
    """The arguments of `python -m minikeras demo`."""
    parser.add_argument("--epochs", type=int, default=15, help="passes over the training data (default: 15)")
    parser.add_argument("--seed", type=int, default=42, help="of the random numbers; the same seed gives the same run")
    parser.add_argument("--picture", default=PICTURE, help=f"file for the picture (default: {PICTURE}); '' for none")


def run(arguments):
    """Train, test and show. Returns the exit status 0."""
    utils.set_random_seed(arguments.seed)
    (x_train, y_train), (x_test, y_test) = load_digits()
    model = build_model()
    model.summary()
    print_message(f"\nTraining on {len(x_train)} digits, a tenth of them set aside for validation:")
    history = model.fit(x_train, y_train, epochs=arguments.epochs, validation_split=0.1)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print_message(f"\nOn {len(x_test)} digits that it has never seen: accuracy {accuracy:.2%}, loss {loss:.4f}")
    y_pred = model.predict(x_test, verbose=0).argmax(axis=-1)
    show_in_terminal(x_test, y_test, y_pred)
    if arguments.picture:
        draw_picture(arguments.picture, history.history, x_test, y_test, y_pred)
    return 0


def load_digits():
    """The digits as float32 images (n, 8, 8, 1) from 0 to 1, and their labels."""
    (x_train, y_train), (x_test, y_test) = datasets.digits.load_data()
    x_train, x_test = (x[..., None].astype("float32") / DARKEST for x in (x_train, x_test))
    return (x_train, y_train), (x_test, y_test)


def build_model():
    """Two convolutions with a pooling between them, and one dense layer on top: 18346 weights."""
    model = models.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(48, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def show_in_terminal(x, y, y_pred):
    """Print the first digits, and those mistaken for others, with the network's answers."""
    wrong = (y != y_pred).nonzero()[0]
    print_message(f"\nThe first {SHOWN}, and what the network reads:")
    print_message(demo_picture.side_by_side(x[:SHOWN, ..., 0], [str(digit) for digit in y_pred[:SHOWN]]))
    if len(wrong):
        print_message(f"\nIts mistakes, {len(wrong)} of {len(y)} (read → meant):")
        chosen = wrong[:SHOWN]
        captions = [f"{y_pred[i]} → {y[i]}" for i in chosen]
        print_message(demo_picture.side_by_side(x[chosen, ..., 0], captions))


def draw_picture(path, history, x, y, y_pred):
    """Save the learning curves and the mistakes as a picture, if matplotlib is installed."""
    try:
        demo_picture.draw(path, history, x, y, y_pred)
    except ImportError:
        print_message("\nWith matplotlib (python -m pip install matplotlib) there would be a picture as well.")
    else:
        print_message(f"\nLearning curves and mistakes are drawn in {path}")
