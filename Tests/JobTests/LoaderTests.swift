import CofferTestKit
import Foundation
import Records
import Sealing
import Testing

@testable import Job

/// What loaders need: the same members with the same types in every row, the same files for every sample, and an end
/// that shows.
@Suite("Rows for loaders")
struct LoaderTests {
    private let desk = Desk()

    /// A sample of each shape that there is.
    private func everyShape() async throws -> [Sample] {
        let mark = RecordingMark(id: "0123456789abcdef")
        let sources: [(kind: Kind, records: [Record])] = [
            (.keys, desk.type("ab", at: 0)), (.pointer, desk.click(10, 20, at: 10_000)),
            (
                .pointer,
                [
                    desk.pointer(.press(button: "left"), 1, 1, at: 20_000), desk.pointer(.move, 300, 30, at: 20_010),
                    desk.pointer(.release(button: "left"), 300, 30, at: 20_020),
                ]
            ), (.pointer, [desk.pointer(.scroll(direction: "down", clicks: 3), 5, 5, at: 30_000)]),
            (.prompt, [RecordContent.prompt(.init(role: .user, text: "do \"it\"\u{7f}")).record(at: desk.at(40_000))]),
            (.terminal, [RecordContent.terminal(.init(isOutput: true, text: "ok")).record(at: desk.at(50_000))]),
            // A step that was imported and has no input.
            (
                .keys,
                [RecordContent.step(StepContent(.keys, .code(step: 0, "WAIT"))).record(at: desk.at(60_000), mark: mark)]
            ), (.window, [desk.title("a title", at: 65_000)]), (.screen, [try desk.frame(40, at: 65_000)]),
            (.keys, desk.tap("Return", at: 70_000)),
        ]
        var records: [TimedRecord] = []
        for (number, source) in sources.enumerated() {
            let segment = SegmentSource(
                kind: source.kind, app: try AppName("code"), page: .zero, body: Hash256(of: [UInt8(number)]), release: 2
            )
            records += source.records.enumerated().map { TimedRecord(record: $1, source: segment, index: $0) }
        }
        let job = SigningKey()
        var sampler = Sampler(
            stream: .init(origin: "o", grant: 1, purpose: .zero), subjects: Subjects(job: job, grant: .zero),
            pseudonym: job.publicKey, device: 1)
        var samples: [Sample] = []
        for record in records.sorted(by: { $0.record.time < $1.record.time }) { samples += try sampler.take(record) }
        samples += try sampler.finish()
        for place in samples.indices { samples[place] = try await samples[place].drawn() }
        return samples
    }

    private func manifest(_ pictures: Pictures = Pictures(.png)) -> Manifest {
        let terms = GrantTerms(
            hash: .zero, entry: 1, purpose: .zero, job: SigningKey().publicKey, kinds: [.keys], apps: [], days: 0...0)
        return Manifest(terms, shard: .whole)
    }

    /// A value's type as loaders take it from text: an object by its members, a list by its elements, of which there
    /// must be one.
    private func type(_ value: ForeignJSON) throws -> String {
        switch value {
        case .object(let members):
            return "{" + (try members.map { "\($0.name) \(try type($0.value))" }).joined(separator: ",") + "}"
        case .array(let values):
            let types = Set(try values.map(type))
            #expect(types.count == 1, "a list without elements, or of several types")
            return "[\(types.first ?? "")]"
        case .string, .halved: return "text"
        case .number(let number): return number.text.contains(".") ? "decimal" : "whole"
        case .boolean: return "flag"
        case .null:
            Issue.record("a null has no type")
            return "null"
        }
    }

    @Test("Every row has the same members of the same types, the manifest's row too")
    func columns() async throws {
        let samples = try await everyShape()
        #expect(samples.count == 8)
        #expect(Set(samples.map(\.source.kind)) == [.keys, .pointer, .prompt, .terminal])
        let rows = samples.map { $0.json(embeddingImage: true) } + [manifest().row.encoded(image: [])]
        let types = Set(try rows.map { try type(try ForeignJSON(parsing: $0)) })
        #expect(
            types == [
                "{schema text,t text,kind text,app text,window text,screen {w whole,h whole},action {code text},"
                    + "role text,type text,text text,events [{dt whole,type text,key text,text text,button text,"
                    + "direction text,clicks whole,x decimal,y decimal,off flag,source text}],subject text,episode text,"
                    + "coffer {origin text,grant whole,release whole,page text,segment text,record [whole],"
                    + "purpose text},image text}"
            ])
        let wait = try ForeignJSON(parsing: try #require(samples.first { $0.events.isEmpty && $0.kept != nil }).json())
        #expect(wait["events"]?.array?.first?["type"] == .string("none") && wait["role"] == .string(""))
    }

    /// The endings of each sample's files, by key.
    private func files(_ tar: OpenTar) -> [String: [String]] {
        Dictionary(grouping: tar.samples.map { $0.name.split(separator: ".").map(String.init) }) { $0[0] }
            .mapValues { $0.map { $0[1] } }
    }

    @Test(
        "Either every sample of a tar has a picture, or none",
        arguments: [
            (Pictures(.png), ["png", "json"]), (Pictures(.jpeg), ["jpg", "json"]), (Pictures(.webp), ["webp", "json"]),
            (Pictures(.raw), ["npy", "json"]), (.none, ["json"]),
        ])
    func pictures(_ pictures: Pictures, _ endings: [String]) async throws {
        let sink = MemorySink()
        let format = TarSamples(sink, hasManifestRow: true)
        try format.begin(pictures)
        for sample in try await everyShape() { try format.write(sample) }
        _ = try format.close()
        try format.finish(manifest(pictures))
        let tar = try OpenTar(sink.bytes)
        let files = files(tar)
        #expect(files.count == 9 && files["manifest-000000"] == endings)
        #expect(files.values.allSatisfy { $0 == endings })
        #expect(tar.samples.last?.name == "manifest-000000.json" && tar.members.last?.name == "__manifest__")
        if pictures.form == .png {
            let sizes = try tar.samples.filter { $0.name.hasSuffix(".png") }.map { try PNGImage.decode($0.bytes).width }
            #expect(sizes.sorted() == Array(repeating: 1, count: 8) + [64])
        }
    }

    @Test("Lines have an image in all rows or in none", arguments: [true, false])
    func images(_ hasImages: Bool) async throws {
        let sink = MemorySink()
        let format = LineSamples(sink)
        try (format as any SampleFormat).begin(hasImages ? Pictures(.png) : .none)
        for sample in try await everyShape() { try format.write(sample) }
        try format.finish()
        let lines = try sink.bytes.split(separator: 10).map { try ForeignJSON(parsing: $0) }
        #expect(lines.count == 8 && lines.allSatisfy { ($0["image"] != nil) == hasImages })
        #expect(lines.count { $0["image"]?.string?.isEmpty == false } == (hasImages ? 1 : 0))
    }

    @Test("A picture in each form is the frame, and half of it the means of its pixels")
    func forms() throws {
        let frame = try ScreenFrame(width: 4, height: 2) { pixels in
            for i in pixels.indices { pixels[i] = UInt8(i / 3 * 8) }
        }
        #expect(try PNGImage.decode(try PictureForm.png.encode(frame)) == frame)
        let array = try PictureForm.raw.encode(frame)
        #expect(array.count == 128 + 24 && array[127] == 10)
        #expect(String(decoding: array[10..<127], as: UTF8.self).contains("'shape': (2, 4, 3)"))
        #expect(Array(array.suffix(24)) == frame.withPixels { Array($0) })
        #expect(try PictureForm.jpeg.encode(frame).starts(with: [0xff, 0xd8, 0xff]))
        let webp = try PictureForm.webp.encode(frame)
        #expect(webp.starts(with: "RIFF".utf8) && webp.dropFirst(8).starts(with: "WEBPVP8L".utf8))
        let half = try #require(PictureScale("0.5")).apply(to: frame)
        #expect(half.width == 2 && half.height == 1)
        // The means of 0, 8, 32, 40 and of 16, 24, 48, 56.
        #expect([half[0, 0].red, half[1, 0].blue] == [20, 36])
        #expect(try #require(PictureScale("0.001")).apply(to: frame).width == 1)
        #expect(try PictureScale.whole.apply(to: frame) == frame)
        let wide = try ScreenFrame(width: ScreenFrame.maximumSide, height: 1)
        #expect(throws: PictureForm.Failure.tooLarge) { try PictureForm.webp.encode(wide) }
        #expect(try PictureForm.jpeg.encode(wide).count > 0)
        let error = #expect(throws: CofferError.self) { try Pictures(.webp).encode(wide) }
        #expect(error?.code == .usage && error?.hint?.contains("--scale") == true)
        for text in ["0", "0.0", "1.1", "-1", "0.5x", "", ".", "1e-1", "0.0001", "nan"] {
            #expect(PictureScale(text) == nil, "\(text)")
        }
        #expect(PictureScale(".25") != nil && PictureScale("1.0") == .whole)
    }

    // MARK: Parts of a grant

    private func open(
        _ world: JobWorld, _ selection: Selection = .all, _ pictures: Pictures = Pictures(.png),
        as format: SampleFormatName = .tar, shard: Shard = .whole, hasManifestRow: Bool = false
    ) async throws -> (bytes: Bytes, summary: Epoch.Summary, manifest: Manifest?) {
        let sink = MemorySink()
        var kept: Manifest?
        let epoch = Epoch(
            ledger: world, brokers: world, lake: world.lake, job: world.job, shard: shard, selection: selection,
            pictures: pictures)
        let samples = try format.format(into: sink, hasManifestRow: hasManifestRow)
        let summary = try await epoch.open(grant: world.grant, as: samples) { manifest throws(CofferError) in
            kept = manifest
        }
        return (sink.bytes, summary, kept)
    }

    /// Two weeks of two apps, with a title and a screen.
    private func twoWeeks() async throws -> JobWorld {
        let next = JobWorld.monday + 7
        let world = try JobWorld(days: JobWorld.monday...(next + 6))
        var later = desk
        later.day = next
        try await world.index([
            try await world.page(.keys, "code", [desk.type("one", at: 1000)]),
            try await world.page(.keys, "xterm", [desk.type("two", at: 60_000)]),
            try await world.page(.window, "code", [[desk.title("a title", at: 0)]]),
            try await world.page(.screen, "code", [[try desk.frame(40, at: 500)]]),
        ])
        try await world.index(
            [try await world.page(.keys, "code", [later.type("three", at: 0)], day: next)], monday: next,
            link: IndexLink(
                r: 0, device: 1, count: 1, previous: .init(monday: JobWorld.monday, r: 0), isClosed: false))
        return world
    }

    @Test("A stream takes the kinds, apps and days that it is asked for, and releases no more")
    func selections() async throws {
        let world = try await twoWeeks()
        let all = try await open(world)
        #expect(all.summary.samples == 3 && all.summary.pages == 5)
        let keys = try await open(world, Selection(kinds: [.keys]))
        #expect(keys.summary.samples == 3 && keys.summary.pages == 3)
        #expect(try files(OpenTar(keys.bytes)).values.allSatisfy { $0 == ["json"] })
        let xterm = try await open(world, Selection(apps: [AppName(windowClass: "xterm")]))
        #expect(xterm.summary.samples == 1 && String(decoding: xterm.bytes, as: UTF8.self).contains("'two'"))
        // Only the week that is asked for is released.
        let before = world.ids
        let second = try await open(world, Selection(days: (JobWorld.monday + 7)...(JobWorld.monday + 7)))
        #expect(second.summary.samples == 1 && world.ids - before == 2)
        let text = String(decoding: try #require(second.manifest).encoded, as: UTF8.self)
        #expect(text.contains(#""from":"2026-11-30","to":"2026-11-30""#))
        let none = try await open(world, .all, .none)
        #expect(none.summary.samples == 3 && String(decoding: none.bytes, as: UTF8.self).contains(#"{"w":64,"h":64}"#))
        #expect(try files(OpenTar(none.bytes)).values.allSatisfy { $0 == ["json"] })
    }

    @Test(
        "What the grant does not cover is refused before anything is released",
        arguments: [
            ("grant.kind", Selection(kinds: [.keys, .pointer])),
            ("grant.app", Selection(apps: [AppName(windowClass: "mail")])),
            ("grant.days", Selection(days: (JobWorld.monday - 1)...JobWorld.monday)),
            ("grant.days", Selection(days: JobWorld.monday...(JobWorld.monday + 7))),
        ])
    func beyond(_ rule: String, _ selection: Selection) async throws {
        let world = try JobWorld()
        await #expect(throws: CofferError(.refused, "", rule: rule)) { try await open(world, selection) }
        #expect(world.releases == 0)
    }

    @Test("AgentNet without images is refused before anything is released, and counts its steps only")
    func agentNet() async throws {
        let world = try await twoWeeks()
        for (selection, pictures) in [
            (Selection(kinds: [.keys]), Pictures(.png)), (.all, .none), (.all, Pictures(.raw)),
        ] {
            let error = await #expect(throws: CofferError.self) {
                try await open(world, selection, pictures, as: .agentnet)
            }
            #expect(error?.code == .usage && error?.message.contains("AgentNet") == true)
        }
        #expect(throws: CofferError.self) {
            try SampleFormatName.agentnet.format(into: MemorySink(), hasManifestRow: true)
        }
        #expect(world.releases == 0)
        let opened = try await open(world, .all, Pictures(.jpeg), as: .agentnet)
        #expect(opened.summary.samples == 1)
        #expect(try OpenTar(opened.bytes).members.first?.name.hasSuffix("-000000.jpg") == true)
    }

    // MARK: Shares and ends

    @Test("Shares have about the same bytes, and none is empty while another has two days")
    func balance() throws {
        var random = SeededGenerator(seed: 7)
        func days(_ count: Int, from first: Day = 0) -> [ShardPlan.PersonDay: Int] {
            var days: [ShardPlan.PersonDay: Int] = [:]
            for number in 0..<count {
                let day = ShardPlan.PersonDay(
                    consent: Hash256(of: [UInt8(number % 7)]), day: first + Day(clamping: number / 7))
                days[day] = Int.random(in: 0...1000, using: &random)
            }
            return days
        }
        for (count, shares) in [(5, UInt64(8)), (8, 8), (9, 8), (500, 8), (500, 3)] {
            let days = days(count)
            let plan = ShardPlan(days, count: shares)
            var loads: [UInt64: [Int]] = [:]
            for (day, bytes) in days {
                let holders = (0..<shares).filter { share in
                    plan.holds(consent: day.consent, day: day.day, in: Shard("\(share)/\(shares)") ?? .whole)
                }
                #expect(holders.count == 1)
                loads[try #require(holders.first), default: []].append(bytes)
            }
            #expect(loads.count == min(count, Int(shares)))
            let sums = loads.values.map { $0.reduce(0) { $0 + max($1, 1) } }
            if count >= Int(shares) { #expect((sums.max() ?? 0) - (sums.min() ?? 0) <= 1000) }
        }
        // Pages of later days leave earlier ones where they are, and change the plan's name.
        let early = days(70)
        let later = early.merging(days(70, from: 100)) { first, _ in first }
        let plans = [early, later].map { ShardPlan($0, count: 4) }
        #expect(plans[0].hash != plans[1].hash)
        for day in early.keys {
            let places = plans.map { plan in
                (0..<4).map { plan.holds(consent: day.consent, day: day.day, in: Shard("\($0)/4") ?? .whole) }
            }
            #expect(places[0] == places[1])
        }
    }

    @Test("A share without pages is whole, and with a manifest's row it has one row", arguments: [false, true])
    func emptyShare(_ hasRow: Bool) async throws {
        let world = try JobWorld()
        try await world.index([try await world.page(.keys, "code", [desk.type("one", at: 1000)])])
        let shard = try #require(Shard("1/2"))
        let opened = try await open(world, shard: shard, hasManifestRow: hasRow)
        let tar = try OpenTar(opened.bytes)
        #expect(opened.summary.samples == 0 && tar.hasTrailer && tar.members.last?.name == "__manifest__")
        #expect(tar.samples.map(\.name) == (hasRow ? ["manifest-000000.png", "manifest-000000.json"] : []))
        let full = try await open(world, shard: try #require(Shard("0/2")))
        #expect(full.summary.samples == 1 && full.manifest?.plan == opened.manifest?.plan)
        #expect(full.manifest?.plan != nil)
    }

    @Test("The manifest's row is the last one, and its hash covers the rows before")
    func manifestRow() async throws {
        let world = try await twoWeeks()
        let (bytes, _, kept) = try await open(world, as: .jsonl, hasManifestRow: true)
        let lines = try bytes.split(separator: 10).map { try ForeignJSON(parsing: $0) }
        #expect(
            lines.map { $0["schema"]?.string } == ["sample", "sample", "sample", "manifest"].map { "coffer.\($0).v1" })
        let manifest = try ForeignJSON(parsing: Array((lines.last?["text"]?.string ?? "").utf8))
        let written = try #require(manifest["written"]?["bytes"]?.integer(0...bytes.count))
        #expect(manifest["written"]?["sha256"] == .string(Hash256(of: Array(bytes.prefix(written))).hex))
        #expect(bytes[written - 1] == 10 && kept?.written?.count == written)
        #expect(Array((lines.last?["text"]?.string ?? "").utf8) + [10] == kept?.encoded)
    }
}
