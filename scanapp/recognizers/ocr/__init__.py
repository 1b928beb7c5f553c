"""What the text recognizer is made of: models, detection, line crops, CTC decoding, orientation, layout."""
