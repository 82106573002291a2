"""What others sign and the provider verifies: assertions by which clients prove who they are, and
request objects. Nothing here decides what a proof is good for.
"""
