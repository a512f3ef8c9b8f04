"""The process in the car: cameras to alert, and alert to the centre."""
