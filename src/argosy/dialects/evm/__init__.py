"""What all families on EVM chains share: words, logs, hashes, deployments."""
