import Foundation
import Records
import Sealing
import Testing

@testable import Job

/// Samples come in the order in which they began, and nothing of one recording is in another's steps.
@Suite("Order of samples")
struct SampleOrderTests {
    private let desk = Desk()

    /// Feeds records as (kind, app, records), merged by time, and gives the samples as they come.
    private func samples(_ sources: [(kind: Kind, app: String, records: [Record])]) async throws -> [Sample] {
        var records: [(record: TimedRecord, order: Int)] = []
        for (number, source) in sources.enumerated() {
            let segment = SegmentSource(
                kind: source.kind, app: try AppName(source.app), page: .random(), body: Hash256(of: [UInt8(number)]),
                release: 1)
            for (index, record) in source.records.enumerated() {
                records.append((TimedRecord(record: record, source: segment, index: index), records.count))
            }
        }
        records.sort { ($0.record.record.time, $0.order) < ($1.record.record.time, $1.order) }
        let job = SigningKey()
        var sampler = Sampler(
            stream: .init(origin: "o", grant: 1, purpose: .zero), subjects: Subjects(job: job, grant: .zero),
            pseudonym: job.publicKey, device: 1)
        var samples: [Sample] = []
        for (record, _) in records { samples += try sampler.take(record) }
        samples += try sampler.finish()
        for place in samples.indices { samples[place] = try await samples[place].drawn() }
        return samples
    }

    private func names(_ samples: [Sample]) -> [String] {
        samples.map {
            switch $0.content {
            case .action(let code): code
            case .text(let label, let text): "\(label): \(text)"
            }
        }
    }

    private func prompt(_ text: String, at time: Milliseconds, _ recording: String? = nil) -> Record {
        RecordContent.prompt(.init(role: .user, text: text))
            .record(at: desk.at(time), mark: recording.map { RecordingMark(id: $0) })
    }

    /// The same records as a recording's.
    private func marked(_ records: [Record], _ kind: Kind, _ recording: String) throws -> [Record] {
        try records.map {
            try RecordContent($0, kind: kind).record(at: $0.time, mark: RecordingMark(id: recording))
        }
    }

    @Test("A prompt comes before the action that follows it, without another prompt")
    func promptsFirst() async throws {
        let samples = try await samples([
            (.prompt, "code", [prompt("one", at: 0), prompt("two", at: 60_000)]),
            (.keys, "code", desk.type("a", at: 24_000) + desk.type("b", at: 70_000)),
        ])
        #expect(
            names(samples) == [
                "user: one", "pyautogui.write(message='a')", "user: two", "pyautogui.write(message='b')",
            ])
        #expect(samples.map(\.step) == [0, 1, 2, 3])
    }

    @Test("A long step that began first comes first, whatever ends in between")
    func beginnings() async throws {
        let output = [0, 900, 1800, 2700].map {
            RecordContent.terminal(.init(isOutput: true, text: "\($0);")).record(at: desk.at($0))
        }
        let samples = try await samples([
            (.terminal, "xterm", output), (.keys, "xterm", desk.tap("Return", at: 1000)),
            (.prompt, "code", [prompt("p", at: 20_000)]),
        ])
        #expect(names(samples) == ["output: 0;900;1800;2700;", "pyautogui.press('enter')", "user: p"])
        #expect(samples.map(\.time) == samples.map(\.time).sorted())
    }

    @Test("A held modifier keeps its step's place for five seconds at most")
    func modifiers() async throws {
        let samples = try await samples([
            (.keys, "code", [desk.press("Shift_L", at: 0)] + desk.type("A", at: 2000)),
            (.prompt, "code", [prompt("in between", at: 1000), prompt("after", at: 9000)]),
        ])
        #expect(names(samples) == ["pyautogui.write(message='A')", "user: in between", "user: after"])
    }

    @Test("Everything waits for a step that stays open only so long")
    func patience() throws {
        // A click whose button never goes up, then a day of prompts.
        let prompts = (1...3000).map { prompt("\($0)", at: 1000 * Milliseconds(clamping: $0)) }
        var sampler = Sampler(
            stream: .init(origin: "o", grant: 1, purpose: .zero),
            subjects: Subjects(job: SigningKey(), grant: .zero), pseudonym: SigningKey().publicKey, device: 1)
        let click = desk.pointer(.press(button: "left"), 1, 1, at: 0)
        func source(_ kind: Kind) throws -> SegmentSource {
            SegmentSource(kind: kind, app: try AppName("code"), page: .random(), body: .zero, release: 1)
        }
        var given = try sampler.take(TimedRecord(record: click, source: source(.pointer), index: 0)).count
        for (index, record) in prompts.enumerated() {
            given += try sampler.take(TimedRecord(record: record, source: source(.prompt), index: index)).count
            #expect(index - given < 1024)
        }
        #expect(given + (try sampler.finish().count) == 3001)
    }

    @Test("Overlapping recordings neither cut nor join each other's steps")
    func overlap() async throws {
        let drag = [
            desk.pointer(.press(button: "left"), 400, 100, at: 0), desk.pointer(.move, 300, 100, at: 100),
            desk.pointer(.release(button: "left"), 200, 100, at: 200),
        ]
        let wheel = (0..<3).map { desk.pointer(.scroll(direction: "down", clicks: 1), 10, 10, at: 20 + 60 * $0) }
        let a = String(repeating: "a", count: 16)
        let b = String(repeating: "b", count: 16)
        let frames = try [(a, UInt8(10)), (b, 20)].map { try marked([desk.frame($0.1, at: 0)], .screen, $0.0) }
        let samples = try await samples([
            (.screen, "x", frames[0]), (.screen, "x", frames[1]), (.pointer, "x", try marked(drag, .pointer, a)),
            (.pointer, "x", try marked(wheel, .pointer, b)),
            (.keys, "x", try marked(desk.type("line one", at: 1000), .keys, a)),
            (.keys, "x", try marked(desk.type("other", at: 1050), .keys, b)),
        ])
        #expect(
            names(samples) == [
                "pyautogui.moveTo(x=0.4000, y=0.2000)\npyautogui.dragTo(x=0.2000, y=0.2000, button='left')",
                "pyautogui.moveTo(x=0.0100, y=0.0200)\npyautogui.scroll(-3)", "pyautogui.write(message='line one')",
                "pyautogui.write(message='other')",
            ])
        #expect(samples[0].episode == samples[2].episode && samples[1].episode == samples[3].episode)
        #expect(samples[0].episode != samples[1].episode)
        let greys = try samples.map { try PNGImage.decode(try #require($0.image))[0, 0].red }
        #expect(greys == [10, 20, 10, 20])
    }

    @Test("An instruction belongs to its task: the last prompt of the same episode before its first step")
    func instructions() async throws {
        let frames = try (0..<3).map { try desk.frame(UInt8($0), at: 10 + 3_600_000 * Milliseconds(clamping: $0)) }
        var prompts: [Record] = []
        var clicks: [Record] = []
        for task in 0..<3 {
            let start = 3_600_000 * Milliseconds(clamping: task)
            prompts.append(prompt("task \(task)", at: start))
            clicks += desk.click(100 * task, 0, at: start + 24_000)
        }
        let samples = try await samples([(.screen, "x", frames), (.prompt, "x", prompts), (.pointer, "x", clicks)])
        let sink = MemorySink()
        let format = AgentNetSamples(sink)
        for sample in samples { try format.write(sample) }
        try format.finish()
        let tar = try OpenTar(sink.bytes)
        let lines = try #require(tar.members.last).bytes.split(separator: 10)
        let tasks = try lines.map { try ForeignJSON(parsing: $0) }
        #expect(tasks.map { $0["instruction"]?.string } == ["task 0", "task 1", "task 2"])
        #expect(tasks.map { $0["traj"]?.array?.count } == [1, 1, 1])
    }

    @Test(
        "A record of another form is tampering",
        arguments: [
            #"{"type":"step","step":1,"code":"x","recording":"short"}"#, #"{"type":"step","code":"x"}"#,
            #"{"type":"step","step":1,"code":"x","recording":"0123456789abcdef","edge":"none"}"#,
            #"{"type":"task","json":"{}"}"#, #"{"type":"step","step":1,"json":"{}"}"#,
            #"{"type":"press","key":"a","source":"device","recording":"0123456789ABCDEF"}"#,
        ])
    func otherForms(_ json: String) async throws {
        let record = Record(time: desk.at(0), json: Array(json.utf8))
        await #expect(throws: CofferError(.tampering, "", rule: "segment.record")) {
            try await samples([(.keys, "x", [record])])
        }
    }
}
