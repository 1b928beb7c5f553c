"""A shop's counter with a payment code on a stand."""

from __future__ import annotations

from scanapp.payloads.tlv import build_merchant_code
from scanapp.synth.art import Canvas, Code, Drawing, Paper, Text, Wood
from scanapp.synth.scene import CameraPath, Hunt, Key, Label, Light, Optics, Scene, Surface, Tremor
from scanapp.synth.scenes import props


def payment_qr() -> Scene:
    """A payment QR on a counter stand, scanned by hand: the phone comes near and swings a little."""
    payload = build_merchant_code(
        {
            "00": "01",
            "01": "11",
            "26": {"00": "org.example.heronpay", "01": "HRN0042137"},
            "52": "5499",
            "53": "978",
            "58": "DE",
            "59": "BLUE HERON TEA",
            "60": "MUSTERSTADT",
            "62": {"07": "COUNTER2"},
        }
    )
    code = Code("QRCode", payload, module=1.2)
    stand = Surface(
        Paper(100, 132, (250, 250, 248)),
        labels=(
            Label(Drawing(100, 26, _banner), at=(0, -53)),
            Label(
                Text(("Blue Heron Tea",), em=9, ink=(250, 250, 250), bold=0.02, required=False),
                (0, -53),
                id="brand",
            ),
            Label(code, at=(0, 3), id="payment"),
            Label(Text(("Scan to pay",), em=7.5, ink=(24, 60, 110), required=False), (0, 50), id="invitation"),
        ),
        at=(0, 0, 0),
        turn=(0, -12, 0),
        gloss=0.12,
        polish=40,
        shadow=2.5,
        corner=4,
    )
    counter = Surface(Wood(1400, 700, (150, 104, 66)), at=(0, 64, 60), turn=(0, -90, 0), gloss=0.03, polish=20)
    jar = Surface(Drawing(70, 110, _jar), at=(118, 8, 70), shadow=3)
    box = Surface(Paper(90, 70, (92, 128, 104)), at=(-128, 30, 90), turn=(18, 0, 0), shadow=3)
    keys = (
        Key(0.0, (150, -110, -430), (70, -30, 0), 4),
        Key(1.1, (40, -60, -330), (8, 0, 0), 2),
        Key(2.6, (-35, -50, -250), (0, 2, 0), -3),
        Key(4.2, (-10, -70, -235), (4, 4, 0), 1),
        Key(5.0, (30, -75, -270), (0, 0, 0), 2),
    )
    return Scene(
        "payment_qr",
        (props.wall(420, (176, 182, 178)), counter, jar, box, stand),
        CameraPath(keys, Tremor(1.6, 0.30)),
        seconds=5.0,
        pipeline="payment_code",
        seed=7,
        optics=Optics(shutter=1 / 90, hunts=(Hunt(0.0, 0.9, 3.0),)),
        light=Light(at=(-250, -600, -500), level=0.5),
        exposure=1.5,
    )


def _banner(c: Canvas) -> None:
    c.blend(0, 0, 100, 26, (30, 76, 134), (22, 58, 108))


def _jar(c: Canvas) -> None:
    c.box(4, 14, 66, 109, (150, 92, 58), 8)
    c.box(10, 14, 24, 109, (172, 112, 74), 5)
    c.box(2, 2, 68, 18, (206, 188, 150), 4)
    c.box(14, 44, 62, 84, (224, 214, 190), 2)
