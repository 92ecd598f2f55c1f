import CofferTestKit
import Foundation
import Records
import Sealing
import Testing

@testable import Capture

@Suite("Import")
struct ImportTests {
    private static let now: Milliseconds = 1_795_521_600_000

    private func seal(
        _ path: String, _ format: ImportFormat, app: String? = nil, start: Milliseconds? = nil
    ) throws -> (home: TemporaryVault, outcome: ImportSealer.ImportSummary) {
        let desk = try ImportDesk()
        let outcome = try #require(try desk.seal(path, as: format, app: app, start: start).first)
        return (desk.home, outcome)
    }

    private func shared(_ path: String) throws -> String { try #require(SharedFiles.url("data/" + path)?.path) }

    /// A file with this text; its path.
    private func file(_ text: String, _ name: String = "recording") throws -> String {
        let directory = "\(ScratchFolder.path)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
        return "\(directory)/\(name)"
    }

    @Test(
        "AgentNet's example: every step's picture before its action",
        .enabled(if: SharedFiles.has("data/opencua-raw-recording")))
    func agentnet() throws {
        let (home, outcome) = try seal(try shared("opencua-raw-recording/agentnet_example.jsonl"), .agentnet)
        let screens = try home.segments(.screen)
        #expect(screens.flatMap(\.records).count == 15)
        #expect(screens.allSatisfy { $0.label.app.string == "agentnet" })
        #expect(outcome.until <= Self.now)
        let pointer = try home.segments(.pointer).flatMap(\.contents)
        let presses = pointer.filter { if case .pointer(let p) = $0, case .press = p.action { true } else { false } }
        // Fourteen steps with input: twelve clicks, a drag, a scroll.
        #expect(presses.count == 13)
        #expect(
            pointer.contains {
                if case .pointer(let p) = $0 { p.action == .scroll(direction: "down", clicks: 3) } else { false }
            })
        let points = pointer.compactMap { if case .pointer(let point) = $0 { point } else { nil } }
        guard let first = points.first else { throw VirtualDisplay.Failure(message: "no pointer") }
        #expect(abs(Double(first.x) / Double(first.screenWidth) - 0.9722) < 0.001)
        // The instruction, the task as it was, and each step.
        #expect(try home.segments(.prompt).flatMap(\.contents).count == 1 + 1 + 15)
        // The first picture is the file's, pixel by pixel.
        var playback = ScreenPlayback(try #require(screens.first).records)
        let png = try Data(contentsOf: URL(fileURLWithPath: try shared("opencua-raw-recording/images/0.png")))
        #expect(try playback.next()?.frame == PNGImage.decode(Array(png)))
    }

    @Test(
        "A raw recording's folder: events under the app on top",
        .enabled(if: SharedFiles.has("data/opencua-raw-recording")))
    func raw() throws {
        let (home, outcome) = try seal(try shared("opencua-raw-recording/raw"), .agentnet)
        // 2024-11-05 18:56:31 and two minutes after it.
        #expect(outcome.from == 1_730_832_991_000)
        #expect(outcome.until - outcome.from < 130_000)
        let apps = Set(try home.segments(.pointer).map(\.label.app.string))
        #expect(apps == ["explorer", "shellexperiencehost", "applicationframehost"])
        #expect(try home.segments(.pointer).reduce(0) { $0 + $1.records.count } == 4034 + 42 + 19)
        #expect(try home.segments(.keys).flatMap(\.contents).count == 4)
    }

    @Test("Its reduced actions", .enabled(if: SharedFiles.has("data/opencua-raw-recording")))
    func reduced() throws {
        let path = try shared("opencua-raw-recording/raw/reduced_events_complete.jsonl")
        let (home, _) = try seal(path, .agentnet, app: "settings")
        let records = try home.segments(.pointer)
        #expect(records.map(\.label.app.string) == ["settings"])
        #expect(records.flatMap(\.records).count == 12 * 2 + 3 + 3)
    }

    @Test("DuckTrack's example", .enabled(if: SharedFiles.has("data/ducktrack-example")))
    func duckTrack() throws {
        let (home, _) = try seal(try shared("ducktrack-example"), .agentnet, app: "terminal")
        #expect(try home.segments(.keys).flatMap(\.records).count == 54)
        #expect(try home.segments(.keys).map(\.typed).joined().hasPrefix("wiki"))
    }

    @Test(
        "Transcripts of agents and of conversations", .enabled(if: SharedFiles.has("data/swe-agent-transcripts")),
        arguments: [
            ("swe-agent-transcripts/ctf_BabyEncryption.traj", 1),
            ("swe-agent-transcripts/function_calling_simple.traj", 1),
            ("swe-agent-transcripts/marshmallow-1867_default.traj", 1),
            ("fastchat-conversations/dummy_conversation.json", 100),
            ("fastchat-conversations/mt_bench_question.jsonl", 160),
        ])
    func transcripts(_ path: String, _ atLeast: Int) throws {
        let (home, outcome) = try seal(try shared(path), .transcript, app: "assistant")
        #expect(outcome.records >= atLeast)
        let prompts = try home.segments(.prompt).flatMap(\.contents)
        #expect(prompts.count == outcome.records)
    }

    @Test("asciicast: output with its control characters, input, times from the header")
    func asciicast() throws {
        let text = """
            {"version": 2, "width": 80, "height": 24, "timestamp": 1504467315}
            [0.25, "o", "\\u001b[1mbold\\u001b[0m\\r\\n"]
            [0.5, "i", "ls\\r"]
            [0.75, "m", "a marker"]
            """
        let (home, outcome) = try seal(try file(text), .asciicast)
        #expect(outcome.from == 1_504_467_315_250)
        #expect(
            try home.segments(.terminal).flatMap(\.contents) == [
                .terminal(TerminalContent(isOutput: true, text: "\u{1b}[1mbold\u{1b}[0m\r\n")),
                .terminal(TerminalContent(isOutput: false, text: "ls\r")),
            ])
    }

    @Test("Record lines across midnight and an hour end up in segments of their own")
    func recordLines() throws {
        let day: Milliseconds = Day(20_700).start
        var lines: [String] = []
        for minute in 0..<180 {
            lines.append(
                #"{"t":\#(day - 3_600_000 + 60_000 * minute),"kind":"keys","app":"code","type":"press","key":"k","source":"device"}"#
            )
        }
        lines.append(#"{"t":"2026-09-04T01:00:00.250Z","kind":"window","app":"code","title":"totals.swift"}"#)
        let (home, outcome) = try seal(try file(lines.joined(separator: "\n")), .jsonl)
        #expect(outcome.records == 181)
        #expect(try home.segments(.keys).map(\.records.count) == [60, 60, 60])
        #expect(try home.segments(.window).flatMap(\.contents) == [.window(WindowContent(title: "totals.swift"))])
    }

    @Test("What show prints comes back, and the space bar by its name is a space")
    func shownLines() throws {
        let text = #"""
            {"schema":"coffer.record.v1","segment":"ab","kind":"terminal","app":"sh","t":"2026-09-04T01:00:00.250Z","type":"output","text":"␛[1m\n"}
            {"t":1788483600300,"kind":"keys","app":"sh","type":"press","key":"space","source":"device"}
            """#
        let (home, _) = try seal(try file(text), .jsonl)
        #expect(
            try home.segments(.terminal).flatMap(\.contents)
                == [.terminal(TerminalContent(isOutput: true, text: "\u{1b}[1m\n"))])
        #expect(try home.segments(.keys).map(\.typed) == [" "])
    }

    @Test("A segment takes 8 MiB, an hour and a day, and no step back")
    func spans() {
        let start: Milliseconds = Day(20_700).start + 82_800_001
        var span = SegmentSpan(first: start, bytes: 5 << 20)
        #expect(span.admits(start, bytes: 3 << 20))
        #expect(!span.admits(start, bytes: 3 << 20 + 1))
        #expect(!span.admits(start - 1, bytes: 1))
        #expect(span.admits(start + 3_599_998, bytes: 1))
        #expect(!span.admits(start + 3_599_999, bytes: 1), "midnight")
        span = SegmentSpan(first: start - 7_200_000, bytes: 1)
        #expect(span.admits(start - 3_600_001, bytes: 1))
        #expect(!span.admits(start - 3_600_000, bytes: 1), "an hour")
    }

    @Test(
        "Bad files are refused with a sentence that names the line, and nothing of them is stored",
        arguments: [
            (
                ImportFormat.jsonl,
                "{\"t\":1788483600300,\"kind\":\"keys\",\"app\":\"a\",\"type\":\"press\",\"key\":\"k\",\"source\":\"device\"}\n{\"t\":",
                "line 2"
            ),
            (
                .jsonl, #"{"t":1788483600300,"kind":"keys","app":"A b","type":"press","key":"k","source":"device"}"#,
                "line 1"
            ),
            (
                .jsonl, #"{"t":1788483600300,"kind":"keys","app":"a","type":"push","key":"k","source":"device"}"#,
                "line 1"
            ),
            (
                .jsonl,
                #"{"t":1788483600300,"kind":"keys","app":"a","type":"press","key":"k","source":"device","extra":1}"#,
                "line 1"
            ),
            (.jsonl, #"{"t":-1,"kind":"window","app":"a","title":"t"}"#, "line 1"),
            (.jsonl, #"{"t":1788483600300,"kind":"screen","app":"a","image":"../../etc/passwd"}"#, "line 1"),
            (.jsonl, "", "empty"),
            (.asciicast, #"{"version": 4}"#, "line 1"),
            (.asciicast, #"{"version": 3}"#, "empty"),
            (.asciicast, "{\"version\": 2}\n[1, \"o\"]", "line 2"),
            (.asciicast, "{\"version\": 2}\n[-1, \"o\", \"x\"]", "line 2"),
            (.transcript, #"{"nothing": 1}"#, "no conversation"),
            (
                .transcript, #"[{"conversations":[{"from":"nobody","value":"x"}]}]"#,
                "item 1, message 1 has the unknown role"
            ),
            (
                .agentnet,
                #"{"task_id":"t","traj":[{"image":"0.png","value":{"code":"pyautogui.click(x=0.5, y=0.5)"}}]}"#,
                "does not exist"
            ),
            (.agentnet, #"{"task_id":"t"}"#, "line 1"),
            (.agentnet, String(repeating: "[", count: 100_000), "too deep"),
        ])
    func refused(_ format: ImportFormat, _ text: String, _ words: String) throws {
        let home = try TemporaryVault()
        let path = try file(text)
        let error = #expect(throws: CofferError.self) {
            var importer = ImportSealer(sealer: try home.sealer, now: Self.now)
            _ = try importer.seal(path, format: format, app: nil)
        }
        #expect(error?.code == .usage)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(try home.names("segments").isEmpty)
    }

    @Test("A broken picture and a time in the future store nothing")
    func broken() throws {
        let home = try TemporaryVault()
        var importer = ImportSealer(sealer: try home.sealer, now: Self.now)
        let path = try file(
            #"{"t":1788483600300,"kind":"window","app":"a","title":"t"}"# + "\n"
                + #"{"t":1788483600301,"kind":"screen","app":"a","image":"a.png"}"#)
        try Data("no picture".utf8).write(
            to: URL(fileURLWithPath: (path as NSString).deletingLastPathComponent + "/a.png"))
        #expect(throws: CofferError.self) { _ = try importer.seal(path, format: .jsonl, app: nil) }
        let future = try file(#"{"t":\#(Self.now + 1),"kind":"window","app":"a","title":"t"}"#)
        #expect(throws: CofferError.self) { _ = try importer.seal(future, format: .jsonl, app: nil) }
        #expect(throws: CofferError.self) {
            _ = try importer.seal("/nonexistent", format: .jsonl, app: nil)
        }
        #expect(try home.names("segments").isEmpty)
    }

    @Test("Calls are read as literals only")
    func calls() throws {
        func first(_ code: String) throws -> PythonCall? { try PythonCode(code).calls.first }
        #expect(try first("pyautogui.click(x=0.5, y=.25)")?.named.first?.value.number == 0.5)
        #expect(
            try first(#"pyautogui.write(message='it\'s \n "x"')"#)?.named.first?.value.string == "it's \n \"x\"")
        #expect(try first("pyautogui.hotkey(['ctrl', 'c'])")?.positional.first?.strings == ["ctrl", "c"])
        #expect(try first("pyautogui.hotkey('ctrl', 'c')")?.positional.count == 2)
        for bad in [
            "click(", "click(x=)", "click(x=open('f'))", "click() y", "1()", "click(x=1 y=2)", "click('a)", "x = 1",
            "for i in range(3): click()", "write(f'{x}')", "write(b'x')", "write('\\N{BULLET}')", "click(x=1, x=2)",
        ] {
            #expect(throws: PythonCode.Failure.self, "\(bad)") { try PythonCode(bad) }
        }
    }

    @Test("Foreign JSON: what RFC 8259 allows, and nothing else")
    func foreignJSON() throws {
        #expect(
            try ForeignJSON(parsing: #" {"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00\/"]} "#.utf8)["a"]?.array?.last
                == .string("é😀/"))
        for bad in [
            "", "{", "[1,]", "{\"a\":1,}", "01", "+1", "1.", "\"\u{1}\"", "nul", "{\"a\":1,\"a\":2}", "[1] 2",
            "\"\\x\"",
        ] {
            #expect(throws: ForeignJSON.Failure.self) { try ForeignJSON(parsing: bad.utf8) }
        }
    }
}
