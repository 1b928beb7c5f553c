"""Training of the models that scanapp ships; needs the ``lab`` extra (torch, onnx). Nothing outside imports it."""
