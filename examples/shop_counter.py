"""A shop's till that embeds the engine: hold articles before the camera, get the list and the total.

    python examples/shop_counter.py 0 --prices prices.csv          camera 0, until Ctrl-C
    python examples/shop_counter.py sample_videos/shelf_codes.mp4  a recording, as fast as the machine can

prices.csv holds one article a line: GTIN,name,price. Only scanapp's public names are used.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from scanapp import Event, ScanError, Scanner

PIPELINE = Path(__file__).with_name("shop_counter.toml")


@dataclass(frozen=True, slots=True)
class Article:
    """What the price list says of one GTIN."""

    name: str
    price: Decimal


class Till:
    """Counts confirmed retail codes."""

    def __init__(self, prices: dict[str, Article]) -> None:
        self.counts: Counter[str] = Counter()
        self._prices = prices

    def take(self, event: Event) -> str | None:
        """Count one event; the line to show for it, None when it is no article."""
        if event.type == "notice":
            return f"  ({event.data['message']})"
        if event.type != "confirmed" or event.value is None:
            return None
        gtin = str(event.value["text"])
        self.counts[gtin] += 1
        return f"{event.pts:7.2f} s  {gtin:14s}  {self._article(gtin).name}"

    def receipt(self) -> Iterator[str]:
        """The list, then the total."""
        total = Decimal(0)
        for gtin, count in self.counts.items():
            article = self._article(gtin)
            total += count * article.price
            yield f"{count:3d} × {article.name:24s} {article.price * count:8.2f}"
        yield f"{sum(self.counts.values()):3d} articles {total:23.2f}"

    def _article(self, gtin: str) -> Article:
        return self._prices.get(gtin, Article(f"unknown {gtin}", Decimal(0)))


def load_prices(rows: Iterable[str]) -> dict[str, Article]:
    """Lines of ``GTIN,name,price``."""
    return {gtin.strip(): Article(name.strip(), Decimal(price.strip())) for gtin, name, price in csv.reader(rows)}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="camera index, video file, URL or folder of pictures")
    parser.add_argument("--prices", type=Path)
    chosen = parser.parse_args()
    till = Till(load_prices(chosen.prices.read_text(encoding="utf-8").splitlines()) if chosen.prices else {})
    try:
        with Scanner(PIPELINE) as scanner:
            for event in scanner.scan(chosen.source):
                if (line := till.take(event)) is not None:
                    print(line, flush=True)
    except KeyboardInterrupt:
        pass
    except ScanError as error:
        raise SystemExit(str(error)) from error
    print(*till.receipt(), sep="\n")


if __name__ == "__main__":
    main()
