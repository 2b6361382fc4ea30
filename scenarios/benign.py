"""x"""
SCENARIOS = []
