"""What the practice Microsoft keeps and answers, as Graph does."""
