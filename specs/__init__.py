"""Specs: ideation, refinement, spec and sprint, and everything that reads or changes one of them."""
