"""Whether what was found is worth anything: out of sample, on other paths, after counting what was tried."""
