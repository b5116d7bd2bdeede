"""Protocol families that venues share: pure mathematics and decoding, deployments as data."""
