"""A classifier on learned patches: a single layer, trained by scikit-learn in seconds on one processor.

A. Coates, H. Lee, A. Ng, An Analysis of Single-Layer Networks in Unsupervised Feature Learning (2011): patches of the
images are whitened and clustered; how much a place of an image is like each centre is a feature. Here a feature is the
size of the response, whatever its sign, so that a dark shape on light is as good as a light one on dark; and each image
is learned from in its eight turns and reflections.
"""

import warnings

import numpy
from sklearn.cluster import MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from network import Layers, normalised, run

PATCH, STRIDE = 12, 2
PATCHES = 20_000
# Of the variance of patches: what is fainter is noise, and is not raised.
WHITENED_FROM = 0.1
# Rows and columns of the grid in each of whose fields features are averaged.
GRID = 3
STRENGTHS = (0.01, 0.03, 0.1)
ITERATIONS_MAX = 60


def turned(images):
    """Each image in its eight turns and reflections, those of all images after each other."""
    both = (images, images[:, :, ::-1])
    return numpy.concatenate([numpy.rot90(one, turns, axes=(1, 2)) for one in both for turns in range(4)])


def some_patches(images, chance):
    """Patches of anywhere in any image, a row each."""
    edge = images.shape[1]
    which = chance.integers(len(images), size=PATCHES)
    places = chance.integers(edge - PATCH + 1, size=(PATCHES, 2))
    cut = [images[at, y : y + PATCH, x : x + PATCH] for at, (y, x) in zip(which, places)]
    return normalised(numpy.stack(cut)).reshape(PATCHES, -1).astype(numpy.float64)


def filters(images, count, seed):
    """Weights [count, 3, PATCH, PATCH] and biases of a convolution that whitens patches and compares them."""
    patches = some_patches(images, numpy.random.default_rng(seed))
    mean = patches.mean(axis=0)
    variances, axes = numpy.linalg.eigh(numpy.cov((patches - mean).T))
    whitening = (axes / numpy.sqrt(variances + WHITENED_FROM)) @ axes.T
    white = (patches - mean) @ whitening
    white /= numpy.maximum(numpy.linalg.norm(white, axis=1, keepdims=True), 1e-6)
    centres = MiniBatchKMeans(count, random_state=seed, batch_size=2048, n_init=1, max_iter=20).fit(white).cluster_centers_
    weights = centres / numpy.linalg.norm(centres, axis=1, keepdims=True) @ whitening
    return weights.reshape(count, 3, PATCH, PATCH), -weights @ mean


def features(images, count, seed):
    """The layers that give an image's features, and how many they are."""
    weights, biases = filters(images, count, seed)
    places = (images.shape[1] - PATCH) // STRIDE + 1
    field = places // GRID
    layers = Layers().add("Conv", weights, biases, kernel_shape=[PATCH, PATCH], strides=[STRIDE, STRIDE]).add("Abs")
    layers.add("AveragePool", kernel_shape=[field, field], strides=[field, field]).add("Flatten")
    return layers, count * (places // field) ** 2


def train(train_set, validation_set, classes, given):
    """The network, and what was chosen by the validation split; without one the strength is the middle one."""
    edge = given.edge
    layers, count = features(train_set.pixels, given.filters, given.seed)
    extractor = layers.model(edge, "features", count)
    seen = run(extractor, turned(train_set.pixels))
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    seen, numbers = (seen - mean) / spread, numpy.tile(train_set.numbers, 8)
    if len(validation_set):
        shown = (run(extractor, validation_set.pixels) - mean) / spread
        fitted = [fit(seen, numbers, strength) for strength in STRENGTHS]
        best = max(fitted, key=lambda one: one.score(shown, validation_set.numbers))
    else:
        best = fit(seen, numbers, STRENGTHS[len(STRENGTHS) // 2])
    weights, biases = of_all_classes(best, len(classes))
    layers.add("Gemm", weights / spread, biases - weights @ (mean / spread), transB=1).add("Softmax", axis=1)
    return layers.model(edge, "probabilities", len(classes)), {"strength": best.C}


def fit(seen, numbers, strength):
    with warnings.catch_warnings():
        # Stopping early is as good a bound as the strength is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=ITERATIONS_MAX).fit(seen, numbers)


def of_all_classes(fitted, count):
    """Weights and biases by class number. Of two classes scikit-learn keeps those of the second alone; what no image of
    the split shows is never answered."""
    weights, biases = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:
        weights, biases = numpy.concatenate([-weights, weights]) / 2, numpy.concatenate([-biases, biases]) / 2
    of_all = numpy.zeros((count, weights.shape[1])), numpy.full(count, -1e4)
    of_all[0][fitted.classes_], of_all[1][fitted.classes_] = weights, biases
    return of_all
