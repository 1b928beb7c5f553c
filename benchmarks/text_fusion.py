"""Text fusion over made views: what is confirmed, what of it is wrong, after how many looks.

    python benchmarks/text_fusion.py [--pages 12] [--seed 2]

Pages of random words, numbers and Chinese characters (16 to 30 px) are seen by a handheld camera: each view has its
own perspective, blur, motion blur in four views of ten, and noise; ``blur`` is the largest defocus sigma in pixels.
A page is looked at until its answer is settled, six times at most.

    right, wrong  lines of confirmed answers that are, are not, on the page (white space aside)
    single        the same for the first view alone, every line that the recogniser reports
"""

from __future__ import annotations

import argparse
import time

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scanapp.fonts import font
from scanapp.frame import Frame
from scanapp.fusion.text import TextFusion
from scanapp.recognizers.text import TextRecognizer
from scanapp.results import Answer, whole_view

VOCABULARY = (
    "Total Amount Receipt Platform Airport Service Serial Lot Expiry Storage below Keep dry Batch "
    "Model Voltage Made in Ltd Street Road XK-4071 8B 12.50 7.99 09:45 21:30 2026-11-08 +44 20 7946 "
    "0958 info@example.org"
)
WORDS = VOCABULARY.split()
CHINESE = list("入口出口营业时间请勿吸烟谢谢合作地铁南京东路消防通道禁止停车电话")
SIZE = (1280, 720)
LOOKS = 6

Gray = NDArray[np.uint8]


def main() -> None:
    """Print one row a level of blur."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    recognizer = TextRecognizer()
    recognizer.warm_up()
    print("blur  lines  right  wrong  single right  wrong  looks  CPU s a view  fusion ms a view")
    for blur in (0.8, 1.6, 2.4):
        measure(recognizer, blur, options.pages, np.random.default_rng(options.seed))


def measure(recognizer: TextRecognizer, blur: float, pages: int, rng: np.random.Generator) -> None:
    """One level of blur over ``pages`` pages."""
    lines = 0
    confirmed, single = np.zeros(2, dtype=int), np.zeros(2, dtype=int)
    looks: list[int] = []
    reading_s: list[float] = []
    fusion_s: list[float] = []
    for _ in range(pages):
        image, texts = page(rng)
        wanted = {"".join(text.split()) for text in texts}
        lines += len(texts)
        fusion, answer, look = TextFusion(), None, 0
        while look < LOOKS and not (answer is not None and answer.settled):
            frame = Frame.from_image(seen(image, blur, rng))
            start = time.process_time()
            readings = recognizer.recognize(whole_view(frame))
            middle = time.process_time()
            for reading in readings:
                fusion.add(reading, pts=0.2 * look, sharpness=1.0)
            answer = fusion.answer()
            reading_s.append(middle - start)
            fusion_s.append(time.process_time() - middle)
            if look == 0 and answer is not None:
                single += judged([line.text for reading in readings for line in reading.lines], wanted)
            look += 1
        looks.append(look)
        confirmed += judged(_texts(answer), wanted)
    print(
        f"{blur:4.1f} {lines:6} {confirmed[0]:6} {confirmed[1]:6} {single[0]:13} {single[1]:6} "
        f"{np.mean(looks):6.1f} {np.mean(reading_s):13.2f} {1000 * np.mean(fusion_s):17.1f}"
    )


def judged(texts: list[str], wanted: set[str]) -> NDArray[np.int_]:
    """How many are right, how many wrong."""
    right = sum("".join(text.split()) in wanted for text in texts)
    return np.array([right, len(texts) - right])


def _texts(answer: Answer | None) -> list[str]:
    return [line.text for line in answer.lines] if answer is not None and answer.confirmed else []


def page(rng: np.random.Generator) -> tuple[Gray, list[str]]:
    """A 900×620 page and its lines."""
    size = int(rng.integers(16, 30))
    image = Image.new("L", (900, 620), int(rng.integers(170, 240)))
    draw = ImageDraw.Draw(image)
    texts: list[str] = []
    for top in range(30, 620 - 3 * size, int(size * 1.7))[:10]:
        chinese = rng.random() < 0.2
        text = "".join(rng.choice(CHINESE, 6)) if chinese else " ".join(rng.choice(WORDS, int(rng.integers(1, 6))))
        draw.text((40, top), text, font=font(size), fill=int(rng.integers(10, 60)))
        texts.append(text)
    return np.array(image), texts


def seen(image: Gray, blur: float, rng: np.random.Generator) -> Gray:
    """The page as one 1280×720 frame shows it."""
    height, width = image.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    shaken = corners * rng.uniform(0.95, 1.05) + rng.normal(0, 12, (4, 2)) + rng.uniform(-60, 60, 2) + [190, 50]
    motion = cv2.getPerspectiveTransform(corners, shaken.astype(np.float32))
    out = cv2.warpPerspective(image, motion, SIZE, borderValue=90.0)
    if rng.random() < 0.4:
        smear = max(1, int(rng.uniform(2, 7) * blur / 1.5))
        out = cv2.blur(out, (smear, 1))
    out = cv2.GaussianBlur(out, (0, 0), max(0.3, blur * rng.uniform(0.3, 1)))
    noisy = np.clip(out + rng.normal(0, 5 * blur, out.shape), 0, 255)
    return np.asarray(noisy, dtype=np.uint8)


if __name__ == "__main__":
    main()
