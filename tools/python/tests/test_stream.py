"""Streams: whole ones, cut ones, refused ones, and those that nobody reads to the end."""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import coffer_reader
from case import DAMAGED, LATER, REVOKED, Case
from coffer_reader import CutStream, NotConfigured, PlansDiffer, Refused, SamplesMustGo, Tampered, TryLater, WrongUse
from coffer_reader import Job
from coffer_reader.epoch import folder, note
from coffer_reader.manifest import Manifest
from coffer_reader.plans import PlanBook


class StreamTests(Case):
    def test_a_whole_stream_gives_every_sample_and_its_manifest(self) -> None:
        fake = self.fake(samples=12)
        stream = coffer_reader.samples(48320, coffer=fake.path, kinds=["keys", "screen"], home="/h", key="/k")
        samples = list(stream)
        self.assertEqual([sample.step["coffer"]["record"][0] for sample in samples], list(range(12)))
        self.assertTrue(all(sample.ending == "png" and sample.image[:4] == b"\x89PNG" for sample in samples))
        assert stream.manifest is not None
        self.assertEqual(stream.manifest.samples, 12)
        self.assertIn("--grant=48320", fake.starts[0])
        self.assertIn("--kinds=keys,screen", fake.starts[0])
        self.assertTrue(fake.gone())

    def test_a_stream_may_have_no_images_and_no_samples(self) -> None:
        fake = self.fake(samples=0)
        self.assertEqual(list(coffer_reader.samples("g", coffer=fake.path)), [])
        fake = self.fake(samples=3)
        self.assertEqual([s.image for s in coffer_reader.samples("g", coffer=fake.path, images="none")], [None] * 3)

    def test_a_refusal_has_its_code_rule_and_entry(self) -> None:
        for error, kind in ((REVOKED, Refused), (DAMAGED, Tampered), (LATER, TryLater)):
            fake = self.fake(cut=0.5, error=error, code=error["code"])
            with self.assertRaises(kind) as raised:
                list(coffer_reader.samples("g", coffer=fake.path))
            found = raised.exception
            self.assertEqual(
                (found.code, found.rule, found.entry), (error["code"], error["rule"], error.get("entry"))
            )
            self.assertIn(error["message"], str(found))
            self.assertEqual(found.place.get("subject"), error.get("subject"))

    def test_a_refusal_after_a_stream_that_looks_whole_counts(self) -> None:
        fake = self.fake(error=REVOKED, code=77)
        stream = coffer_reader.samples("g", coffer=fake.path)
        with self.assertRaises(Refused):
            list(stream)
        self.assertIsNone(stream.manifest)

    def test_the_exit_code_counts_whatever_the_text_says(self) -> None:
        fake = self.fake(cut=0.5, error={"code": 0, "rule": "none", "message": "all is well"}, code=77)
        with self.assertRaises(Refused) as raised:
            list(coffer_reader.samples("g", coffer=fake.path))
        self.assertIsNone(raised.exception.rule)

    def test_a_wrong_option_is_told_as_the_program_tells_it(self) -> None:
        fake = self.fake(cut=0.0, says=["Error: The value 'x' is invalid for '--days'"], code=64)
        with self.assertRaisesRegex(WrongUse, "--days"):
            list(coffer_reader.samples("g", coffer=fake.path, days="x"))
        with self.assertRaisesRegex(WrongUse, "day"):
            coffer_reader.samples("g", coffer=fake.path, day="x")

    def test_samples_that_must_go_raise_after_the_last_one(self) -> None:
        fake = self.fake(samples=5, error={"code": 3, "rule": "samples.go", "message": "1 of its samples must go."}, code=3)
        stream = coffer_reader.samples("g", coffer=fake.path)
        read = []
        with self.assertRaises(SamplesMustGo):
            for sample in stream:
                read.append(sample)
        self.assertEqual(len(read), 5)
        self.assertIsNotNone(stream.manifest)

    def test_a_stream_that_is_cut_anywhere_raises(self) -> None:
        # 2: all but the trailer, which is also what is there when the program is killed before it.
        for cut in (0.0, 0.1, 0.37, 0.5, 0.8, 0.99, 2):
            for ending in ({}, {"signal": 9}):
                fake = self.fake(samples=9, cut=cut, **ending)
                with self.subTest(cut=cut, ending=ending), self.assertRaises(CutStream):
                    list(coffer_reader.samples("g", coffer=fake.path))

    def test_a_program_that_is_killed_raises_even_after_a_whole_stream(self) -> None:
        fake = self.fake(signal=9)
        with self.assertRaises(CutStream):
            list(coffer_reader.samples("g", coffer=fake.path))

    def test_a_manifest_that_names_other_samples_raises(self) -> None:
        fake = self.fake(samples=5, claimed=6)
        with self.assertRaisesRegex(CutStream, "names 6"):
            list(coffer_reader.samples("g", coffer=fake.path))

    def test_a_manifest_is_kept_as_it_was_and_only_of_a_whole_stream(self) -> None:
        kept = f"{self.folder}/kept"
        os.mkdir(kept)
        for plan in ({"cut": 0.8}, {"error": REVOKED, "code": 77}):
            with self.assertRaises(coffer_reader.CofferError):
                list(coffer_reader.samples("g", coffer=self.fake(**plan).path, manifests=kept))
            self.assertEqual(os.listdir(kept), [])
        stream = coffer_reader.samples("g", coffer=self.fake().path, manifests=kept)
        list(stream)
        (name,) = os.listdir(kept)
        assert stream.manifest is not None
        with open(f"{kept}/{name}", "rb") as file:
            self.assertEqual(file.read(), stream.manifest.data)
        self.assertEqual(os.stat(f"{kept}/{name}").st_mode & 0o777, 0o600)
        self.assertEqual(stream.manifest.subjects, {"g1"})
        with self.assertRaisesRegex(NotConfigured, "no-such-folder"):
            list(coffer_reader.samples("g", coffer=self.fake().path, manifests=f"{kept}/no-such-folder"))

    def test_a_survey_has_no_samples_and_says_who_is_live(self) -> None:
        fake = self.fake({"65535/65536": {"samples": 0, "live": ["g1", "g2"]}})
        found = coffer_reader.survey("g", coffer=fake.path, epoch=f"{self.folder}/epoch")
        self.assertEqual((found.subjects, found.plan), ({"g1", "g2"}, "p"))

    def test_a_program_that_is_missing_is_named(self) -> None:
        with self.assertRaisesRegex(NotConfigured, "no-such-program"):
            coffer_reader.samples("g", coffer="/no-such-program")
        for grant in ("a\0b", "\ud800"):
            with self.assertRaisesRegex(WrongUse, "character"):
                coffer_reader.samples(grant, coffer=self.fake().path)

    def test_errors_survive_pickling_and_tracebacks(self) -> None:
        error = Refused("A consent has ended.", rule="revoked", entry=171, hint="Begin again.")
        for again in (pickle.loads(pickle.dumps(error)), Refused(f"Caught it.\ncoffer_reader.errors.Refused: {error}")):
            self.assertEqual((again.code, again.rule, again.entry), (77, "revoked", 171))
            self.assertEqual(again.message, "A consent has ended.")
        spark = RuntimeError(f"Job aborted: Traceback\n  File x\ncoffer_reader.errors.Refused: {error}\n\n\tat org.apache")
        found = coffer_reader.reason(spark)
        assert isinstance(found, Refused)
        self.assertEqual((found.rule, found.entry), ("revoked", 171))
        self.assertIsNone(coffer_reader.reason(ValueError("x")))


class EndTests(Case):
    def test_the_program_ends_when_its_stream_is_closed_or_dropped(self) -> None:
        for leave in (lambda s: s.close(), lambda s: s.__exit__(None, None, None), lambda s: None):
            fake = self.fake(samples=200, size=50_000, hang=True)
            stream = coffer_reader.samples("g", coffer=fake.path)
            next(stream)
            self.assertTrue(fake.alive())
            leave(stream)
            del stream
            gc.collect()
            self.assertTrue(fake.gone())

    def test_the_program_ends_when_its_reader_is_killed(self) -> None:
        fake = self.fake(samples=200, size=50_000, hang=True)
        code = f"import coffer_reader, time\ns = coffer_reader.samples('g', coffer={fake.path!r})\nnext(s)\n"
        code += "print('read', flush=True)\ntime.sleep(600)"
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as reader:
            assert reader.stdout is not None
            self.assertEqual(reader.stdout.readline(), b"read\n")
            self.assertTrue(fake.alive())
            reader.send_signal(signal.SIGKILL)
            reader.wait()
            self.assertTrue(fake.gone())

    def test_a_fork_leaves_its_parents_program_alone(self) -> None:
        fake = self.fake(samples=200, size=50_000, hang=True)
        stream = coffer_reader.samples("g", coffer=fake.path)
        next(stream)
        pid = os.fork()
        if pid == 0:
            stream.close()
            os._exit(0)
        os.waitpid(pid, 0)
        self.assertTrue(fake.alive())
        stream.close()
        self.assertTrue(fake.gone())

    def test_memory_stays_bounded_and_no_file_is_written(self) -> None:
        fake = self.fake(samples=1500, size=50_000)
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with mock.patch.dict(os.environ, TMPDIR=tempfile.mkdtemp(dir=self.folder)) as changed:
            count = sum(1 for _ in coffer_reader.samples("g", coffer=fake.path, images="none"))
            self.assertEqual(os.listdir(changed["TMPDIR"]), [])
        self.assertEqual(count, 1500)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size
        self.assertLess(grown, 30_000, "75 MB were read")


class ShareTests(Case):
    def test_shares_of_one_plan_agree_pass_after_pass(self) -> None:
        book = PlanBook(f"{self.folder}/plans")
        for plan in ("a", "b"):
            for index in range(3):
                book.agree("round", coffer_reader.Share(index, 3), Manifest(b"", {"plan": plan}))
        self.assertEqual(os.stat(book.path).st_size, 0)
        self.assertEqual(os.stat(book.path).st_mode & 0o777, 0o600)

    def test_shares_of_two_plans_do_not_fit_together(self) -> None:
        book = PlanBook(f"{self.folder}/plans")
        book.agree("round", coffer_reader.Share(0, 2), Manifest(b"", {"plan": "a"}))
        book.agree("other", coffer_reader.Share(1, 2), Manifest(b"", {"plan": "b"}))
        with self.assertRaises(PlansDiffer) as raised:
            book.agree("round", coffer_reader.Share(1, 2), Manifest(b"", {"plan": "b"}))
        self.assertEqual((raised.exception.code, raised.exception.rule), (75, "plan.differs"))

    def test_a_share_without_a_plan_fits_nothing(self) -> None:
        book = PlanBook(f"{self.folder}/plans")
        with self.assertRaises(PlansDiffer):
            book.agree("round", coffer_reader.Share(0, 2), Manifest(b"", {}))

    def test_the_epochs_folder_is_this_users_alone(self) -> None:
        self.assertEqual(os.stat(folder()).st_mode & 0o777, 0o700)
        for epoch in (None, "/dev/fd/5"):
            self.assertTrue(note(Job("g", epoch=epoch), "plans").startswith(f"{folder()}/"))

    def test_what_another_user_or_a_link_says_of_an_epoch_is_not_read(self) -> None:
        job = Job("g", epoch=f"{self.folder}/epoch")
        self.assertEqual(note(job, "plans"), f"{self.folder}/epoch.plans")
        os.symlink("/etc/passwd", f"{self.folder}/epoch.plans")
        with self.assertRaisesRegex(NotConfigured, "epoch.plans"):
            note(job, "plans")
        open(f"{self.folder}/epoch.refused", "w").close()
        with mock.patch("os.getuid", lambda: 4711), self.assertRaisesRegex(NotConfigured, "epoch.refused"):
            note(job, "refused")


if __name__ == "__main__":
    unittest.main()
