"""What a reproducer is made of: code that is copied into it, the problem's model in text, the numbers of each law."""
