"""The labelled questions, and what reads them: one JSONL file a suite."""
