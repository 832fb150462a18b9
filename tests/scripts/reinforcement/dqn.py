"""Deep Q-learning on a little corridor: go right to the goal."""
import random
from collections import deque

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam

SEED = 100
random.seed(SEED)
np.random.seed(SEED)
tf.random.set_seed(SEED)


class Corridor:
    length = 6

    def reset(self):
        self.place = 0
        return self.state()

    def state(self):
        return np.eye(self.length)[[self.place]]

    def step(self, action):
        self.place = max(0, min(self.length - 1, self.place + (1 if action == 1 else -1)))
        done = self.place == self.length - 1
        return self.state(), 1.0 if done else -0.1, done


class DQNAgent:
    def __init__(self, state_size, action_size):
        self.action_size = action_size
        self.memory = deque(maxlen=200)
        self.gamma, self.epsilon, self.epsilon_min, self.epsilon_decay = 0.95, 1.0, 0.05, 0.9
        self.model = Sequential()
        self.model.add(Dense(16, input_dim=state_size, activation='relu'))
        self.model.add(Dense(16, activation='relu'))
        self.model.add(Dense(action_size, activation='linear'))
        self.model.compile(loss='mse', optimizer=Adam(learning_rate=0.01))

    def act(self, state):
        if np.random.rand() <= self.epsilon:
            return random.randrange(self.action_size)
        return int(np.argmax(self.model.predict(state, verbose=0)[0]))

    def replay(self, batch_size):
        minibatch = random.sample(self.memory, batch_size)
        states = np.vstack([m[0] for m in minibatch])
        next_states = np.vstack([m[3] for m in minibatch])
        targets = self.model.predict_on_batch(states)
        future = self.model.predict_on_batch(next_states).max(axis=1)
        for i, (_, action, reward, _, done) in enumerate(minibatch):
            targets[i, action] = reward if done else reward + self.gamma * future[i]
        loss = self.model.train_on_batch(states, targets)
        self.epsilon = max(self.epsilon_min, self.epsilon * self.epsilon_decay)
        return loss


env, agent = Corridor(), DQNAgent(6, 2)
for episode in range(6):
    state, total, loss = env.reset(), 0, None
    for time in range(20):
        action = agent.act(state)
        next_state, reward, done = env.step(action)
        agent.memory.append((state, action, reward, next_state, done))
        state, total = next_state, total + reward
        if len(agent.memory) > 16:
            loss = agent.replay(16)
        if done:
            break
    print("episode: {}, steps: {}, reward: {:.1f}, loss: {}, e: {:.2}".format(
        episode, time + 1, total, None if loss is None else round(float(loss), 5), agent.epsilon))
print(agent.model.predict(np.eye(6), verbose=0).argmax(axis=1))
