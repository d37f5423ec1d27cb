"""The public door to trained generators: load one that ships or one of your own, generate samples from seeds, go from one to another."""

from wgan_gp.shelf.generator import Generator as Generator
from wgan_gp.shelf.generator import decode as decode
from wgan_gp.shelf.generator import generate as generate
from wgan_gp.shelf.generator import interpolate as interpolate
from wgan_gp.shelf.generator import judged as judged
from wgan_gp.shelf.generator import judged_latents as judged_latents
from wgan_gp.shelf.generator import latents_of as latents_of
from wgan_gp.shelf.loading import load_checkpoint_generator as load_checkpoint_generator
from wgan_gp.shelf.loading import load_generator as load_generator
