"""Files of a log: packed, damaged, rotated, and summed up as they are read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from hashlib import sha256

import pytest

from vault_binance.errors import ConfigError
from vault_binance.ops.audit import files
from vault_binance.ops.audit.files import Input, blocks, in_order

TEXT = b"".join(b"line %d of the log\n" % number for number in range(20_000))
PACKERS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": lambda text: bz2.compress(text, 1),
    "xz": lambda text: lzma.compress(text, preset=0),
}


def read(path):
    one = Input(str(path))
    return b"".join(blocks(one)), one


@pytest.mark.parametrize("packer", PACKERS.values(), ids=PACKERS)
def test_what_is_packed_is_read_and_the_sum_is_over_the_bytes_on_disk(packer, tmp_path):
    raw = packer(TEXT)
    (path := tmp_path / "audit.log").write_bytes(raw)
    text, one = read(path)
    assert text == TEXT
    assert (one.bytes, one.sha256, one.damaged) == (len(raw), sha256(raw).hexdigest(), False)


@pytest.mark.parametrize("packer", PACKERS.values(), ids=PACKERS)
def test_so_from_standard_input(packer, monkeypatch):
    raw = packer(TEXT)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    text, one = read("-")
    assert (text, one.sha256) == (TEXT, sha256(raw).hexdigest())


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
def test_what_was_packed_before_a_damage_is_read(name, tmp_path):
    raw = PACKERS[name](TEXT)
    (path := tmp_path / "audit.log").write_bytes(raw[: len(raw) * 3 // 4])
    text, one = read(path)
    assert one.damaged
    assert 0 < len(text) < len(TEXT)
    assert one.bytes == len(raw) * 3 // 4


def test_two_parts_packed_one_after_the_other_are_one_log(tmp_path):
    (path := tmp_path / "audit.log").write_bytes(gzip.compress(TEXT) * 2)
    assert read(path)[0] == TEXT * 2


def test_zstd_is_refused_with_the_command_that_reads_it(tmp_path):
    (path := tmp_path / "audit.log.zst").write_bytes(b"\x28\xb5\x2f\xfd junk")
    with pytest.raises(ConfigError, match="zstd") as refused:
        read(path)
    assert f"zstdcat {path} | vault-binance audit --log -" in refused.value.hint


def test_a_directory_and_a_file_that_is_not_there_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match="cannot read"):
            read(path)


def test_a_closed_standard_input_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ConfigError, match="closed"):
        read("-")


def test_no_block_is_larger_for_a_larger_file(tmp_path):
    (path := tmp_path / "audit.log").write_bytes(gzip.compress(b"x" * (16 << 20)))
    assert max(map(len, blocks(Input(str(path))))) <= files.BLOCK


def test_parts_are_put_in_the_order_of_their_first_entries(tmp_path):
    for name, packer, first in (("a", bytes, b"3"), ("b", gzip.compress, b"1"), ("c", PACKERS["xz"], b"2")):
        (tmp_path / name).write_bytes(packer(first + TEXT))
    paths = [str(tmp_path / name) for name in "abc"]
    ordered = in_order(paths, lambda beginning: beginning[:1].decode())
    assert [path[-1] for path in ordered] == ["b", "c", "a"]


def test_one_file_twice_and_standard_input_among_files_are_refused():
    with pytest.raises(ConfigError, match="twice"):
        in_order(["a", "a"], lambda _: "")
    with pytest.raises(ConfigError, match="standard input"):
        in_order(["-", "a"], lambda _: "")
