"""The shop of the sample scenes: a dozen items of invented brands, and some that its catalogue does not know."""

from __future__ import annotations

from dataclasses import replace

from scanapp.synth.packages.design import Design, check_digit

_BOX, _CAN = (92.0, 128.0, 44.0), (66.0, 118.0, 66.0)


def _gtin(sku: str) -> str:
    digits = f"20{int(sku):010d}"
    return digits + check_digit(digits)


def _box(sku: str, brand: str, product: str, variant: str, amount: str, motif: str, **look: object) -> Design:
    plain = Design(
        sku,
        f"{brand} {product} {variant}",
        _gtin(sku),
        brand,
        product,
        variant,
        amount,
        "box",
        _BOX,
        (200, 200, 200),
        (80, 80, 80),
        (20, 20, 20),
        motif,
        seed=int(sku),
    )
    return replace(plain, **look)  # type: ignore[arg-type]


_TEA = {"ground": (34, 78, 70), "accent": (230, 178, 76), "ink": (250, 244, 228), "style": "frame"}

ENGLISH = _box("1001", "Morning Kite", "Black Tea", "Breakfast", "50 bags", "kite", **_TEA)
EARL_GREY = _box("1002", "Morning Kite", "Black Tea", "Earl Grey", "50 bags", "kite", **_TEA)
"""Differs from `ENGLISH` in the words of its strip alone."""
OATS = _box(
    "1003", "Field Song", "Rolled Oats", "Wholegrain", "500 g", "sunrise",
    ground=(240, 204, 112), accent=(168, 74, 40), ink=(72, 44, 22), style="plain", size=(110.0, 150.0, 56.0),
)  # fmt: skip
LEMON = _box(
    "1004", "Otter Lake", "Sparkling", "Lemon", "330 ml", "waves",
    form="can", size=_CAN, ground=(26, 92, 136), accent=(238, 216, 92), ink=(244, 248, 250), style="band",
)  # fmt: skip
LIME = replace(
    LEMON, sku="1005", name="Otter Lake Sparkling Lime", gtin=_gtin("1005"), variant="Lime",
    accent=(150, 206, 84), seed=1005,
)  # fmt: skip
CRACKERS = _box(
    "1006", "Kestrel", "Crackers", "Sea Salt", "200 g", "bird",
    ground=(228, 236, 238), accent=(44, 92, 148), ink=(24, 40, 62), style="slant", size=(120.0, 96.0, 48.0),
)  # fmt: skip
COUSCOUS = _box(
    "1007", "Little Dune", "Couscous", "Medium", "400 g", "dunes",
    ground=(126, 50, 64), accent=(236, 170, 96), ink=(252, 238, 214), style="plain",
)  # fmt: skip
COLA = _box(
    "1008", "Harbour Nine", "Cola", "Original", "330 ml", "compass",
    form="can", size=_CAN, ground=(176, 36, 40), accent=(240, 232, 220), ink=(252, 248, 240), style="plain",
)  # fmt: skip
SOAP = _box(
    "1009", "Pine & Ash", "Bar Soap", "Resin", "100 g", "pines",
    ground=(224, 222, 206), accent=(58, 104, 74), ink=(40, 52, 44), style="split", size=(96.0, 66.0, 36.0),
)  # fmt: skip
COFFEE = _box(
    "1010", "Copper Fox", "Coffee", "Dark Roast", "250 g", "fox",
    form="can", size=(78.0, 124.0, 78.0), ground=(44, 34, 36), accent=(214, 112, 52), ink=(246, 232, 214),
    style="band",
)  # fmt: skip
FLOUR = _box(
    "1011", "Bluebell Mill", "Wheat Flour", "Type 550", "1 kg", "mill",
    ground=(246, 244, 238), accent=(86, 92, 176), ink=(40, 44, 92), style="frame", size=(100.0, 150.0, 62.0),
)  # fmt: skip
SARDINES = _box(
    "1012", "Cape Lantern", "Sardines", "In Oil", "125 g", "fish",
    ground=(242, 178, 60), accent=(30, 74, 110), ink=(32, 40, 56), style="split", size=(112.0, 70.0, 32.0),
)  # fmt: skip
JUICE = _box(
    "9001", "Sunday Orchard", "Apple Juice", "Cloudy", "1 l", "apples",
    ground=(198, 214, 120), accent=(196, 52, 44), ink=(52, 58, 26), style="slant", size=(84.0, 150.0, 60.0),
)  # fmt: skip
PASTA = _box(
    "9002", "Monte Sereno", "Penne", "Durum", "500 g", "peaks",
    ground=(30, 48, 96), accent=(226, 196, 130), ink=(244, 238, 222), style="band", size=(96.0, 146.0, 50.0),
)  # fmt: skip

KNOWN: tuple[Design, ...] = (
    ENGLISH, EARL_GREY, OATS, LEMON, LIME, CRACKERS, COUSCOUS, COLA, SOAP, COFFEE, FLOUR, SARDINES,
)  # fmt: skip
"""What the demo catalogue holds."""

STRANGERS: tuple[Design, ...] = tuple(replace(design, sku="") for design in (JUICE, PASTA))
"""Items that are in no catalogue: without a SKU."""
