import os
import tempfile

import numpy as np
import pandas as pd
from keras.callbacks import EarlyStopping
from keras.layers import Dense, Dropout, BatchNormalization
from keras.models import Sequential
from keras.optimizers import Adam
from keras.utils import set_random_seed

set_random_seed(1912)
rng = np.random.RandomState(1)
n = 300
df = pd.DataFrame({
    "PassengerId": np.arange(1, n + 1),
    "Pclass": rng.choice([1, 2, 3], n, p=[0.25, 0.2, 0.55]),
    "Sex": rng.choice(["male", "female"], n, p=[0.65, 0.35]),
    "Age": np.where(rng.rand(n) < 0.2, np.nan, rng.randint(1, 75, n)),
    "SibSp": rng.poisson(0.5, n),
    "Fare": rng.lognormal(3, 1, n).round(2),
    "Embarked": rng.choice(["S", "C", "Q"], n),
})
df["Survived"] = ((df["Sex"] == "female") * 2.0 - df["Pclass"] * 0.6 + rng.normal(size=n) * 0.5 > -0.6).astype(int)
train, test = df[:220].copy(), df[220:].drop(columns="Survived").copy()

for d in (train, test):
    d["Age"] = d["Age"].fillna(train["Age"].median())
    d["Sex"] = d["Sex"].map({"male": 0, "female": 1})
    d["FamilySize"] = d["SibSp"] + 1
    d["IsAlone"] = (d["FamilySize"] == 1).astype(int)
train = pd.get_dummies(train, columns=["Embarked"], dtype=float)
test = pd.get_dummies(test, columns=["Embarked"], dtype=float)

features = [c for c in train.columns if c not in ("PassengerId", "Survived")]
X, y = train[features].astype("float32"), train["Survived"]
X_test = test[features].astype("float32")
mean, std = X.mean(), X.std()
X, X_test = (X - mean) / std, (X_test - mean) / std

model = Sequential()
model.add(Dense(units=32, activation="relu", kernel_initializer="uniform", input_dim=X.shape[1]))
model.add(BatchNormalization())
model.add(Dropout(0.2))
model.add(Dense(16, activation="relu", kernel_initializer="uniform"))
model.add(Dense(1, activation="sigmoid", kernel_initializer="uniform"))
model.compile(optimizer=Adam(learning_rate=0.01, beta_1=0.9, beta_2=0.999), loss="binary_crossentropy",
              metrics=["accuracy", "AUC"])
counts = y.value_counts()
history = model.fit(X, y, batch_size=32, epochs=10, validation_split=0.2, verbose=2,
                    class_weight={0: 1.0, 1: counts[0] / counts[1]},
                    callbacks=[EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True)])
print(pd.DataFrame(history.history).iloc[-1].sort_index().round(3).to_string())
scores = model.evaluate(X, y, verbose=0)
print("%s: %.2f%%" % (model.metrics_names[0], scores[0] * 100))
y_pred = (model.predict(X_test, verbose=0) > 0.5).astype(int).reshape(X_test.shape[0])
output = pd.DataFrame({"PassengerId": test["PassengerId"], "Survived": y_pred})
path = os.path.join(tempfile.mkdtemp(), "prediction_submission.csv")
output.to_csv(path, index=False)
print(pd.read_csv(path)["Survived"].sum(), "of", len(output), "survive")
