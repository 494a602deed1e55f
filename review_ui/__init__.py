"""The pages of referents, coordinators and QA; they come with the review queue."""
