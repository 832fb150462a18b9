import keras
import numpy as np
from keras.wrappers import SKLearnClassifier, SKLearnRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def dynamic_model(X, y, loss, layers=(10,), activation="softmax"):
    keras.utils.set_random_seed(3)
    inp = keras.layers.Input(shape=(X.shape[1],))
    hidden = inp
    for layer_size in layers:
        hidden = keras.layers.Dense(layer_size, activation="relu")(hidden)
    n_outputs = y.shape[1] if len(y.shape) > 1 else 1
    out = keras.layers.Dense(n_outputs, activation=activation)(hidden)
    model = keras.Model(inp, out)
    model.compile(loss=loss, optimizer="adam")
    return model


X, y = make_classification(n_samples=120, n_features=8, n_informative=5, n_classes=3, random_state=0)
est = SKLearnClassifier(model=dynamic_model, model_kwargs={"loss": "categorical_crossentropy", "layers": [20, 20]})
est.fit(X, y, epochs=5, batch_size=16, verbose=0)
print("classes:", est.classes_.tolist(), "accuracy:", round(est.score(X, y), 4))
print("outputs:", est.decision_function(X[:2]).round(3).tolist())

scores = cross_val_score(est, X, y, cv=3, params={"epochs": 5, "verbose": 0})
print("cross validation:", scores.round(4).tolist())

grid = GridSearchCV(
    est,
    {"model_kwargs": [{"loss": "categorical_crossentropy", "layers": [n]} for n in (4, 32)]},
    cv=2,
)
grid.fit(X, y, epochs=4, verbose=0)
print("best:", grid.best_params_["model_kwargs"]["layers"], round(grid.best_score_, 4))

X, y = make_regression(n_samples=100, n_features=6, noise=2.0, random_state=1)
reg = make_pipeline(
    StandardScaler(),
    SKLearnRegressor(model=dynamic_model, model_kwargs={"loss": "mse", "activation": None}),
)
reg.fit(X, y / y.std(), sklearnregressor__epochs=20, sklearnregressor__verbose=0)
print("r2:", round(reg.score(X, y / y.std()), 4), "predictions:", np.round(reg.predict(X[:3]), 3).tolist())
