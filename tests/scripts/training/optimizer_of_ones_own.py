"""An optimizer of one's own (Lion): with weight decay, averaged weights, accumulated gradients; saved and loaded."""
import os
import tempfile

import numpy as np
from tensorflow import keras


class Lion(keras.optimizers.Optimizer):
    def __init__(self, learning_rate=1e-3, beta_1=0.9, beta_2=0.99, name='own_lion', **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momentums = [self.add_variable_from_reference(v, name='momentum') for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        m = self.momentums[self._get_variable_index(variable)]
        step = keras.ops.sign(self.beta_1 * m + (1 - self.beta_1) * gradient)
        self.assign_sub(variable, keras.ops.cast(learning_rate, variable.dtype) * step)
        self.assign(m, self.beta_2 * m + (1 - self.beta_2) * gradient)

    def get_config(self):
        return {**super().get_config(), 'beta_1': self.beta_1, 'beta_2': self.beta_2}


rng = np.random.default_rng(0)
x = rng.normal(size=(40, 5)).astype('float32')
y = x @ np.arange(5, dtype='float32')[:, None]
for settings in (
    {'weight_decay': 0.01},
    {'use_ema': True, 'ema_momentum': 0.9, 'ema_overwrite_frequency': 4},
    {'gradient_accumulation_steps': 2, 'clipvalue': 0.5},
):
    keras.utils.set_random_seed(1)
    hidden = keras.layers.Dense(4, 'swish', kernel_regularizer=keras.regularizers.L1L2(1e-3, 1e-3))
    model = keras.Sequential([keras.Input((5,)), hidden, keras.layers.Dense(1, kernel_constraint='max_norm')])
    model.compile(Lion(0.02, **settings), 'mse', metrics=[keras.metrics.R2Score()])
    decay = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9)
    history = model.fit(x, y, epochs=3, batch_size=10, verbose=0, callbacks=[decay]).history
    print(sorted(settings), {key: np.round(values, 4).tolist() for key, values in sorted(history.items())})

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'model.keras')
    model.save(path)
    loaded = keras.models.load_model(path, custom_objects={'Lion': Lion})
print(type(loaded.optimizer).__name__, loaded.optimizer.get_config()['beta_2'])
print(np.allclose(loaded.optimizer.momentums[0], model.optimizer.momentums[0]))
print(np.round(loaded.evaluate(x, y, verbose=0), 4))
