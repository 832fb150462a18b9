import numpy as np
from tensorflow.keras import models
from tensorflow.keras import layers
import tensorflow as tf

tf.keras.utils.set_random_seed(404)
rng = np.random.RandomState(9)
train_data = rng.lognormal(size=(120, 13))
train_targets = 20 + 4 * np.log(train_data[:, 2]) - 3 * np.log(train_data[:, 5]) + rng.normal(size=120)
test_data, test_targets = train_data[100:], train_targets[100:]
train_data, train_targets = train_data[:100], train_targets[:100]

mean = train_data.mean(axis=0)
train_data -= mean
std = train_data.std(axis=0)
train_data /= std
test_data -= mean
test_data /= std


def build_model():
    # Because we will need to instantiate
    # the same model multiple times,
    # we use a function to construct it.
    model = models.Sequential()
    model.add(layers.Dense(32, activation='relu', input_shape=(train_data.shape[1],)))
    model.add(layers.Dense(32, activation='relu'))
    model.add(layers.Dense(1))
    model.compile(optimizer='rmsprop', loss='mse', metrics=['mae'])
    return model


k = 4
num_val_samples = len(train_data) // k
num_epochs = 6
all_mae_histories = []
all_scores = []
for i in range(k):
    print('processing fold #', i)
    # Prepare the validation data: data from partition # k
    val_data = train_data[i * num_val_samples: (i + 1) * num_val_samples]
    val_targets = train_targets[i * num_val_samples: (i + 1) * num_val_samples]

    # Prepare the training data: data from all other partitions
    partial_train_data = np.concatenate(
        [train_data[:i * num_val_samples],
         train_data[(i + 1) * num_val_samples:]],
        axis=0)
    partial_train_targets = np.concatenate(
        [train_targets[:i * num_val_samples],
         train_targets[(i + 1) * num_val_samples:]],
        axis=0)

    # Build the Keras model (already compiled)
    model = build_model()
    # Train the model (in silent mode, verbose=0)
    history = model.fit(partial_train_data, partial_train_targets,
                        validation_data=(val_data, val_targets),
                        epochs=num_epochs, batch_size=5, verbose=0)
    mae_history = history.history['val_mae']
    all_mae_histories.append(mae_history)
    val_mse, val_mae = model.evaluate(val_data, val_targets, verbose=0)
    all_scores.append(val_mae)

print(np.round(all_scores, 4), np.mean(all_scores).round(4))
average_mae_history = [np.mean([x[i] for x in all_mae_histories]) for i in range(num_epochs)]


def smooth_curve(points, factor=0.9):
    smoothed_points = []
    for point in points:
        if smoothed_points:
            previous = smoothed_points[-1]
            smoothed_points.append(previous * factor + point * (1 - factor))
        else:
            smoothed_points.append(point)
    return smoothed_points


print(np.round(smooth_curve(average_mae_history), 4))

# the same architecture for every fold, by cloning
template = build_model()
for i in range(2):
    model = models.clone_model(template)
    model.compile(optimizer='rmsprop', loss='mse', metrics=['mae'])
    model.set_weights(template.get_weights())
    model.fit(train_data[i::2], train_targets[i::2], epochs=3, batch_size=16, verbose=0)
    test_mse_score, test_mae_score = model.evaluate(test_data, test_targets, verbose=0)
    print('half', i, round(test_mse_score, 4), round(test_mae_score, 4))
