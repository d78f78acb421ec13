"""Visit types and protocols as they are shipped: data files, with their sources."""
