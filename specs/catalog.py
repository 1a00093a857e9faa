"""What the operations of specs share with those of boards, in toolsets of their own."""

from boards.catalog import pages, tools

specs = tools("specs")
sprints = tools("sprints")
cards = tools("boards")  # cards belong to the toolset that agents begin with
people = pages("specs")
