"""Spark: partitions for shares, refusals in driver and task, and tries again."""

from __future__ import annotations

import os
import sys
import unittest
from typing import Any

import coffer_reader
from case import LATER, REVOKED, Case
from coffer_reader import CutStream, NotConfigured, PlansDiffer, Refused, TryLater, WrongUse
from coffer_reader.loaders.spark import Part, Reader
from coffer_reader.job import Job, Share
from fake import png
from pyspark.sql import SparkSession

SURVEY = "65535/65536"


class SparkTests(Case):
    @classmethod
    def setUpClass(cls) -> None:
        # The lookup of formats and the tasks run in this Python.
        os.environ["PYSPARK_PYTHON"] = sys.executable
        # Two tries for each task.
        builder = SparkSession.builder.master("local[2,2]").config("spark.ui.enabled", "false")
        cls.spark = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
        cls.spark.sparkContext.setLogLevel("OFF")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.spark.stop()

    def frame(self, fake: Any, **options: Any) -> Any:
        given = {"grant": 7, "shares": 3, **self.options(fake), **options}
        return self.spark.read.format("coffer").options(**given).load()

    def refused(self, frame: Any) -> coffer_reader.CofferError:
        """What the reading of this frame is refused with."""
        with self.assertRaises(Exception) as raised:
            frame.count()
        found = coffer_reader.reason(raised.exception)
        assert found is not None, raised.exception
        return found

    def tries(self, fake: Any, share: str) -> int:
        return sum(f"--shard={share}" in start for start in fake.starts)

    def test_every_sample_is_one_row(self) -> None:
        fake = self.fake(samples=14)
        rows = self.frame(fake).select("key", "t", "coffer.record", "image", "text", "events").collect()
        self.assertEqual(sorted(row["record"][0] for row in rows), list(range(14)))
        row = next(row for row in rows if row["record"][0] == 5)
        self.assertEqual((bytes(row["image"]), row["text"], row["events"][0]["source"]), (png(5), "é", "device"))
        self.assertEqual([self.tries(fake, f"{i}/3") for i in range(3)], [1, 1, 1])
        self.assertEqual(self.frame(fake).rdd.getNumPartitions(), 3)
        self.assertTrue(fake.gone())

    def test_a_share_without_samples_is_an_empty_partition(self) -> None:
        self.assertEqual(self.frame(self.fake(samples=2), shares=5).count(), 2)
        self.assertEqual(self.frame(self.fake(samples=0), shares=1).count(), 0)

    def test_a_refusal_comes_before_any_task(self) -> None:
        fake = self.fake({SURVEY: {"cut": 0, "error": REVOKED, "code": 77}})
        found = self.refused(self.frame(fake))
        self.assertEqual((type(found), found.code, found.rule, found.entry), (Refused, 77, "revoked", 171))
        self.assertEqual(self.tries(fake, "0/3"), 0)

    def test_a_refusal_in_a_task_is_not_tried_again(self) -> None:
        # A second try would succeed, without those whose consent has ended.
        fake = self.fake(
            {"1/3": {"cut": 0.6, "error": REVOKED, "code": 77, "again": {"cut": None, "code": 0, "samples": 4}}},
            samples=30,
        )
        found = self.refused(self.frame(fake))
        self.assertEqual((type(found), found.rule, found.entry), (Refused, "revoked", 171))
        self.assertEqual(self.tries(fake, "1/3"), 1)

    def test_a_task_that_is_tried_again_gives_its_rows_once(self) -> None:
        for wrong in ({"error": LATER, "code": 75}, {"signal": 9}):
            fake = self.fake(
                {"1/3": {"cut": 0.6, **wrong, "again": {"cut": None, "code": 0, "signal": 0}}}, samples=30, size=90_000
            )
            with self.subTest(wrong=wrong):
                rows = self.frame(fake, rows=2).select("coffer.record").collect()
                self.assertEqual(sorted(row["record"][0] for row in rows), list(range(30)))
                self.assertEqual(self.tries(fake, "1/3"), 2)
            os.remove(f"{self.folder}/starts")

    def test_a_stream_that_is_always_cut_is_an_error(self) -> None:
        plans: list[tuple[dict[str, Any], type[Exception]]] = [
            ({"cut": 2}, CutStream),
            ({"cut": 0.6, "error": LATER, "code": 75}, TryLater),
        ]
        for plan, kind in plans:
            with self.subTest(plan=plan):
                found = self.refused(self.frame(self.fake({"1/2": plan}, samples=30), shares=2))
                self.assertIs(type(found), kind)

    def test_a_share_of_another_plan_is_an_error_however_often_it_is_tried(self) -> None:
        fake = self.fake({"1/2": {"plan": "q"}}, samples=30)
        found = self.refused(self.frame(fake, shares=2))
        self.assertEqual((type(found), found.rule), (PlansDiffer, "plan.differs"))

    def test_wrong_options_are_named(self) -> None:
        fake = self.fake()
        for options, words in (({"shares": "x"}, "shares"), ({"shares": "70000"}, "shares"), ({"kind": "keys"}, "kind")):
            found = self.refused(self.frame(fake, **options))
            self.assertIs(type(found), WrongUse)
            self.assertIn(words, found.message)

    def test_an_executor_without_the_epochs_file_asks_nobody(self) -> None:
        fake = self.fake()
        part = Part(Share(0, 3), f"{self.folder}/none", "p", "query", "another-machine")
        with self.assertRaisesRegex(NotConfigured, "not on this machine"):
            list(Reader(Job.of(7, **self.options(fake)), 3, 8).read(part))
        self.assertEqual(fake.starts, [])


if __name__ == "__main__":
    unittest.main()
