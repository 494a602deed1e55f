"""How a question leans on the one before, holds two needs, or asks for a whole field: rules on words."""
