def dense(x, kernel, bias):
    return x @ kernel + bias


def dense_gradients(x, kernel, dy):
    return dy @ kernel.T, x.T @ dy, dy.sum(axis=0)
