"""Parts of the product recognizer."""
