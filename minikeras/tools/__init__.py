"""What helps a person look at the engine, which never imports it: commands, recordings, diagnoses, exercises."""
