"""An app whose second migration of three fails half-way: for the tests of a failing update."""
