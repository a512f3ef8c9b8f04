"""The officer's alert screen, served to a browser on the car's own computer."""
