"""What the card recognizer is made of: rectified sheets, their fields, line crops, the reader, advice."""
