"""`Embedder`: pictures of products to unit vectors, by the shipped network: what it sees, with the colours.

Vectors of different networks cannot be compared, so every vector is kept with the network's `version`: the start of
its file's SHA-256, and of how pictures are given to it.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from scanapp.catalog.colour import colours
from scanapp.catalog.picture import Picture, middle, squared
from scanapp.errors import ModelError
from scanapp.inference.store import ModelStore, open_model

MODEL = "product_embedder"
SIDE = 112
CLOSER = 0.75
"""Share of the sides that the second look takes: what is shown fills the middle, shelves and hands surround it."""
MANNER = "whole-and-middle-2"
"""Changes when pictures are prepared in another way: then old vectors are not comparable either."""

Vector = npt.NDArray[np.float32]


class Embedder:
    """The network behind one function. Cheap to construct; it opens at the first `embed`.

    threads  onnxruntime's threads
    store    where the models are; None: the shipped ones
    """

    def __init__(self, *, threads: int = 1, store: ModelStore | None = None) -> None:
        self._threads = threads
        self._store = store or ModelStore()
        entry = self._store.find(MODEL)
        self.version = hashlib.sha256(f"{entry.sha256} {MANNER}".encode()).hexdigest()[:16]

    def embed(self, picture: Picture, *, mirrored: bool = False, shades: Vector | None = None) -> Vector:
        """The unit vector (128,) float32 of a picture (H, W, 3) BGR: the mean of two looks, one of them closer.

        mirrored  with those of its mirror image: a reference is looked at both ways, it is worth the time once
        shades    its `colours`, where they are known already
        Raises ModelError.
        """
        views = [squared(picture, SIDE), squared(middle(picture, CLOSER), SIDE)]
        views += [view[:, ::-1] for view in views] if mirrored else []
        own = colours(picture) if shades is None else shades
        batch = np.stack(views).transpose(0, 3, 1, 2).astype(np.float32) / 255
        session = open_model(MODEL, threads=self._threads, store=self._store)
        vector = session.run({"picture": batch, "colours": np.repeat(own[None], len(views), 0)})["vector"].mean(0)
        length = float(np.linalg.norm(vector))
        if not length > 0:
            raise ModelError(f"model {MODEL}: gives no direction for a picture of {picture.shape}")
        return np.asarray(vector / length, np.float32)
