"""WebDataset, Hugging Face, Arrow and pandas: whole streams, and the same refusals in each."""

from __future__ import annotations

import os
import unittest
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import coffer_reader
import datasets
from datasets.distributed import split_dataset_by_node
import pyarrow
from case import DAMAGED, LATER, REVOKED, Case
from coffer_reader import CofferError, CutStream, PlansDiffer, Refused
from fake import png

#: How a stream goes wrong, and what is raised.
WRONG: list[tuple[dict[str, Any], type[CofferError], str | None]] = [
    ({"cut": 0.6, "error": REVOKED, "code": 77}, Refused, "revoked"),
    ({"cut": 0.6, "error": DAMAGED, "code": 65}, coffer_reader.Tampered, "page.open"),
    ({"cut": 0.6, "error": LATER, "code": 75}, coffer_reader.TryLater, "lake.object"),
    ({"cut": 0.6}, CutStream, "stream.cut"),
    ({"cut": 2}, CutStream, "stream.cut"),
    ({"signal": 9, "cut": 0.9}, CutStream, "stream.cut"),
]


class LoaderTests(Case):
    def readers(self, **options: Any) -> dict[str, Any]:
        """Each loader, as what reads everything and gives the numbers of the samples."""
        number = lambda step: step["coffer"]["record"][0]  # noqa: E731
        return {
            "webdataset": lambda: [
                number(step) for _, step in coffer_reader.webdataset(7, **options).decode("rgb8").to_tuple("png", "json")
            ],
            "huggingface": lambda: [number(row) for row in coffer_reader.huggingface(7, **options)],
            "arrow": lambda: [number(row) for batch in coffer_reader.arrow(7, rows=5, **options) for row in batch.to_pylist()],
            "pandas": lambda: [number(row) for _, row in coffer_reader.pandas(7, **options).iterrows()],
        }

    def test_every_loader_gives_every_sample(self) -> None:
        fake = self.fake(samples=12)
        for name, read in self.readers(**self.options(fake)).items():
            with self.subTest(name):
                self.assertEqual(read(), list(range(12)))
                self.assertTrue(fake.gone())

    def test_every_loader_raises_what_the_stream_ends_with(self) -> None:
        for plan, kind, rule in WRONG:
            fake = self.fake(samples=12, **plan)
            for name, read in self.readers(**self.options(fake)).items():
                with self.subTest(name, plan=plan), self.assertRaises(kind) as raised:
                    read()
                self.assertEqual(raised.exception.rule, rule, name)

    def test_a_share_without_samples_is_no_error(self) -> None:
        fake = self.fake(samples=0)
        for name, read in self.readers(**self.options(fake)).items():
            with self.subTest(name):
                self.assertEqual(read(), [])

    def test_webdataset_reads_one_share_a_rank(self) -> None:
        fake = self.fake(samples=12)
        seen = []
        for rank in range(3):
            data = coffer_reader.webdataset(7, rank=rank, world_size=3, **self.options(fake))
            seen.append([sample["json"]["coffer"]["record"][0] for sample in data.decode()])
        self.assertEqual(seen, [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]])
        empty = coffer_reader.webdataset(7, rank=20, world_size=21, **self.options(fake))
        self.assertEqual(list(empty), [])

    def test_webdataset_that_goes_on_after_wrong_samples_does_not_go_on_after_a_refusal(self) -> None:
        import webdataset

        fake = self.fake(samples=12, cut=0.6, error=REVOKED, code=77)
        data = coffer_reader.webdataset(7, **self.options(fake))
        with self.assertRaises(Refused):
            list(data.decode(handler=webdataset.ignore_and_continue).map(dict, handler=webdataset.ignore_and_continue))

    def test_hugging_face_has_shares_images_and_the_same_columns_without_samples(self) -> None:
        fake = self.fake(samples=12)
        data = coffer_reader.huggingface(7, shares=3, **self.options(fake))
        self.assertEqual(data.num_shards, 3)
        rows = list(data)
        self.assertEqual(sorted(row["coffer"]["record"][0] for row in rows), list(range(12)))
        self.assertEqual(rows[0]["image"].size, (2, 2))
        self.assertEqual(rows[0]["events"][0]["text"], "l")
        self.assertIsInstance(data.features["image"], datasets.Image)
        part = split_dataset_by_node(data, rank=1, world_size=3)
        self.assertEqual([row["coffer"]["record"][0] for row in part], [1, 4, 7, 10])

    def test_hugging_face_raises_when_shares_do_not_fit_together(self) -> None:
        fake = self.fake({"2/3": {"plan": "q"}}, samples=12)
        with self.assertRaises(PlansDiffer):
            list(coffer_reader.huggingface(7, shares=3, **self.options(fake)))

    def test_arrow_has_one_schema_and_the_bytes_of_images(self) -> None:
        fake = self.fake(samples=7)
        reader = coffer_reader.arrow(7, rows=3, **self.options(fake))
        batches = list(reader)
        self.assertEqual([batch.num_rows for batch in batches], [3, 3, 1])
        table = pyarrow.Table.from_batches(batches)
        self.assertEqual(table["image"][4].as_py(), png(4))
        self.assertEqual(str(table["t"][4].as_py()), "2026-11-23 09:12:04.120000+00:00")
        self.assertEqual(table["text"][0].as_py(), "é")
        self.assertEqual(table["events"][0][0]["source"].as_py(), "device")
        fake = self.fake(samples=0)
        self.assertEqual(coffer_reader.arrow(7, **self.options(fake)).schema, reader.schema)

    def test_the_program_ends_when_arrows_reader_is_dropped(self) -> None:
        fake = self.fake(samples=50, size=100_000, hang=True)
        reader = coffer_reader.arrow(7, rows=2, **self.options(fake))
        reader.read_next_batch()
        self.assertTrue(fake.alive())
        del reader
        self.assertTrue(fake.gone())


if __name__ == "__main__":
    unittest.main()
