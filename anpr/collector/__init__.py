"""The centre: takes messages from the cars, keeps them, says so, and shows them to the control room."""
