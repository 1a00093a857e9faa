"""Django's SQLite backend with Pulse's write lock, grouped durability and checkpoint rule."""
