def fit(train_step, test_loss, x, y, batch_size, orders, patience=None):
    history = {"loss": [], "val_loss": []}
    best, waited = float("inf"), 0
    for order in orders:
        total = 0.0
        for begin in range(0, len(x), batch_size):
            rows = order[begin : begin + batch_size]
            total += train_step(x[rows], y[rows]) * len(rows)
        history["loss"].append(total / len(x))
        history["val_loss"].append(test_loss())
        if history["val_loss"][-1] < best:
            best, waited = history["val_loss"][-1], 0
        else:
            waited += 1
        if patience is not None and waited >= patience:
            break
    return history
