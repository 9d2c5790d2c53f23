"""The four services of Trama; each stands alone and knows the others only by their events."""
