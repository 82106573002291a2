"""What tokens are made of, the only place that issues them, and the way back from a token to its
claims.
"""
