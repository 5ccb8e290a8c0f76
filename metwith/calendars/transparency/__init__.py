"""Why is it here, why is it not, what would come in, what does a colleague see."""
