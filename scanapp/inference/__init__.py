"""The model store and onnxruntime sessions: `open_model` gives a verified network, ready to run.

session = open_model("card_reader")
logp = session.run({"lines": crops})["logp"]
"""

from scanapp.inference.session import Session
from scanapp.inference.store import ModelStore, open_model

__all__ = ["ModelStore", "Session", "open_model"]
