print("etch")
