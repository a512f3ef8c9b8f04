"""The MQTT broker: a Mosquitto configuration of our own, and a Mosquitto that runs on it."""
