"""The page Latent: ways through latent space."""
