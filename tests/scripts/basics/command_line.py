"""Trains a small classifier; everything can be set from the command line."""
import argparse
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--hidden", type=int, nargs="+", default=[16, 8])
    parser.add_argument("--seed", type=int, default=123)
    return parser.parse_args()


def load_data(seed):
    rng = np.random.RandomState(seed)
    centers = rng.normal(scale=3, size=(3, 4))
    labels = rng.randint(0, 3, size=240)
    return (centers[labels] + rng.normal(size=(240, 4))).astype(np.float32), labels


def main():
    args = parse_args()
    tf.keras.utils.set_random_seed(args.seed)
    x, y = load_data(args.seed)
    model = tf.keras.Sequential([tf.keras.layers.Dense(n, activation="relu") for n in args.hidden])
    model.add(tf.keras.layers.Dense(3))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=args.learning_rate),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(x, y, epochs=args.epochs, batch_size=args.batch_size, verbose=2)
    loss, accuracy = model.evaluate(x, y, verbose=0)
    print("loss={:.4f} accuracy={:.4f}".format(loss, accuracy))


if __name__ == "__main__":
    main()
