"""What cards do beyond their table: order, reports, creation, and what they take back with them."""
