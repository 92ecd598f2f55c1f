import CofferTestKit
import Foundation
import Rules
import Sealing
import Testing

@testable import Job

/// An epoch's workers ask under the same releases, and a stream goes on where another one stopped.
@Suite("Resuming")
struct ResumeTests {
    private let people = (0..<6).map { "person \($0)" }

    /// Six people with a page on each of two days of one week, and nothing in another week.
    private func world() async throws -> (JobWorld, [String: [Offer.Published]]) {
        let world = try JobWorld(people, days: JobWorld.monday...(JobWorld.monday + 13))
        var all: [String: [Offer.Published]] = [:]
        for person in people {
            var pages: [Offer.Published] = []
            for day in [JobWorld.monday, JobWorld.monday + 1] {
                let records = Desk(day: day).type("\(person) \(day)", at: 0)
                pages.append(try await world.page(.keys, "code", [records], of: person, day: day))
            }
            try await world.index(pages, of: person)
            all[person] = pages
        }
        return (world, all)
    }

    private struct Run {
        var bytes: Bytes = []
        var manifest: Manifest?
        var summary: Epoch.Summary?
        var error: CofferError?
    }

    private func open(
        _ world: JobWorld, _ secret: EpochSecret? = nil, shard: Shard = .whole, drop: DropRules = .none,
        format: SampleFormatName = .jsonl, checkpoints: Checkpoints? = nil, ending: Epoch.Ending = .marked
    ) async -> Run {
        let sink = MemorySink()
        let counted = CountedSink(sink)
        checkpoints?.sink = counted
        let epoch = Epoch(
            ledger: world, brokers: world, lake: world.lake, job: world.job, shard: shard, secret: secret, drop: drop)
        var run = Run()
        do {
            run.summary = try await epoch.open(
                grant: world.grant, as: try format.format(into: counted), ifSamplesMustGo: ending,
                checkpoints: checkpoints
            ) { manifest throws(CofferError) in run.manifest = manifest }
        } catch { run.error = error }
        run.bytes = sink.bytes
        return run
    }

    // MARK: Releases

    /// Computed by another program: HMAC-SHA-256 of Python's hmac, in the steps of RFC 5869.
    @Test("A release's recipient comes from the epoch's secret by the construction of the design")
    func construction() throws {
        let secret = try Bytes(0..<32).withUnsafeBytes { bytes in try EpochSecret(copying: bytes) }
        let key = try secret.recipient(
            of: ID128(Bytes(0..<16)), under: Hash256(of: Array("grant".utf8)), of: "ledger.example/coffer")
        let seed = "519560ac7d553c46aeb5f28ca8a931c634d7729bd7253d2d083643e43e389233"
        #expect(key.withSeed { Hex.encode(Bytes($0)) } == seed)
        // Everything that goes in counts.
        let others = [
            try secret.recipient(
                of: ID128(Bytes(1..<17)), under: Hash256(of: Array("grant".utf8)), of: "ledger.example/coffer"),
            try secret.recipient(of: ID128(Bytes(0..<16)), under: .zero, of: "ledger.example/coffer"),
            try secret.recipient(
                of: ID128(Bytes(0..<16)), under: Hash256(of: Array("grant".utf8)), of: "ledger.example"),
            try EpochSecret().recipient(of: ID128(Bytes(0..<16)), under: .zero, of: "ledger.example/coffer"),
        ]
        #expect(Set(others.map(\.publicKey.bytes) + [key.publicKey.bytes]).count == 5)
        #expect(throws: CofferError(.usage, "")) {
            _ = try Bytes(0..<31).withUnsafeBytes { bytes in try EpochSecret(copying: bytes) }
        }
    }

    @Test("A worker that starts again asks under the epoch's releases; another epoch needs others")
    func startsAgain() async throws {
        let (world, _) = try await world()
        let secret = try EpochSecret()
        let first = await open(world, secret)
        #expect(first.error == nil && world.releases == 2)
        let again = await open(world, secret)
        #expect(again.error == nil && again.bytes == first.bytes && world.releases == 2)
        #expect(again.manifest?.releases == first.manifest?.releases)
        let other = await open(world, try EpochSecret())
        // Samples name their release, and are the same otherwise.
        #expect(other.error == nil && other.bytes.count == first.bytes.count && world.releases == 4)
    }

    @Test("The shares of an epoch release its index weeks once")
    func shards() async throws {
        let (world, _) = try await world()
        let secret = try EpochSecret()
        var samples = 0
        for i in 0..<3 {
            let run = await open(world, secret, shard: try #require(Shard("\(i)/3")))
            #expect(run.error == nil)
            samples += run.summary?.samples ?? 0
        }
        // One for the weeks, and one for the pages of each share.
        #expect(samples == 12 && world.releases == 4)
        let named = world.state.releases.values.flatMap { $0.release.consents.flatMap(\.ids) }
        #expect(named.count { $0.monday != nil } == 12 && named.count { $0.monday == nil } == 12)
    }

    @Test("Two shares that begin at the same time write the same release for the weeks")
    func race() async throws {
        let (world, _) = try await world()
        let secret = try EpochSecret()
        let runs = await withTaskGroup(of: Run.self) { tasks in
            for i in 0..<2 { tasks.addTask { await open(world, secret, shard: Shard("\(i)/2") ?? .whole) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(runs.allSatisfy { $0.error == nil } && runs.reduce(0) { $0 + ($1.summary?.samples ?? 0) } == 12)
        #expect(world.releases == 3)
    }

    @Test("A release that brokers no longer answer is not used again")
    func age() async throws {
        let (world, _) = try await world()
        let secret = try EpochSecret()
        #expect(await open(world, secret).error == nil)
        world.clock.advance(by: millisecondsPerDay)
        #expect(await open(world, secret).error == nil)
        #expect(world.releases == 4)
    }

    @Test("Ids of today's budget are only those of other releases")
    func budget() async throws {
        let (world, _) = try await world()
        let secret = try EpochSecret()
        #expect(await open(world, secret).error == nil)
        // 24 ids are spent; 10 are left.
        try world.spend(world.budget - 34)
        #expect(await open(world, secret).error == nil)
        #expect(await open(world, try EpochSecret()).error?.rule == "release.budget")
    }

    // MARK: Checkpoints

    private func checkpoints(
        _ path: String, _ world: JobWorld, resuming: Bool, format: String = "jsonl"
    ) throws -> Checkpoints {
        try Checkpoints(path, grant: world.grant, shard: .whole, form: format, isResuming: resuming)
    }

    /// The last of the people whose pages are consumed.
    private func last(_ world: JobWorld) throws -> String {
        let consents = try world.state.consents.map { hash, record in
            (hash, try #require(people.first { world.pseudonym(of: $0) == record.consent.pseudonym }))
        }
        return try #require(consents.max { $0.0 < $1.0 }).1
    }

    @Test(
        "What went out before and what a later stream adds is the whole stream",
        arguments: [SampleFormatName.jsonl, .tar])
    func goesOn(_ format: SampleFormatName) async throws {
        let (world, pages) = try await world()
        let home = try TemporaryDirectory()
        let path = home.path + "/checkpoint"
        let secret = try EpochSecret()
        let whole = await open(world, secret, format: format)
        let body = try #require(pages[try last(world)]?[1].bodies[0])
        let bytes = try #require(try await world.lake.get(body))
        try await world.lake.delete(body)
        let name = format.rawValue
        let first = await open(
            world, secret, format: format, checkpoints: try checkpoints(path, world, resuming: false, format: name))
        #expect(first.error?.rule == "body.missing")
        await world.lake.store(body, bytes)
        let second = try checkpoints(path, world, resuming: true, format: name)
        // The last day that was whole has not gone out to its last byte.
        #expect(second.done.count == 10)
        let rest = await open(world, secret, format: format, checkpoints: second)
        #expect(rest.error == nil && world.releases == 2)
        let before = try #require(rest.manifest?.before)
        #expect(before.count == 1 && before[0].hash == Hash256(of: Array(first.bytes.prefix(before[0].count))))
        let joined = Array(first.bytes.prefix(before[0].count)) + rest.bytes
        let count = try #require(whole.manifest?.written?.count)
        #expect(joined.prefix(count) == whole.bytes.prefix(count))
        // The manifest is of both.
        #expect(rest.manifest?.samples == 12 && rest.manifest?.pages == 12)
        #expect(rest.manifest?.releases == whole.manifest?.releases)
        if format == .tar { #expect(try OpenTar(joined).hasTrailer) }
        second.finish()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("A line that was not finished does not count, and a second interruption goes on, too")
    func torn() async throws {
        let (world, pages) = try await world()
        let home = try TemporaryDirectory()
        let path = home.path + "/checkpoint"
        let secret = try EpochSecret()
        let whole = await open(world, secret)
        var joined: Bytes = []
        let body = try #require(pages[try last(world)]?[1].bodies[0])
        let bytes = try #require(try await world.lake.get(body))
        try await world.lake.delete(body)
        for round in 0..<2 {
            let points = try checkpoints(path, world, resuming: round > 0)
            let run = await open(world, secret, checkpoints: points)
            #expect(run.error?.rule == "body.missing")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try (text + "{\"consent\":\"00").write(toFile: path, atomically: false, encoding: .utf8)
            let kept = try checkpoints(path, world, resuming: true)
            #expect(kept.done.count == 10)
            joined = Array((joined + run.bytes).prefix(kept.bytesBefore))
        }
        await world.lake.store(body, bytes)
        let points = try checkpoints(path, world, resuming: true)
        let run = await open(world, secret, checkpoints: points)
        #expect(run.error == nil && joined + run.bytes == whole.bytes)
    }

    @Test("What has ended since a checkpoint ends the stream before anything is asked for, or must go")
    func endedSince() async throws {
        for drop in [DropRules.none, DropRules(ended: true, unreadable: false)] {
            let (world, pages) = try await world()
            let home = try TemporaryDirectory()
            let path = home.path + "/checkpoint"
            let secret = try EpochSecret()
            let final = try last(world)
            let body = try #require(pages[final]?[1].bodies[0])
            let bytes = try #require(try await world.lake.get(body))
            try await world.lake.delete(body)
            let first = await open(world, secret, checkpoints: try checkpoints(path, world, resuming: false))
            #expect(first.error?.rule == "body.missing")
            await world.lake.store(body, bytes)
            let others = people.filter { $0 != final }
            world.revoke(others[0])
            world.erase(try #require(pages[others[1]]?[0]), of: others[1])
            let run = await open(
                world, secret, drop: drop, checkpoints: try checkpoints(path, world, resuming: true), ending: .none)
            if drop == .none {
                #expect(run.error?.code == .refused && run.bytes.isEmpty)
            } else {
                #expect(run.error == nil && run.summary?.mustGo.map(\.samples).sorted() == [1, 2])
            }
        }
    }

    @Test("A checkpoint of another stream is refused")
    func strangers() async throws {
        let (world, _) = try await world()
        let home = try TemporaryDirectory()
        let path = home.path + "/checkpoint"
        _ = try checkpoints(path, world, resuming: false)
        #expect(try checkpoints(path, world, resuming: true).done.isEmpty)
        #expect(throws: CofferError(.usage, "", rule: "checkpoint.stream")) {
            _ = try checkpoints(path, world, resuming: true, format: "tar")
        }
        for text in ["{}\n", "{\"schema\":\"coffer.checkpoint.v2\"}\n"] {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            #expect(throws: CofferError(.usage, "", rule: "checkpoint.stream")) {
                _ = try checkpoints(path, world, resuming: true)
            }
        }
    }

    // MARK: The secret's file

    private func file(_ path: String, _ grant: Hash256, at now: Milliseconds, inMemory: Bool = true) throws -> EpochFile
    {
        try EpochFile(path, grant: grant, now: now) { _ in inMemory }
    }

    private func bytes(_ file: EpochFile) -> Bytes { file.secret.withBytes { Bytes($0) } }

    @Test("Workers find the same secret in one file of theirs alone, and the last share erases it")
    func secretFile() throws {
        let home = try TemporaryDirectory()
        let path = home.path + "/epoch"
        let grant = Hash256(of: [1])
        let files = try (0..<3).map { _ in try file(path, grant, at: 1000) }
        #expect(Set(files.map(bytes)).count == 1)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // The second share, the second again, the first, and the last.
        for (number, share) in [(1, "1/3"), (1, "1/3"), (0, "0/3")] {
            try files[number].finish(try #require(Shard(share)))
            #expect(FileManager.default.fileExists(atPath: path))
        }
        #expect(bytes(try file(path, grant, at: 2000)) == bytes(files[0]))
        try files[2].finish(try #require(Shard("2/3")))
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(bytes(try file(path, grant, at: 3000)) != bytes(files[0]))
    }

    @Test("A descriptor passes the secret on, and its reader erases nothing")
    func secretFromDescriptor() throws {
        let home = try TemporaryDirectory()
        let path = home.path + "/epoch"
        let grant = Hash256(of: [1])
        let owner = try file(path, grant, at: 1000)
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: try Data(contentsOf: URL(fileURLWithPath: path)))
        try pipe.fileHandleForWriting.close()
        let worker = try file("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)", grant, at: 2000, inMemory: false)
        #expect(bytes(worker) == bytes(owner))
        try worker.finish(.whole)
        worker.erase()
        #expect(bytes(try file(path, grant, at: 3000)) == bytes(owner))
    }

    @Test("An epoch ends after a day, or by a final refusal, and its secret with it")
    func secretEnds() throws {
        let home = try TemporaryDirectory()
        let path = home.path + "/epoch"
        let grant = Hash256(of: [1])
        let first = try file(path, grant, at: 1000)
        let link = home.path + "/link"
        try FileManager.default.linkItem(atPath: path, toPath: link)
        #expect(bytes(try file(path, grant, at: 999 + millisecondsPerDay)) == bytes(first))
        #expect(bytes(try file(path, grant, at: 1000 + millisecondsPerDay)) != bytes(first))
        // What another name still shows of it is no secret.
        let left = try Data(contentsOf: URL(fileURLWithPath: link))
        #expect(left.range(of: Data(bytes(first))) == nil)
        try file(path, grant, at: 1000 + millisecondsPerDay).erase()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("A secret is taken from no disk, and from no file of others or of another grant")
    func secretRefused() throws {
        let home = try TemporaryDirectory()
        let path = home.path + "/epoch"
        let grant = Hash256(of: [1])
        #expect(throws: CofferError(.configuration, "", rule: "epoch.disk")) {
            _ = try file(path, grant, at: 1000, inMemory: false)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = try file(path, grant, at: 1000)
        #expect(throws: CofferError(.usage, "", rule: "epoch.grant")) { _ = try file(path, .zero, at: 1000) }
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: CofferError(.configuration, "", rule: "epoch.file")) { _ = try file(path, grant, at: 1000) }
        try FileManager.default.removeItem(atPath: path)
        try "short".write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: CofferError(.configuration, "", rule: "epoch.file")) { _ = try file(path, grant, at: 1000) }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: home.path + "/elsewhere")
        #expect(throws: CofferError(.configuration, "", rule: "epoch.file")) { _ = try file(path, grant, at: 1000) }
    }
}
