"""Scenes by name. A scene is a function without arguments that returns a `Scene`; one file a family."""

from __future__ import annotations

from collections.abc import Callable

from scanapp.errors import UsageError, did_you_mean
from scanapp.sanitize import printable
from scanapp.synth.scene import Scene
from scanapp.synth.scenes.bank_cards import (
    card_dark_shake,
    card_embossed,
    card_flat,
    card_glare,
    card_stacked,
    card_two,
    card_upside_down,
    card_vertical,
)
from scanapp.synth.scenes.cards import (
    boarding_pass,
    hide_and_show,
    membership_card,
    tiny_datamatrix,
    wifi_inverse,
)
from scanapp.synth.scenes.desk import idle_desk
from scanapp.synth.scenes.pages import signs_zh_en, text_page
from scanapp.synth.scenes.payment import payment_qr
from scanapp.synth.scenes.products import (
    basket_tray,
    product_in_hand,
    product_shelf,
    product_unknown,
    product_variants,
)
from scanapp.synth.scenes.refused_cards import card_no_number, card_receipt
from scanapp.synth.scenes.shop import (
    curved_label,
    ean_refocus,
    fast_pan_five,
    linear_45,
    low_light_shake,
    shelf_codes,
)

_SCENES: dict[str, Callable[[], Scene]] = {
    scene.__name__: scene
    for scene in (
        payment_qr,
        shelf_codes,
        ean_refocus,
        linear_45,
        tiny_datamatrix,
        low_light_shake,
        curved_label,
        text_page,
        signs_zh_en,
        hide_and_show,
        idle_desk,
        fast_pan_five,
        wifi_inverse,
        boarding_pass,
        membership_card,
        card_embossed,
        card_flat,
        card_vertical,
        card_stacked,
        card_upside_down,
        card_glare,
        card_dark_shake,
        card_two,
        card_no_number,
        card_receipt,
        product_in_hand,
        product_variants,
        product_unknown,
        product_shelf,
        basket_tray,
    )
}


def names() -> tuple[str, ...]:
    """All shipped scenes."""
    return tuple(_SCENES)


def get(name: str) -> Scene:
    """The scene of this name; UsageError with the nearest valid name otherwise."""
    if name not in _SCENES:
        raise UsageError(f"unknown scene '{printable(name, 60)}'{did_you_mean(name, _SCENES)}")
    return _SCENES[name]()


def about(name: str) -> str:
    """One line on what a scene shows."""
    get(name)
    return (_SCENES[name].__doc__ or "").strip().splitlines()[0]
