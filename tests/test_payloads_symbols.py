"""What zxing-cpp really reports (escaped control characters, expanded UPC-E, GS1 brackets) is understood."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from scanapp.payloads import parse_payload

LICENCE = "@\n\x1e\rANSI 636000090001DL00310045DLDAQT64235789\nDCSSAMPLE\nDACANA\nDBB06071986\r"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jörg 支付\r\nTEL:+49123\r\nEND:VCARD"


@pytest.mark.parametrize(
    ("text", "symbology", "kind"),
    [
        (LICENCE, "PDF417", "driving_licence"),
        (CARD, "QRCode", "vcard"),
        ("WIFI:T:WPA;S:a\x1b[31m;;", "QRCode", "wifi"),
        ("5901234123457", "EAN13", "gtin"),
        ("9781861972712", "EAN13", "isbn"),
        ("04252614", "UPCE", "gtin"),
        ("036000291452", "UPCA", "gtin"),
        ("10012345678902", "ITF14", "gtin"),
        ("(01)09506000134352", "DataBarExp", "gs1"),
        ("01095060001343521012\x1d21AB", "DataMatrix", "gs1"),
        ("281234567890123456", "Code128", "payment_barcode"),
        ("M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 326J001A0025 100", "Aztec", "boarding_pass"),
    ],
)
def test_symbol(text: str, symbology: str, kind: str) -> None:
    barcode = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
    image = np.array(barcode.to_image(scale=4))
    (read,) = zxingcpp.read_barcodes(image)
    payload = parse_payload(
        read.text,
        format=read.format.name,
        data=read.bytes,
        symbology_identifier=read.symbology_identifier,
    )
    assert payload["type"] == kind
