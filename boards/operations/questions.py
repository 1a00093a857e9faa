"""Questions about cards. Their answers are words; options are offered by polls."""

from boards.catalog import boards, people
from boards.families.questions import register_questions
from boards.families.target import Target
from boards.models import Card

register_questions(
    Target(
        kind="card",
        model=Card,
        catalog=boards,
        people=people,
        rest="qa/card/<str:card_id>",
        delete_flag="card.qa.delete",
        own_flag="",
        infix="",
        names_object=False,
    )
)
