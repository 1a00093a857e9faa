"""Operations that several kinds of objects have in the same form."""
