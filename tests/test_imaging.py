import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wgan_gp import imaging


def test_a_grid_holds_every_image_in_reading_order() -> None:
    images = np.stack([np.full((4, 5, 3), value, dtype=np.uint8) for value in range(7)])
    picture = imaging.grid(images, columns=3)
    assert picture.shape == (3 * 5 - 1, 3 * 6 - 1, 3)
    for index in range(7):
        top, left = index // 3 * 5, index % 3 * 6
        assert (picture[top : top + 4, left : left + 5] == index).all()
    assert (picture[4] == 255).all()  # the gap
    assert (picture[10:, 6:] == 255).all()  # the rest of the last row


@pytest.mark.parametrize("channels", [1, 3])
def test_png_keeps_every_grey_level(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 7, channels), dtype=np.uint8)
    with Image.open(io.BytesIO(imaging.png(image))) as read:
        assert np.array_equal(np.asarray(read).reshape(image.shape), image)


def test_enlarging_repeats_pixels() -> None:
    image = np.arange(4, dtype=np.uint8).reshape(2, 2, 1)
    assert imaging.enlarge(image, 3)[:, :, 0].tolist()[0] == [0, 0, 0, 1, 1, 1]
    assert imaging.enlarge(image, 3).shape == (6, 6, 1)


def test_a_table_can_be_read_back() -> None:
    text = imaging.table(("seed", "x"), np.array([[1, 0.25], [2, -3.5]])).decode()
    assert text.split() == ["seed,x", "1,0.25", "2,-3.5"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    imaging.write_whole(tmp_path / "a.bin", b"first")
    imaging.write_whole(tmp_path / "a.bin", b"second")
    assert (tmp_path / "a.bin").read_bytes() == b"second"
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").touch()
    with pytest.raises(OSError, match="taken"):
        imaging.write_whole(tmp_path / "taken", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "taken"]
