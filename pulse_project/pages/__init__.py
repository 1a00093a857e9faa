"""Views over several apps. They call operations and queries and write nothing themselves."""
