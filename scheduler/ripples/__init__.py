"""Changes to a running course that carry along what follows from them."""
