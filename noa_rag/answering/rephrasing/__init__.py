"""What stands between the approved text and a language model: passages to cite, prompts, and reading what came back."""
