import numpy as np
import tensorflow as tf
import tensorflow.keras.backend as K
from tensorflow.keras.layers import Conv2D, Input
from tensorflow.keras.models import Model


def dice_coef(y_true, y_pred, smooth=1.):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2. * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)


def dice_coef_loss(y_true, y_pred):
    return 1 - dice_coef(y_true, y_pred)


def recall_m(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible_positives = K.sum(K.round(K.clip(y_true, 0, 1)))
    return true_positives / (possible_positives + K.epsilon())


def root_mean_squared_error(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))


tf.keras.utils.set_random_seed(69)
images = np.random.rand(60, 8, 8, 1).astype(np.float32)
masks = (images > 0.6).astype(np.float32)
inputs = Input((8, 8, 1))
h = Conv2D(6, 3, activation='relu', padding='same')(inputs)
outputs = Conv2D(1, 1, activation='sigmoid')(h)
model = Model(inputs, outputs)
model.compile(optimizer='adam', loss=dice_coef_loss, metrics=[dice_coef, recall_m, root_mean_squared_error])
history = model.fit(images, masks, batch_size=10, epochs=4, verbose=2)

a = K.constant([[1., 2.], [3., 4.]])
print(K.eval(K.dot(a, K.transpose(a))), K.int_shape(a), K.ndim(a), K.dtype(a), K.floatx())
print(K.get_value(K.softmax(a)), K.image_data_format())
K.clear_session()
