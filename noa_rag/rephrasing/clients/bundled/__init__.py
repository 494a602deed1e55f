"""The bundled model: Gemma 3 270M (base), put together from the packages that carry it, run by llama.cpp in-process."""
