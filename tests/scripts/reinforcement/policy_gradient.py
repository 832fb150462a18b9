import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(101)
env = np.random.RandomState(101)
eps = np.finfo(np.float32).eps.item()
num_inputs, num_actions, num_hidden, gamma = 3, 2, 16, 0.9

inputs = keras.layers.Input(shape=(num_inputs,))
common = keras.layers.Dense(num_hidden, activation="relu")(inputs)
action = keras.layers.Dense(num_actions, activation="softmax")(common)
critic = keras.layers.Dense(1)(common)
model = keras.Model(inputs=inputs, outputs=[action, critic])
optimizer = keras.optimizers.Adam(learning_rate=0.01)
huber_loss = keras.losses.Huber()
running_reward = 0

for episode in range(6):
    episode_reward = 0
    action_probs_history, critic_value_history, rewards_history = [], [], []
    with tf.GradientTape() as tape:
        for timestep in range(12):
            state = env.normal(size=num_inputs)
            state_tensor = tf.convert_to_tensor(state, dtype=tf.float32)
            state_tensor = tf.expand_dims(state_tensor, 0)
            action_probs, critic_value = model(state_tensor)
            critic_value_history.append(critic_value[0, 0])
            probabilities = np.squeeze(action_probs).astype("float64")
            chosen = int(env.rand() > probabilities[0] / probabilities.sum())
            action_probs_history.append(tf.math.log(action_probs[0, chosen]))
            reward = float((state[0] > 0) == (chosen == 1))
            rewards_history.append(reward)
            episode_reward += reward
        running_reward = 0.05 * episode_reward + (1 - 0.05) * running_reward
        returns, discounted_sum = [], 0
        for r in rewards_history[::-1]:
            discounted_sum = r + gamma * discounted_sum
            returns.insert(0, discounted_sum)
        returns = np.array(returns)
        returns = (returns - np.mean(returns)) / (np.std(returns) + eps)
        actor_losses, critic_losses = [], []
        for log_prob, value, ret in zip(action_probs_history, critic_value_history, returns.tolist()):
            actor_losses.append(-log_prob * (ret - value))
            critic_losses.append(huber_loss(tf.expand_dims(value, 0), tf.expand_dims(ret, 0)))
        loss_value = sum(actor_losses) + sum(critic_losses)
    grads = tape.gradient(loss_value, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    print("episode {}: reward {:.1f}, running reward {:.3f}, loss {:.4f}".format(
        episode, episode_reward, running_reward, float(loss_value)))
