"""The update rule of the paper, section 5, one parameter after the other, in float64."""

import numpy as np


class SgdByHand:
    def __init__(self, params, *, momentum, decay, first_layer):
        self.w = {at: np.array(value, np.float64) for at, value in params.items()}
        self.v = {at: np.zeros_like(value) for at, value in self.w.items()}
        self.momentum, self.decay, self.first_layer = momentum, decay, first_layer

    def step(self, gradients, weights_lr, biases_lr, first_layer_factor):
        """`decay` gives each (layer, kind) its weight decay; gradients likewise."""
        for layer, kind in self.w:
            at = layer, kind
            lr = weights_lr if kind == "kernel" else biases_lr
            if layer == self.first_layer:
                lr = lr * first_layer_factor
            if lr == 0:
                continue
            self.v[at] = (
                self.momentum * self.v[at]
                - self.decay[at] * lr * self.w[at]
                - lr * np.asarray(gradients[at], np.float64)
            )
            self.w[at] = self.w[at] + self.v[at]
