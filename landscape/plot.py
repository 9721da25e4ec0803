"""Pictures of tables: data in, axes out. Matplotlib is imported here and nowhere else in the package."""
