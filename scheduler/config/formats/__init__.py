"""How dates and times look, by language, where a page doesn't say so itself."""
