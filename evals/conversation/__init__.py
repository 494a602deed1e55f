"""Conversations: follow-up questions, questions with two needs, broad questions; asked, judged and held to a gate."""
