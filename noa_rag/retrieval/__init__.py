"""Finding entries: lexical and dense retrieval, fusion, calibrated confidence."""
