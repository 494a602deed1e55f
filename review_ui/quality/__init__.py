"""QA: suites and their runs, visitors' questions, marks on answers, and the cases made of them."""
