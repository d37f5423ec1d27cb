import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wgan_gp import imaging
from wgan_gp.errors import InvalidConfig


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


def test_a_sheet_holds_every_image_enlarged_and_labels_only_where_all_fit() -> None:
    images = np.stack([np.full((8, 8, 1), value, dtype=np.uint8) for value in (10, 20, 30)])
    labelled = imaging.sheet(images, ["1", "2", "3"], columns=2, factor=3)
    plain = imaging.sheet(images, ["1", "2", "a label that is too long"], columns=2, factor=3)
    assert plain.shape == (2 * 27 - 3, 2 * 27 - 3, 4)
    assert labelled.shape[0] > plain.shape[0]
    for index, value in enumerate((10, 20, 30)):
        top, left = index // 2 * 27, index % 2 * 27
        assert (plain[top : top + 24, left : left + 24] == (value, value, value, 255)).all()
    assert (plain[24:27, :, 3] == 0).all()  # the gap is clear
    assert (labelled[24:39, :24, 3] > 0).any()  # the label is not


def test_pairs_keep_both_images() -> None:
    left, right = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3, 3), dtype=np.uint8)
    both = imaging.pairs(left, right)
    assert np.array_equal(both[:, :, :3], left)
    assert np.array_equal(both[:, :, 4:], right)


def test_a_scatter_draws_later_layers_on_top_and_leaves_out_what_is_outside() -> None:
    far = np.array([[9.0, 0.0], [np.nan, 0.0], [0.0, -9.0]])
    picture = imaging.scatter(
        [(np.zeros((1, 2)), "#ff0000"), (np.array([[0.0, 0.0], [-1.0, 1.0]]), "#0000ff"), (far, "#00ff00")], 1.0, 11, 1
    )
    assert picture.shape == (11, 11, 3)
    assert picture[5, 5].tolist() == [0, 0, 255]
    assert picture[0, 0].tolist() == [0, 0, 255]  # up is up
    assert (picture != 255).any(axis=2).sum() == 2


def test_an_archive_can_be_read_back_and_is_the_same_for_the_same_files() -> None:
    files = [("a.png", b"first"), ("seeds.csv", b"seed\r\n1\r\n")]
    content = imaging.archive(files)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        assert [(name, packed.read(name)) for name in packed.namelist()] == files
    assert imaging.archive(iter(files)) == content


def test_a_table_keeps_the_largest_seed() -> None:
    rows = np.array([[2**63 - 1, 0.5]], dtype=object)
    assert imaging.table(("seed", "critic"), rows).decode().split() == ["seed,critic", f"{2**63 - 1},0.5"]


def frames_of(content: bytes) -> list[np.ndarray]:
    """Every frame of an animation as uint8[H, W, 3]."""
    with Image.open(io.BytesIO(content)) as film:
        found = []
        for index in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(index)
            found.append(np.asarray(film.convert("RGB")))
        return found


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [1, 3])
def test_an_animation_holds_every_frame_exactly(channels: int, factor: int) -> None:
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (7, 6, 5, channels), dtype=np.uint8) if channels == 1 else random.choice([0, 90, 255], (7, 6, 5, 3))
    frames = frames.astype(np.uint8)
    frames[3] = frames[2]  # Pillow itself would merge these
    frames[6] = frames[5]
    found = frames_of(imaging.gif(frames, factor=factor))
    assert len(found) == 7
    for frame, wanted in zip(found, frames, strict=True):
        assert np.array_equal(frame, np.broadcast_to(imaging.enlarge(wanted, factor), frame.shape))


def test_an_animation_runs_in_a_loop_at_its_pace() -> None:
    frames = np.zeros((2, 3, 3, 1), dtype=np.uint8)
    for asked, got in ((100, 100), (44, 40), (0, 20)):
        with Image.open(io.BytesIO(imaging.gif(frames, asked))) as film:
            assert (film.info["loop"], film.info["duration"]) == (0, got)


def test_many_colours_share_one_palette_that_comes_close() -> None:
    red, green = np.meshgrid(np.arange(0, 256, 5), np.arange(0, 256, 5))
    frames = np.stack([np.stack((red, green, np.full_like(red, blue)), axis=-1) for blue in (0, 128, 255)]).astype(np.uint8)
    found = np.stack(frames_of(imaging.gif(frames)))
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(found.astype(int) - frames).mean() < 16


def test_an_animation_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="at least one"):
        imaging.gif(np.zeros((0, 3, 3, 1), dtype=np.uint8))


def test_white_becomes_transparent() -> None:
    picture = np.full((2, 2, 3), 255, dtype=np.uint8)
    picture[0, 1] = (255, 255, 254)
    seen = imaging.see_through(picture)
    assert seen[:, :, 3].tolist() == [[0, 255], [0, 0]]
    assert np.array_equal(seen[:, :, :3], picture)
