"""PyTorch's DataLoader: shares for workers and ranks, and refusals that come out of a worker as they are."""

from __future__ import annotations

import multiprocessing
import os
import unittest
from typing import Any

import coffer_reader
import torch.utils.data
from case import LATER, REVOKED, Case
from coffer_reader import CutStream, PlansDiffer, Refused, TryLater, WrongUse


def numbers(loader: Any) -> list[int]:
    return [item["step"]["coffer"]["record"][0] for item in loader]


class LoaderTests(Case):
    def loader(self, fake: Any, workers: int, **options: Any) -> Any:
        names = {"rank", "world_size", "transform"}
        data = coffer_reader.pytorch(
            7, **self.options(fake), **{name: value for name, value in options.items() if name in names}
        )
        rest = {name: value for name, value in options.items() if name not in names}
        return torch.utils.data.DataLoader(data, batch_size=None, num_workers=workers, **rest)

    def test_each_worker_reads_one_share_pass_after_pass(self) -> None:
        for workers in (0, 1, 3):
            for persistent in {False, workers > 0}:
                fake = self.fake(samples=12)
                loader = self.loader(fake, workers, persistent_workers=persistent)
                for _ in range(2):
                    with self.subTest(workers=workers, persistent=persistent):
                        self.assertEqual(sorted(numbers(loader)), list(range(12)))
                del loader
                self.assertTrue(fake.gone())

    def test_workers_of_ranks_share_an_epoch(self) -> None:
        fake, seen = self.fake(samples=40), []
        for epoch in range(2):
            for rank in range(2):
                loader = self.loader(fake, 2, rank=rank, world_size=2)
                loader.dataset.set_epoch(epoch)
                seen += numbers(loader)
        self.assertEqual(sorted(seen), sorted(2 * list(range(40))))
        shares = {word for start in fake.starts for word in start if word.startswith("--shard")}
        self.assertEqual(shares, {f"--shard={i}/4" for i in range(4)})
        epochs = {word for start in fake.starts for word in start if word.startswith("--epoch")}
        self.assertEqual(epochs, {f"--epoch={self.folder}/epoch"})

    def test_torchruns_variables_say_which_rank_it_is(self) -> None:
        fake = self.fake(samples=12)
        os.environ.update(RANK="1", WORLD_SIZE="3")
        try:
            self.assertEqual(numbers(self.loader(fake, 0)), [1, 4, 7, 10])
        finally:
            del os.environ["RANK"], os.environ["WORLD_SIZE"]

    def test_a_rank_that_does_not_exist_is_refused(self) -> None:
        for options in ({"rank": 1}, {"world_size": 2}, {"rank": 2, "world_size": 2}, {"rank": -1, "world_size": 2}):
            with self.subTest(options=options), self.assertRaises(WrongUse):
                coffer_reader.pytorch(7, **options)

    def test_two_loaders_of_other_parts_of_a_grant_do_not_disturb_each_other(self) -> None:
        for days, plan in (("2026-11-01..2026-11-02", "p"), ("2026-11-03..2026-11-04", "q")):
            fake = self.fake(samples=12, plan=plan)
            data = coffer_reader.pytorch(7, rank=0, world_size=2, days=days, **self.options(fake))
            self.assertEqual(sum(1 for _ in data), 6)

    def test_a_batch_is_a_list_of_items(self) -> None:
        fake = self.fake(samples=12)
        loader = torch.utils.data.DataLoader(
            coffer_reader.pytorch(7, **self.options(fake)), batch_size=5, collate_fn=list, num_workers=2
        )
        self.assertEqual(sorted(len(batch) for batch in loader), [1, 1, 5, 5])

    def test_a_worker_without_samples_is_no_error(self) -> None:
        fake = self.fake(samples=2)
        self.assertEqual(sorted(numbers(self.loader(fake, 4))), [0, 1])

    def test_a_refusal_in_a_worker_has_its_code_rule_and_entry(self) -> None:
        for workers in (0, 2):
            for method in ("fork", "spawn") if workers else ("fork",):
                fake = self.fake({"1/2": {"cut": 0.6, "error": REVOKED, "code": 77}}, samples=40)
                if not workers:
                    fake = self.fake(samples=40, cut=0.6, error=REVOKED, code=77)
                context = {"multiprocessing_context": multiprocessing.get_context(method)} if workers else {}
                with self.subTest(workers=workers, method=method), self.assertRaises(Refused) as raised:
                    numbers(self.loader(fake, workers, **context))
                found = raised.exception
                self.assertEqual((found.code, found.rule, found.entry), (77, "revoked", 171))
                self.assertTrue(fake.gone())

    def test_a_cut_stream_in_a_worker_raises(self) -> None:
        plans: list[tuple[dict[str, Any], type[Exception]]] = [
            ({"cut": 0.6}, CutStream),
            ({"cut": 0.9, "signal": 9}, CutStream),
            ({"cut": 0.6, "error": LATER, "code": 75}, TryLater),
        ]
        for plan, kind in plans:
            fake = self.fake({"0/2": plan}, samples=40)
            with self.subTest(plan=plan), self.assertRaises(kind):
                numbers(self.loader(fake, 2))

    def test_shares_that_do_not_fit_together_raise(self) -> None:
        fake = self.fake({"1/2": {"plan": "q"}}, samples=12)
        with self.assertRaises(PlansDiffer):
            numbers(self.loader(fake, 2))

    def test_a_loader_that_stops_early_leaves_no_program(self) -> None:
        fake = self.fake(samples=60, size=100_000, hang=True)
        for workers in (0, 2):
            loader = iter(self.loader(fake, workers))
            next(loader)
            self.assertTrue(fake.alive())
            del loader
            self.assertTrue(fake.gone(), workers)

    def test_webdataset_in_workers_reads_one_share_each(self) -> None:
        fake = self.fake(samples=12)
        data = coffer_reader.webdataset(7, **self.options(fake)).decode().to_tuple("png", "json")
        loader = torch.utils.data.DataLoader(data, batch_size=None, num_workers=3)
        for _ in range(2):
            rows = list(loader)
            self.assertEqual(sorted(step["coffer"]["record"][0] for _, step in rows), list(range(12)))
            self.assertEqual({image[:4] for image, _ in rows}, {b"\x89PNG"})


if __name__ == "__main__":
    unittest.main()
