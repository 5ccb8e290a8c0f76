"""How dates are written where Django's own way would not do (settings.FORMAT_MODULE_PATH)."""
