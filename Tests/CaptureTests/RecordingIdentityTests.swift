import CofferTestKit
import Foundation
import Records
import Sealing
import Testing

@testable import Capture

/// Recordings stay apart, keep their times, and are not imported twice by mistake.
@Suite("Identity of recordings")
struct RecordingIdentityTests {
    private static func cast(_ count: Int, _ text: String) -> String {
        "{\"version\":2,\"width\":80,\"height\":24}\n" + (0..<count).map { "[\($0),\"o\",\"\(text)\($0)\"]\n" }.joined()
    }

    @Test("Files without times follow each other: from the given start, or until now", arguments: [true, false])
    func filesFollow(_ hasStart: Bool) throws {
        let desk = try ImportDesk()
        let start: Milliseconds = 1_788_000_000_000
        let outcomes = try desk.seal(
            try desk.write(Self.cast(11, "a"), "a"), try desk.write(Self.cast(6, "b"), "b"), as: .asciicast,
            start: hasStart ? start : nil)
        #expect(outcomes.map { $0.until - $0.from } == [10_000, 5000])
        #expect(outcomes[1].from == outcomes[0].until + ImportSpan.gap)
        #expect(hasStart ? outcomes[0].from == start : outcomes[1].until == ImportDesk.now)
        let records = try desk.records(.terminal)
        #expect(
            records.map(\.mark?.edge) == [.begin] + Array(repeating: nil, count: 9) + [.end, .begin]
                + Array(repeating: nil, count: 4) + [.end])
        #expect(Set(records.prefix(11).map(\.mark?.id)).count == 1 && Set(records.map(\.mark?.id)).count == 2)
    }

    @Test("The same bytes are refused by name, and other pictures beside the same lines are not")
    func again() throws {
        let desk = try ImportDesk()
        let path = try desk.write(ImportDesk.task(["WAIT"]), "f.jsonl")
        try desk.picture("0.png", grey: 1)
        try desk.seal(path, as: .agentnet)
        let before = try desk.home.names("segments").count
        let error = #expect(throws: CofferError.self) { try desk.seal(path, as: .agentnet) }
        #expect(error?.code == .usage && error?.rule == "import.again")
        #expect(
            error?.message.hasPrefix("f.jsonl was imported already, on 2026-11-") == true, "\(error?.message ?? "")")
        #expect(try desk.home.names("segments").count == before)
        try desk.seal(path, as: .agentnet, again: true)
        try desk.picture("0.png", grey: 2)
        try desk.seal(path, as: .agentnet)
        #expect(try desk.home.names("segments").count > before)
        // A copy of the directory does not tell which file it was.
        let marks = try desk.home.names("imports")
        let hash = Hash256(of: Array(try Data(contentsOf: URL(fileURLWithPath: path)))).hex
        #expect(marks.count == 2 && !marks.contains(hash))
    }

    @Test("A refused file leaves no mark and no segment")
    func refusedLeavesNothing() throws {
        let desk = try ImportDesk()
        let path = try desk.write(ImportDesk.task(["WAIT", "WAIT"]), "f.jsonl")
        try desk.picture("0.png")
        #expect(try desk.refusal(path, as: .agentnet) != nil)
        #expect((try? desk.home.names("imports"))?.isEmpty ?? true)
        try desk.picture("1.png")
        try desk.seal(path, as: .agentnet)
    }

    @Test("Many segments are stored together: all are there, and nothing else", arguments: [7, 8, 600])
    func manySegments(_ days: Int) throws {
        let desk = try ImportDesk()
        let lines = (0..<days).map {
            #"{"t":\#(1_700_000_000_000 + $0 * 86_400_000),"kind":"window","app":"a","title":"t\#($0)"}"#
        }
        let outcome = try desk.seal(try desk.write(lines.joined(separator: "\n")), as: .jsonl)[0]
        #expect(outcome.segments == days)
        let titles = try desk.records(.window).map { record in
            guard case .window(let window) = record.content else { return "" }
            return window.title
        }
        #expect(titles == (0..<days).map { "t\($0)" })
        // Times, header, body and label of each.
        let names = try desk.home.names("segments")
        #expect(names.count == 4 * days && !names.contains { $0.hasPrefix(".") })
    }

    @Test("Conversations of the past keep their times, in any order in the file")
    func ownTimes() throws {
        let desk = try ImportDesk()
        let talks = [3, 1, 2].map {
            #"{"messages":[{"role":"user","content":"q\#($0)","timestamp":\#(1_780_000_000 + $0 * 100_000)},{"role":"assistant","content":"a\#($0)","timestamp":\#(1_780_000_010 + $0 * 100_000)}]}"#
        }
        let outcome = try desk.seal(try desk.write(talks.joined(separator: "\n")), as: .transcript)[0]
        #expect(outcome.from == 1_780_100_000_000 && outcome.until == 1_780_300_010_000)
        #expect(try desk.prompts() == (1...3).flatMap { ["user: q\($0)", "assistant: a\($0)"] })
    }

    @Test("Records out of order are put in order, and one that is far out is refused")
    func disorder() throws {
        func line(_ time: Int) -> String {
            #"{"t":\#(1_788_483_600_000 + time),"kind":"window","app":"a","title":"\#(time)"}"#
        }
        let desk = try ImportDesk()
        let times = (0..<3008).map { $0 ^ 63 }
        try desk.seal(try desk.write(times.map(line).joined(separator: "\n")), as: .jsonl)
        #expect(try desk.records(.window).map { ($0.time - 1_788_483_600_000).rawValue } == (0..<3008).map(UInt64.init))
        let far = try ImportDesk()
        let error = try far.refusal(
            try far.write((Array(1..<70_000) + [0]).map(line).joined(separator: "\n")), as: .jsonl)
        #expect(error?.rule == "import.order" && error?.message.contains("line 70000") == true)
    }

    @Test(
        "A local time without a zone is in the zone that is given",
        arguments: [
            ("2026-06-01 12:00:00", 1_780_308_000_000), ("2026-06-01T12:00:00.500000", 1_780_308_000_500),
            ("2026-06-01T12:00:00Z", 1_780_315_200_000), ("2026-06-01T12:00:00+05:30", 1_780_295_400_000),
        ] as [(String, Milliseconds)])
    func zones(_ start: String, _ time: Milliseconds) throws {
        let desk = try ImportDesk()
        try desk.write(
            "{\"screen_width\": 1920.0, \"screen_height\": 1080, \"start_time\": \"\(start)\"}", "metadata.json")
        let path = try desk.write("{\"time_stamp\": 10.0, \"action\": \"press\", \"name\": \"a\"}", "events.jsonl")
        try desk.seal(path, as: .agentnet, zone: try #require(TimeZone(identifier: "Europe/Berlin")))
        #expect(try desk.records(.keys).map(\.time) == [time])
    }

    @Test("A raw recording: pauses, keys without a name, side buttons, parts of wheel clicks, places off the screen")
    func rawEvents() throws {
        let desk = try ImportDesk()
        try desk.write(
            #"{"system": "Linux", "screen_width": 1920, "screen_height": 1080, "start_time": "2026-06-01 12:00:00"}"#,
            "metadata.json")
        try desk.write(
            "{\"time_stamp\": 11, \"top_window_name\": \"文件\"}\n{\"time_stamp\": 9, \"top_window_name\": \"微信\"}",
            "top_window.jsonl")
        var lines = [
            #"{"time_stamp":10,"action":"press","name":"a"}"#, #"{"time_stamp":10.1,"action":"press","name":null}"#,
            #"{"time_stamp":10.2,"action":"press","name":"<65437>"}"#, #"{"time_stamp":10.3,"action":"pause"}"#,
            #"{"time_stamp":12,"action":"resume"}"#, #"{"time_stamp":12.1,"action":"press","name":"b"}"#,
            #"{"time_stamp":13,"action":"move","x":2500,"y":-300}"#,
            #"{"time_stamp":13.1,"action":"click","x":5,"y":5,"button":"x1","pressed":true}"#,
            #"{"time_stamp":13.2,"action":"click","x":5,"y":5,"button":"unknown","pressed":true}"#,
        ]
        lines += (0..<5).map { #"{"time_stamp":14.\#($0),"action":"scroll","x":5,"y":5,"dx":0,"dy":-0.4}"# }
        let outcome = try desk.seal(try desk.write(lines.joined(separator: "\n"), "events.jsonl"), as: .agentnet)[0]
        #expect(try desk.typed() == "a<unknown><KP_5>b")
        #expect(Set(try desk.home.segments(.keys).map(\.label.app.string)).count == 2)
        let pointers = try desk.pointers()
        #expect(pointers.first.map { [$0.x, $0.y] } == [1919, 0] && pointers.first?.isOff == true)
        #expect(pointers.contains { $0.action == .press(button: "back") && !$0.isOff })
        let turns = pointers.map { if case .scroll("down", let clicks) = $0.action { clicks } else { 0 } }
        #expect(turns.reduce(0, +) == 2)
        #expect(
            outcome.passed["mark of a pause"] == 2 && outcome.passed["press or release of the button “unknown”"] == 1)
    }

    @Test("Reduced events: clicks, drags and turns of the wheel, and typing is refused")
    func reducedEvents() throws {
        let desk = try ImportDesk()
        try desk.write(
            #"{"system": "Windows", "screen_width": 1920, "screen_height": 1080, "start_time": "2026-06-01 12:00:00"}"#,
            "metadata.json")
        let lines = [
            #"{"action":"click","start_time":10,"end_time":10.1,"button":"left","coordinates":[{"x":5,"y":6}]}"#,
            #"{"action":"drag","start_time":11,"end_time":12,"button":"left","coordinate":{"x":1,"y":2},"drag_trace":[[1,2],[30,40]]}"#,
            #"{"action":"scroll","start_time":13,"end_time":14,"trace":[{"x":5,"y":6,"dx":0,"dy":-2}],"time_trace":[13.5]}"#,
        ]
        try desk.seal(
            try desk.write(lines.joined(separator: "\n"), "reduced_events_complete.jsonl"), as: .agentnet)
        let pointers = try desk.pointers()
        #expect(
            pointers.map(\.action) == [
                .press(button: "left"), .release(button: "left"), .press(button: "left"), .move,
                .release(button: "left"), .scroll(direction: "down", clicks: 2),
            ])
        #expect(pointers.map { [$0.x, $0.y] } == [[5, 6], [5, 6], [1, 2], [30, 40], [30, 40], [5, 6]])
        #expect(try desk.records(.pointer).map(\.time).last == 1_780_315_203_500)
        let typing = try ImportDesk()
        try typing.write(
            #"{"screen_width": 1920, "screen_height": 1080, "start_time": "2026-06-01 12:00:00"}"#, "metadata.json")
        let path = try typing.write(#"{"action":"type","start_time":10,"end_time":11,"name":"abc"}"#, "reduced.jsonl")
        #expect(try typing.refusal(path, as: .agentnet)?.hint?.contains("Import events.jsonl") == true)
    }

    @Test(
        "A record line's time is in milliseconds, with or without decimals, and never in seconds",
        arguments: [
            ("1780000000000.25", 1_780_000_000_000), ("\"2026-05-28T20:26:40.9999Z\"", 1_780_000_001_000),
            ("\"2026-05-28T22:26:40.250123456+02:00\"", 1_780_000_000_250),
            ("\"2016-12-31T23:59:60Z\"", 1_483_228_800_000),
            ("1780000000", nil), ("\"2026-05-28 20:26:40Z\"", nil), ("\"2026-05-28T20:26:40\"", nil), ("-1", nil),
            ("true", nil),
        ] as [(String, Milliseconds?)])
    func lineTimes(_ text: String, _ time: Milliseconds?) throws {
        let desk = try ImportDesk()
        let path = try desk.write(#"{"t":\#(text),"kind":"window","app":"a","title":"w"}"#)
        if let time {
            try desk.seal(path, as: .jsonl)
            #expect(try desk.records(.window).map(\.time) == [time])
        } else {
            #expect(try desk.refusal(path, as: .jsonl)?.message.contains("line 1") == true)
        }
    }

    @Test("Exported records come back with their recording and their steps")
    func exportedRecords() throws {
        let desk = try ImportDesk()
        let text = """
            {"schema":"coffer.record.v1","t":1780000000000,"kind":"keys","app":"a","type":"step","step":3,"code":"pyautogui.write('␛')","recording":"0123456789abcdef","edge":"begin"}
            {"schema":"coffer.record.v1","t":1780000000001,"kind":"prompt","app":"a","type":"step","step":3,"json":"{}","recording":"0123456789abcdef"}
            {"schema":"coffer.record.v1","t":1780000000002,"kind":"pointer","app":"a","type":"move","x":1,"y":2,"w":3,"h":4,"off":true,"source":"device"}
            """
        try desk.seal(try desk.write(text), as: .jsonl)
        let key = try #require(try desk.records(.keys).first)
        #expect(key.content == .step(StepContent(.keys, .code(step: 3, "pyautogui.write('\u{1b}')"))))
        #expect(key.mark == RecordingMark(id: "0123456789abcdef", edge: .begin))
        #expect(try desk.records(.prompt).first?.content == .step(StepContent(.prompt, .step(3, json: "{}"))))
        #expect(try desk.pointers().first?.isOff == true)
        for bad in [
            "\"recording\":\"xyz\"", "\"recording\":\"0123456789abcdef\",\"edge\":\"middle\"",
            "\"edge\":1,\"recording\":\"0123456789abcdef\"",
        ] {
            let other = try ImportDesk()
            let path = try other.write(#"{"t":1780000000000,"kind":"window","app":"a","title":"w",\#(bad)}"#)
            #expect(try other.refusal(path, as: .jsonl) != nil)
        }
    }

    @Test("A pointer on a screen without pixels, or beside it, is refused")
    func zeroScreens() throws {
        for (x, w) in [(0, 0), (5, 5)] {
            let desk = try ImportDesk()
            let path = try desk.write(
                #"{"t":1780000000000,"kind":"pointer","app":"x","type":"move","x":\#(x),"y":0,"w":\#(w),"h":9,"source":"device"}"#
            )
            #expect(try desk.refusal(path, as: .jsonl)?.message.contains("line 1") == true)
        }
    }
}
