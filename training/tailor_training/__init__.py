"""Python half of Tailor: bases, fine-tuning, export to GGUF, registration."""
