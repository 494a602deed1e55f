"""Commands that train, compare and measure: nothing outside this folder imports it."""
