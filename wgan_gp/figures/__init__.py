"""Figures for papers and lectures, as matplotlib `Figure`s, never pyplot; each with its numbers as a table.

papers     the papers' figures: python -m wgan_gp figure; each is a module of its own (value_surfaces, gradient_norms, weight_histograms)
trained    what of a run such a figure is drawn from
panels     every panel of the board, from a run's file: what the board's download menus give
recording  what of a run such a panel is drawn from
states     panels that show one moment: samples, slopes, weights, layers
curves     panels over time
tables     the numbers of every panel
parts      what several figures draw alike
style      colours, letters, and a Figure as PNG, SVG or PDF
"""
