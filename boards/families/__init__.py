"""Operations that several kinds of objects have alike, declared once for each kind."""
