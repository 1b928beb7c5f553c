"""What the card benchmark is made of: scenes, the chain over them, the file of what it read, fusion over that."""
