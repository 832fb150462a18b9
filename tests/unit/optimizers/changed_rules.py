"""Optimizers with another formula: each as one with a `rule`, and as one with an `update_step`, which must agree.

The changed formula goes up the gradient: where an optimizer would make w of the weights, it makes 2·w_before − w.
"""

import minikeras as keras
from minikeras.kernels.factored_rule import FactoredRule
from minikeras.kernels.registry import subroutine
from minikeras.kernels.scaled_rule import ScaledRule
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers import adadelta, adafactor, adagrad, adam, adamax, ftrl, lamb, lion, nadam, rmsprop, sgd
from minikeras.optimizers import schedule_free_adamw as schedule_free
from minikeras.optimizers.rule_updates import takes_rows

sgd_formula = subroutine(sgd.sgd.formula)
momentum_formula = subroutine(sgd.sgd_momentum.formula)
nesterov_formula = subroutine(sgd.sgd_nesterov.formula)
rmsprop_formula = subroutine(rmsprop.rmsprop.formula)
rmsprop_momentum_formula = subroutine(rmsprop.rmsprop_momentum.formula)
centered_formula = subroutine(rmsprop.rmsprop_centered.formula)
adam_formula = subroutine(adam.adam.formula)
amsgrad_formula = subroutine(adam.adam_amsgrad.formula)
adamax_formula = subroutine(adamax.adamax.formula)
nadam_formula = subroutine(nadam.nadam.formula)
adagrad_formula = subroutine(adagrad.adagrad.formula)
adadelta_formula = subroutine(adadelta.adadelta.formula)
ftrl_formula = subroutine(ftrl.ftrl.formula)
lion_formula = subroutine(lion.lion.formula)
schedule_free_formula = subroutine(schedule_free.schedule_free_adamw.formula)


@update_rule(slots=0, unread="nothing")
def up_sgd(w, g, learning_rate):
    (new_w,) = sgd_formula(w, g, learning_rate)
    return (w + w - new_w,)


@update_rule(slots=1)
def up_momentum(w, step, m, learning_rate, momentum):
    new_w, m = momentum_formula(w, step, m, learning_rate, momentum)
    return w + w - new_w, m


@update_rule(slots=1)
def up_nesterov(w, step, m, learning_rate, momentum):
    new_w, m = nesterov_formula(w, step, m, learning_rate, momentum)
    return w + w - new_w, m


@update_rule(slots=1, unread="slots")
def up_rmsprop(w, g, share, v, learning_rate, rho, one_minus_rho, epsilon):
    new_w, v = rmsprop_formula(w, g, share, v, learning_rate, rho, one_minus_rho, epsilon)
    return w + w - new_w, v


@update_rule(slots=2)
def up_rmsprop_momentum(w, g, share, v, m, learning_rate, rho, one_minus_rho, epsilon, momentum):
    new_w, v, m = rmsprop_momentum_formula(w, g, share, v, m, learning_rate, rho, one_minus_rho, epsilon, momentum)
    return w + w - new_w, v, m


@update_rule(slots=2)
def up_centered(w, g, share, v, a, learning_rate, rho, one_minus_rho, epsilon):
    new_w, v, a = centered_formula(w, g, share, v, a, learning_rate, rho, one_minus_rho, epsilon)
    return w + w - new_w, v, a


@update_rule(slots=2)
def up_adam(w, g, square, m, v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon):
    new_w, m, v = adam_formula(w, g, square, m, v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon)
    return w + w - new_w, m, v


@update_rule(slots=3)
def up_amsgrad(w, g, square, m, v, largest_v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon):
    new_w, m, v, largest_v = amsgrad_formula(
        w, g, square, m, v, largest_v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon
    )
    return w + w - new_w, m, v, largest_v


@update_rule(slots=2)
def up_adamax(w, g, size, m, u, learning_rate, one_minus_beta_1, beta_2, correction, epsilon):
    new_w, m, u = adamax_formula(w, g, size, m, u, learning_rate, one_minus_beta_1, beta_2, correction, epsilon)
    return w + w - new_w, m, u


@update_rule(slots=2)
def up_nadam(w, g, square, m, v, lr, rate_1, rate_2, next_mu, one_minus_mu, for_m, for_g, for_v, epsilon):
    new_w, m, v = nadam_formula(
        w, g, square, m, v, lr, rate_1, rate_2, next_mu, one_minus_mu, for_m, for_g, for_v, epsilon
    )
    return w + w - new_w, m, v


@update_rule(slots=1, unread="nothing")
def up_adagrad(w, g, square, a, learning_rate, epsilon):
    new_w, a = adagrad_formula(w, g, square, a, learning_rate, epsilon)
    return w + w - new_w, a


@update_rule(slots=2)
def up_adadelta(w, g, share, a, b, learning_rate, rho, one_minus_rho, epsilon):
    new_w, a, b = adadelta_formula(w, g, share, a, b, learning_rate, rho, one_minus_rho, epsilon)
    return w + w - new_w, a, b


@update_rule(slots=2)
def up_ftrl(w, g, square, a, z, learning_rate, l1, shrinkage, l2):
    new_w, a, z = ftrl_formula(w, g, square, a, z, learning_rate, l1, shrinkage, l2)
    return w + w - new_w, a, z


@update_rule(slots=2, compiled=False)
def up_ftrl_of_power(w, g, square, a, z, learning_rate, l1, shrinkage, l2, power):
    new_w, a, z = ftrl.ftrl_of_power.formula(w, g, square, a, z, learning_rate, l1, shrinkage, l2, power)
    return 2 * w - new_w, a, z


@update_rule(slots=1)
def up_lion(w, g, m, learning_rate, beta_1, one_minus_beta_1, beta_2, one_minus_beta_2):
    new_w, m = lion_formula(w, g, m, learning_rate, beta_1, one_minus_beta_1, beta_2, one_minus_beta_2)
    return w + w - new_w, m


@update_rule(slots=2)
def up_schedule_free(y, g, square, z, v, lr, beta_1, one_minus_beta_1, one_minus_beta_2, for_v, epsilon, c, rest):
    new_y, z, v = schedule_free_formula(
        y, g, square, z, v, lr, beta_1, one_minus_beta_1, one_minus_beta_2, for_v, epsilon, c, rest
    )
    return y + y - new_y, z, v


def up_lamb_scale(w_size, u_size, learning_rate):
    return -lamb_scale(w_size, u_size, learning_rate)


def up_adafactor_scale(w_size, u_size, rho, epsilon_2, clip_threshold):
    return -adafactor_scale(w_size, u_size, rho, epsilon_2, clip_threshold)


lamb_scale = subroutine(lamb.lamb_scale)
adafactor_scale = subroutine(adafactor.adafactor_scale)
up_lamb = ScaledRule("up_lamb", lamb.lamb_direction, up_lamb_scale)
up_adafactor = FactoredRule(
    "up_adafactor",
    adafactor.adafactor_squares,
    adafactor.adafactor_moved,
    adafactor.adafactor_moment,
    adafactor.adafactor_direction,
    up_adafactor_scale,
)

RULES = {  # name: (class of `keras.optimizers`, its arguments, the changed formula; None for one without a rule)
    "SGD": ("SGD", {"learning_rate": 0.05}, up_sgd),
    "momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}, up_momentum),
    "nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}, up_nesterov),
    "RMSprop": ("RMSprop", {"learning_rate": 0.01}, up_rmsprop),
    "RMSprop with momentum": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.9}, up_rmsprop_momentum),
    "RMSprop, centered": ("RMSprop", {"learning_rate": 0.01, "centered": True}, up_centered),
    "Adam": ("Adam", {"learning_rate": 0.01}, up_adam),
    "amsgrad": ("Adam", {"learning_rate": 0.01, "amsgrad": True}, up_amsgrad),
    "AdamW": ("AdamW", {"learning_rate": 0.01}, up_adam),
    "Adamax": ("Adamax", {"learning_rate": 0.01}, up_adamax),
    "Nadam": ("Nadam", {"learning_rate": 0.01}, up_nadam),
    "Adagrad": ("Adagrad", {"learning_rate": 0.05}, up_adagrad),
    "Adadelta": ("Adadelta", {"learning_rate": 1.0}, up_adadelta),
    "Ftrl": ("Ftrl", {"learning_rate": 0.05}, up_ftrl),
    "Ftrl of another power": ("Ftrl", {"learning_rate": 0.05, "learning_rate_power": -0.7}, up_ftrl_of_power),
    "Lion": ("Lion", {"learning_rate": 0.01}, up_lion),
    "ScheduleFreeAdamW": ("ScheduleFreeAdamW", {"learning_rate": 0.01}, up_schedule_free),
    "Lamb": ("Lamb", {"learning_rate": 0.01}, up_lamb),
    "Adafactor": ("Adafactor", {"learning_rate": 0.01}, up_adafactor),
}
SUMMED = ("Lamb", "Adafactor")  # their steps are made of sums, which jobs add up in another order


def class_of(name):
    """The optimizer's class as it is."""
    return getattr(keras.optimizers, RULES[name][0])


def with_rule(name):
    """A subclass of an optimizer whose `rule` is the changed formula."""
    return type("Up", (class_of(name),), {"rule": RULES[name][2]})


def with_update_step(name):
    """A subclass of an optimizer whose `update_step` does what the changed formula does."""

    @takes_rows
    def update_step(self, gradient, variable, learning_rate):
        before = variable.numpy().copy()
        super(cls, self).update_step(gradient, variable, learning_rate)
        variable.assign(before + before - variable.numpy())

    cls = type("Up", (class_of(name),), {"update_step": update_step})
    return cls
