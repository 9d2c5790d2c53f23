"""What `make bench` measures: each module alone, or all of them in one table."""
