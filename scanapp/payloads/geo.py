"""``geo:48.2010,16.3695,183?q=name``: RFC 5870, and the query that Android adds."""

from __future__ import annotations

import re

from scanapp.errors import PayloadError
from scanapp.payloads.base import Payload, PayloadInput, compact
from scanapp.payloads.fields import query_values

_COORDINATES = re.compile(r"(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)(?:,(-?\d{1,6}(?:\.\d{1,20})?))?")


def parse_geo(item: PayloadInput) -> Payload | None:
    """latitude and longitude in degrees, altitude and uncertainty in metres, query, crs when it is not WGS 84."""
    if item.text[:4].lower() != "geo:":
        return None
    path, _, query = item.text[4:].partition("?")
    point, *params = path.split(";")
    match = _COORDINATES.fullmatch(point.strip()) if point.isascii() else None
    if match is None:
        raise PayloadError("geo: needs latitude,longitude in decimal degrees")
    options = {key.lower(): value for key, _, value in (param.partition("=") for param in params[:20])}
    crs = options.get("crs", "").lower()
    latitude, longitude = float(match[1]), float(match[2])
    if crs in ("", "wgs84") and not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise PayloadError("geo: latitude must lie within ±90 and longitude within ±180 degrees")
    return compact(
        {
            "type": "geo",
            "latitude": latitude,
            "longitude": longitude,
            "altitude": float(match[3]) if match[3] else None,
            "uncertainty": _metres(options.get("u", "")),
            "crs": "" if crs == "wgs84" else crs,
            "query": query_values(query).get("q", ""),
        }
    )


def _metres(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text) else None
