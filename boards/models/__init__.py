"""Tables of boards."""

from boards.models.access import BoardGrant, BoardShare
from boards.models.attachment import Attachment
from boards.models.board import Board, BoardSlug, RefCounter
from boards.models.card import BugRegressionTest, Card, CardDependency
from boards.models.conversation import Comment, CommentResponse, Question
from boards.models.entity import Entity
from boards.models.guideline import BoardGuideline, Guideline
from boards.models.inbox import Mention, SeenItem
from boards.models.search import DiscoveryIntent, SavedSearch, SavedView, SearchDocument

__all__ = [
    "Attachment",
    "Board",
    "BoardGrant",
    "BoardGuideline",
    "BoardShare",
    "BoardSlug",
    "BugRegressionTest",
    "Card",
    "CardDependency",
    "Comment",
    "CommentResponse",
    "DiscoveryIntent",
    "Entity",
    "Guideline",
    "Mention",
    "Question",
    "RefCounter",
    "SavedSearch",
    "SavedView",
    "SearchDocument",
    "SeenItem",
]
