"""What members write on records and meetings."""
