"""Every door of every service, found in the running applications: who gets in, what is refused, what can't break it."""
