"""OpenSea: a market of NFTs on Seaport 1.6, and its REST API."""
