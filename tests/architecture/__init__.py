"""The house keeps its shape: rooms, walls, topics, words."""
