"""The pages about Noa itself, and those whose text its operator writes."""
