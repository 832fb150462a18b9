import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(64)
POSITIVE_CLASS = 2
BAG_SIZE = 3


def create_bags(input_data, input_labels, positive_class, bag_count, instance_count):
    bags, bag_labels = [], []
    count = 0
    for _ in range(bag_count):
        index = np.random.choice(input_data.shape[0], instance_count, replace=False)
        instances_data, instances_labels = input_data[index], input_labels[index]
        bag_label = 0
        if positive_class in instances_labels:
            bag_label = 1
            count += 1
        bags.append(instances_data)
        bag_labels.append(np.array([bag_label]))
    print(f"Positive bags: {count}")
    print(f"Negative bags: {bag_count - count}")
    return (list(np.swapaxes(bags, 0, 1)), np.array(bag_labels))


class MILAttentionLayer(layers.Layer):
    """Implementation of the attention-based Deep MIL layer."""

    def __init__(self, weight_params_dim, kernel_initializer="glorot_uniform", kernel_regularizer=None, use_gated=False, **kwargs):
        super().__init__(**kwargs)
        self.weight_params_dim = weight_params_dim
        self.use_gated = use_gated
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.v_init = self.kernel_initializer
        self.w_init = self.kernel_initializer
        self.u_init = self.kernel_initializer

    def build(self, input_shape):
        input_dim = input_shape[0][1]
        self.v_weight_params = self.add_weight(
            shape=(input_dim, self.weight_params_dim), initializer=self.v_init, name="v", regularizer=self.kernel_regularizer, trainable=True)
        self.w_weight_params = self.add_weight(
            shape=(self.weight_params_dim, 1), initializer=self.w_init, name="w", regularizer=self.kernel_regularizer, trainable=True)
        if self.use_gated:
            self.u_weight_params = self.add_weight(
                shape=(input_dim, self.weight_params_dim), initializer=self.u_init, name="u", regularizer=self.kernel_regularizer, trainable=True)
        else:
            self.u_weight_params = None
        self.input_built = True

    def call(self, inputs):
        # Assigning variables from the number of inputs.
        instances = [self.compute_attention_scores(instance) for instance in inputs]
        # Stack instances into a single tensor, apply softmax over them.
        instances = keras.ops.stack(instances)
        alpha = keras.ops.softmax(instances, axis=0)
        return [alpha[i] for i in range(alpha.shape[0])]

    def compute_attention_scores(self, instance):
        original_instance = instance
        instance = keras.ops.tanh(keras.ops.tensordot(instance, self.v_weight_params, axes=1))
        if self.use_gated:
            instance = instance * keras.ops.sigmoid(keras.ops.tensordot(original_instance, self.u_weight_params, axes=1))
        return keras.ops.tensordot(instance, self.w_weight_params, axes=1)


labels = np.random.randint(0, 6, 300)
prototypes = np.random.rand(6, 6, 6)
data = (prototypes[labels] + 0.2 * np.random.randn(300, 6, 6)).astype("float32")
train_data, train_labels = create_bags(data[:200], labels[:200], POSITIVE_CLASS, 160, BAG_SIZE)
val_data, val_labels = create_bags(data[200:], labels[200:], POSITIVE_CLASS, 48, BAG_SIZE)


def create_model(instance_shape):
    inputs, embeddings = [], []
    shared_dense_layer_1 = layers.Dense(32, activation="relu")
    shared_dense_layer_2 = layers.Dense(16, activation="relu")
    for _ in range(BAG_SIZE):
        inp = layers.Input(instance_shape)
        flatten = layers.Flatten()(inp)
        embeddings.append(shared_dense_layer_2(shared_dense_layer_1(flatten)))
        inputs.append(inp)
    alpha = MILAttentionLayer(
        weight_params_dim=16, kernel_regularizer=keras.regularizers.L2(0.01), use_gated=True, name="alpha")(embeddings)
    multiply_layers = [layers.multiply([alpha[i], embeddings[i]]) for i in range(len(alpha))]
    concat = layers.concatenate(multiply_layers, axis=1)
    output = layers.Dense(2, activation="softmax")(concat)
    return keras.Model(inputs, output)


def compute_class_weights(labels):
    negative_count, positive_count = len(np.where(labels == 0)[0]), len(np.where(labels == 1)[0])
    total_count = negative_count + positive_count
    return {0: (1 / negative_count) * (total_count / 2), 1: (1 / positive_count) * (total_count / 2)}


model = create_model((6, 6))
print(model.summary())
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    train_data, train_labels, validation_data=(val_data, val_labels), epochs=5, batch_size=16,
    class_weight=compute_class_weights(train_labels), verbose=2,
    callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, mode="min")])
intermediate_model = keras.Model(model.input, model.get_layer("alpha").output)
weights = np.squeeze(np.swapaxes(intermediate_model.predict(val_data, verbose=0), 1, 0))
print(weights.shape, weights[:3].round(3), weights.sum(axis=1).round(3)[:3])
