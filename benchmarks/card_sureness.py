"""Fits how sure the card detector is: `scanapp.detectors.card_network.SURENESS`, for a locator trained anew.

    python benchmarks/card_sureness.py [--samples 1500] [--seed 97] [--cache FOLDER]

Held-out faces (the sixteenth of ``scanapp lab data faces`` that training never shows) in scenes of the training's
kind go through the shipped locator. A logistic regression (Newton's method, with a little weight decay) of "a card
is there and its corners are within 5 % of its diagonal" on what the network says gives the four numbers; the second
half of the scenes tells how good they are: recall and false cards at the detector's threshold. Needs the lab extra
and its cache.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

try:
    import torch  # noqa: F401
except ImportError:
    raise SystemExit("this script needs the lab extra: pip install -e '.[lab]'") from None
from common import Report, parser, quiet_threads
from numpy.typing import NDArray

from scanapp.detectors.card_decode import decode
from scanapp.detectors.card_network import SURENESS
from scanapp.inference import open_model
from scanapp.lab.backgrounds_cache import open_backgrounds
from scanapp.lab.cache import cache_folder
from scanapp.lab.composites import Composer
from scanapp.lab.faces_cache import FacesCache
from scanapp.lab.tasks.card_locator import SHAPES

RIGHT = 0.05
DECAY = 1e-2
Floats = NDArray[np.float64]


def main() -> None:
    """Fit on one half, judge on the other."""
    arguments = parser(__doc__)
    arguments.add_argument("--samples", type=int, default=1500)
    arguments.add_argument("--seed", type=int, default=97)
    arguments.add_argument("--cache", default="", help="folder with faces and backgrounds")
    options = arguments.parse_args()
    quiet_threads()
    report = Report("card_sureness")
    rows = np.array(list(evidence(options.cache, options.samples, options.seed)))
    features, right, card = rows[:, :4], rows[:, 4], rows[:, 5]
    half = len(rows) // 2
    fitted = regression(features[:half], right[:half])
    report.say(f"SURENESS = ({', '.join(f'{value:.3f}' for value in fitted)})")
    table = []
    right, card = right[half:] > 0, card[half:] > 0
    for name, weights in (("shipped", np.array(SURENESS)), ("fitted", fitted)):
        sure = features[half:] @ weights > 0
        table.append(
            {
                "weights": name,
                "right and sure %": 100 * float((sure & right).sum() / max(1, card.sum())),
                "sure, of scenes without a card %": 100 * float(sure[~card].mean()),
                "wrong corners among sure cards %": 100 * float((~right)[sure & card].mean()),
            }
        )
    report.table(f"{len(rows) - half} scenes that were not fitted on", table)
    report.write(options.json)


def evidence(cache: str, count: int, seed: int) -> Iterator[tuple[float, ...]]:
    """For each scene: the four features, whether the corners are right, whether a card is there."""
    folder = cache_folder(cache)
    composer = Composer(FacesCache.open(folder / "faces"), open_backgrounds(folder / "backgrounds"), held_out=True)
    session = open_model("card_locator")
    for index in range(count):
        sample = composer.sample(np.random.default_rng((seed, index)), *SHAPES[index % len(SHAPES)])
        answer = session.run({"image": sample.image[None, None].astype(np.float32) / np.float32(255)})
        found = decode(answer["corners"][0], answer["mask"][0, 0])
        if found is None:
            continue
        right = sample.quad is not None and error(found.quad, sample.quad) < RIGHT
        logs = (float(np.log(value + 1e-3)) for value in (found.certainty, found.agreement))
        yield float(answer["score"][0, 0]), *logs, 1.0, float(right), float(sample.quad is not None)


def error(found: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Mean corner distance over the diagonal, any corner first."""
    diagonal = float(np.linalg.norm(truth[2:] - truth[:2], axis=1).mean())
    turned = (np.roll(found, turn, axis=0) for turn in range(4))
    return min(float(np.linalg.norm(one - truth, axis=1).mean()) for one in turned) / diagonal


def regression(features: Floats, right: Floats) -> Floats:
    """Logistic regression by Newton's method."""
    weights = np.zeros(features.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (right - chance) - DECAY * weights
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + DECAY * np.eye(len(weights))
        weights += np.linalg.solve(curve, slope)
    return weights


if __name__ == "__main__":
    main()
