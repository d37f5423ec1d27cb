"""The papers' experiments in the plane: each module trains, measures and returns frozen numbers; `wgan_gp.figures` draws them.

Where the papers are silent (widths, numbers of updates, when to measure) the settings here choose, and are told with the numbers.
"""
