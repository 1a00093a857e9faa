"""Architecture designs: what a valid one is, how versions and drawings are kept, how designs are copied."""
