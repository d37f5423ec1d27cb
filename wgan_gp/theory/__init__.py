"""The papers' formulas: tensors in, tensors out. Imports nothing of ours but errors.

[A] Arjovsky, Chintala, Bottou 2017, Wasserstein GAN (arXiv 1701.07875)
[G] Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville 2017, Improved Training of Wasserstein GANs (arXiv 1704.00028)
"""
