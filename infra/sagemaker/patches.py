"""A classifier on patches: a single layer under a logistic regression, trained in seconds on one processor.

A. Coates, H. Lee, A. Ng, An Analysis of Single-Layer Networks in Unsupervised Feature Learning (2011): how much a place
of an image is like a whitened patch is a feature. They clustered patches; A. Coates, A. Ng, The Importance of Encoding
Versus Training with Sparse Coding and Vector Quantization (2011), find that patches picked by chance do about as well,
and that is what is done here. They averaged over the fields of a grid; here it is the largest response in each (Y.
Boureau, J. Ponce, Y. LeCun, A Theoretical Analysis of Feature Pooling in Visual Recognition, 2010), whatever its sign:
it is the same wherever in the field a thing is, and whether it is dark on light or light on dark.
"""

import warnings

import numpy
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from network import Layers, normalised

PATCH, STRIDE = 16, 3
# What the whitening is measured on, and the filters are picked from.
PATCHES = 10_000
# Added to a patch's variance before it is divided by its root: what is even stays faint.
EVEN = 0.1
# Of the largest variance, added to each before it is divided by its root: what is fainter is noise, and is not raised.
WHITENED_FROM = 0.03
# Rows and columns of the grid in whose fields responses are pooled: 1 is wherever in the image.
GRIDS = (1, 2)
STRENGTHS = (0.03, 0.3, 3.0)
ITERATIONS_MAX, TOLERANCE = 100, 1e-3
# Places of images that are looked at in one go.
PLACES_AT_ONCE = 10_000


class Patches:
    """Filters, and what is made of their responses."""

    def __init__(self, images, count, seed):
        self.filters = filters(images, count, seed)
        self.places = (images.shape[1] - PATCH) // STRIDE + 1

    def features(self, images):
        """By grid, a row for each image: filter by filter the largest response in each field."""
        at_once = max(1, PLACES_AT_ONCE // self.places**2)
        pooled = [self.pooled(images[at : at + at_once]) for at in range(0, len(images), at_once)]
        return {grid: numpy.concatenate([some[grid] for some in pooled]) for grid in GRIDS}

    def pooled(self, images):
        windows = sliding_window_view(normalised(images), (PATCH, PATCH), (2, 3))[:, :, ::STRIDE, ::STRIDE]
        rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, self.filters.shape[1])
        responses = abs(rows @ self.filters.T).reshape(len(images), self.places, self.places, -1)
        return {grid: largest(responses, grid, self.places // grid) for grid in GRIDS}

    def layers(self, grid):
        """The same as the first layers of a network."""
        weights, field = self.filters.reshape(-1, 3, PATCH, PATCH), self.places // grid
        layers = Layers().add("Conv", weights, kernel_shape=[PATCH, PATCH], strides=[STRIDE, STRIDE]).add("Abs")
        return layers.add("MaxPool", kernel_shape=[field, field], strides=[field, field]).add("Flatten")


def largest(responses, grid, field):
    whole = responses[:, : grid * field, : grid * field]
    fields = whole.reshape(len(whole), grid, field, grid, field, -1)
    return fields.max(axis=(2, 4)).transpose(0, 3, 1, 2).reshape(len(whole), -1)


def filters(images, count, seed):
    """Weights, a row each, that whiten a patch and compare it with one that was picked."""
    chance, edge = numpy.random.default_rng(seed), images.shape[1]
    which = chance.integers(len(images), size=PATCHES)
    corners = chance.integers(edge - PATCH + 1, size=(PATCHES, 2))
    cut = numpy.stack([images[at, y : y + PATCH, x : x + PATCH] for at, (y, x) in zip(which, corners)])
    patches = normalised(cut).reshape(PATCHES, -1)
    patches -= patches.mean(axis=1, keepdims=True)
    variance = patches.var(axis=1)
    patches /= numpy.sqrt(variance + EVEN)[:, None]
    variances, axes = numpy.linalg.eigh(patches.T @ patches / PATCHES)
    # Of images of one flat colour all variances are 0, some less by rounding.
    raised = numpy.maximum(variances, 0) + WHITENED_FROM * variances.max() + 1e-6
    whitening = axes / numpy.sqrt(raised) @ axes.T
    # Of the livelier half: there is nothing to see in the others.
    picked = patches[chance.permutation(numpy.argsort(-variance)[: PATCHES // 2])[:count]] @ whitening
    weights = picked / (numpy.linalg.norm(picked, axis=1, keepdims=True) + 1e-6) @ whitening
    # What a patch has on average does not count, so that a filter responds to differences alone.
    return (weights - weights.mean(axis=1, keepdims=True)).astype(numpy.float32)


def varied(images, turns):
    """Each image and its mirror image, where `turns` is 4 in all quarter turns; all images one way, then the next."""
    both = (images, images[:, :, ::-1])
    return numpy.concatenate([numpy.rot90(one, turn, axes=(1, 2)) for one in both for turn in range(turns)])


# On a machine that is busy, threads of linear algebra wait for each other for longer than they save.
@threadpool_limits.wrap(limits=1)
def train(train_set, validation_set, classes, given):
    """The network; what was chosen, by the loss of the validation split, without one a middle; and what it answers."""
    patches = Patches(train_set.pixels, given.filters, given.seed)
    seen = patches.features(varied(train_set.pixels, given.turns))
    numbers = numpy.tile(train_set.numbers, 2 * given.turns)
    if len(validation_set):
        shown = patches.features(validation_set.pixels)
        fitted = [(grid, Regression(seen[grid], numbers, strength)) for grid in GRIDS for strength in STRENGTHS]
        grid, best = min(fitted, key=lambda one: one[1].loss(shown[one[0]], validation_set.numbers))
    else:
        grid, best = GRIDS[0], Regression(seen[GRIDS[0]], numbers, STRENGTHS[len(STRENGTHS) // 2])
    network = patches.layers(grid).add("Gemm", *best.folded(len(classes)), transB=1).add("Softmax", axis=1)
    chosen = {"grid": grid, "strength": best.fitted.C}

    def answers(images):
        return best.probabilities(patches.features(images)[grid], len(classes))

    return network.model(given.edge, "probabilities", len(classes)), chosen, answers


class Regression:
    """A logistic regression of features that are standardised for it."""

    def __init__(self, features, numbers, strength):
        # What hardly differs is not raised: it would be rounding that is told apart.
        self.mean, self.spread = features.mean(axis=0), numpy.maximum(features.std(axis=0), 1e-3)
        self.fitted = LogisticRegression(C=strength, max_iter=ITERATIONS_MAX, tol=TOLERANCE)
        with warnings.catch_warnings():
            # Stopping early is as good a bound as the strength is.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.fitted.fit((features - self.mean) / self.spread, numbers)

    def loss(self, features, numbers):
        """Of images of the classes that were learned: finer than how many are right, where there are few."""
        known = numpy.isin(numbers, self.fitted.classes_)
        if not known.any():
            return 0.0
        told = self.fitted.predict_proba((features[known] - self.mean) / self.spread)
        return log_loss(numbers[known], told, labels=self.fitted.classes_)

    def probabilities(self, features, classes):
        told = numpy.zeros((len(features), classes))
        told[:, self.fitted.classes_] = self.fitted.predict_proba((features - self.mean) / self.spread)
        return told

    def folded(self, classes):
        """Weights and biases by class number, of features as they are. Of two classes scikit-learn keeps those of the
        second alone; what no image of the split shows is never answered."""
        weights, biases = self.fitted.coef_, self.fitted.intercept_
        if len(self.fitted.classes_) == 2:
            weights, biases = numpy.concatenate([-weights, weights]) / 2, numpy.concatenate([-biases, biases]) / 2
        weights = weights / self.spread
        of_all = numpy.zeros((classes, weights.shape[1])), numpy.full(classes, -1e4)
        of_all[0][self.fitted.classes_], of_all[1][self.fitted.classes_] = weights, biases - weights @ self.mean
        return of_all
