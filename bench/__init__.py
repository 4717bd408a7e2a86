"""How long things take, as a table with ratios. Not a test: numbers depend on the machine, ratios hardly."""
