"""What is known of products: items, their reference pictures, what was measured on them, and the search in it."""
