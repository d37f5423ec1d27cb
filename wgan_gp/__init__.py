"""WGAN-GP Lab as a library: train, watch and compare Wasserstein GANs. Importing it loads nothing else.

errors       LabError and its children
config       what a run is: RunConfig, validated once, without torch
presets      ready configs by name
theory       the papers' formulas on tensors
networks     generators and critics
data         toy distributions and image sets
training     Trainer (your own nets, one iteration a call) and train(config) (a stream of events)
runs         training in another process, seen through one file
figures      the papers' figures and every panel of the board, for papers and lectures
benchmark    how fast Trainer is, beside the loop most repositories have
generators   load a trained generator, generate from seeds, interpolate
imaging      arrays to grids, PNG files and tables
ui           the only part that knows Streamlit
"""

__version__ = "0.1.0"
