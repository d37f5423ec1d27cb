"""The words of the Lab, a short explanation each: the same wherever a word is explained. Without matplotlib."""

from __future__ import annotations

from collections.abc import Mapping

ARJOVSKY_LINK = "[Arjovsky et al. 2017](https://arxiv.org/abs/1701.07875)"
GULRAJANI_LINK = "[Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028)"

GLOSSARY: Mapping[str, str] = {
    "Real, fake": "Real samples are drawn from the data. Fake ones are made: by the generator, or by hand in the Critic lab.",
    "Generator G": "A network that makes a sample from random numbers z, and learns to make samples that the critic values higher.",
    "Latent z": "The random numbers a sample is made from, z ~ N(0, I). The same z always gives the same sample of the same generator.",
    "Critic D": "A network that gives each sample one number and learns to give real samples higher numbers than fake ones. It is no "
    "discriminator: the number is no probability and has no zero, so only differences of D mean something.",
    "Estimate": "E[D(real)] − E[D(fake)]: how far the critic keeps real and fake apart. Below 0, it ranks the fakes first, until it has "
    "followed the generator. The critic loss that most code prints is minus this number, plus the penalty.",
    "W₁, Wasserstein distance": "How far fake points have to be moved on average to become the real ones, if moved in the best way. The "
    "estimate reaches W₁ only with the best critic whose slope is nowhere above 1. On finitely many points W₁ is above 0 even for "
    "perfect samples; that level is its noise floor.",
    "Slope, Lipschitz": "‖∇D(x)‖, how much D changes per unit of way. A critic whose slope is at most 1 everywhere is 1-Lipschitz. Without "
    "a limit on the slope a critic could make its estimate as large as it likes by scaling D.",
    "Weight clipping, c": f"After each critic update every weight is cut back to [−c, c] ({ARJOVSKY_LINK}). This limits the slope, but the "
    "limit that results depends on the net, and the weights end up at ±c.",
    "Gradient penalty, λ": "λ times the mean of (‖∇D(x̂)‖ − 1)² is added to the critic's loss, at random points x̂ on lines between real "
    f"and fake samples ({GULRAJANI_LINK}). It pulls the slope to 1 there. It falls, and stays above 0, for a slope a little above 1 pays.",
    "n_critic": "Critic updates for each generator update, 5 in both papers. With 1 an iteration is cheap and the critic lags behind the "
    "generator; with 50 its estimate is better and an iteration costs nearly ten times as much as with 5.",
    "Generator loss": "−E[D(fake)]. Adding a constant to D changes nothing the critic learns, but moves this number: its ups and downs say "
    "nothing on the quality of samples.",
    "Mode collapse": "The generator makes only some of the kinds that are in the data. In the plane: fewer modes well covered than there "
    "are; on images: a low coverage.",
    "Good sample, mode": "A mode is one of the Gaussians the data consist of. A sample is good within 3 standard deviations of a mode; a "
    "mode is well covered by a fifth of its fair share of the samples.",
    "FD, density, coverage": "FD, the Fréchet distance, compares means and covariances of features of real and generated images: lower is "
    "better, down to what two sets of real images have. Density falls where samples resemble no data, coverage where kinds are missing.",
    "Interpolate": "To go from one latent to another and look at the samples on the way. lerp goes straight; slerp on the great circle, "
    "where many-dimensional latents have their usual length.",
    "When to stop": "Not when a loss is flat. In the plane: when good samples and modes no longer rise and W₁ lies in its noise floor. On "
    "images: when FD no longer falls.",
    "A falling curve?": "The estimate falls with W₁ only if the critic keeps up. It may rise while samples improve, when the critic learns "
    "faster than the generator moves; more critic updates make it say more.",
    "No batch norm in the critic": "The penalty is a statement on each sample alone. With batch norm D of a sample depends on its batch, "
    "so its gradient means something else. Layer norm is fine.",
    "Classic bugs": "A sigmoid or a log at the critic's end; the norm over the whole batch, not of each sample; one random ε for a batch; "
    "create_graph forgotten, so that the penalty teaches nothing; clipping before the update; weights of the generator frozen for good.",
}
"""A word, and what it means; Markdown with links only."""
