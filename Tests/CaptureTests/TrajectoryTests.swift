import CofferTestKit
import Foundation
import Records
import Sealing
import Testing

@testable import Capture
@testable import Job

/// Trajectories of desktops: what a step's code means, and that a job gets the steps back as their files had them.
@Suite("Trajectories")
struct TrajectoryTests {
    @Test(
        "Keys that a code means",
        arguments: [
            ("pyautogui.press('down', presses=3)", "<Down><Down><Down>"),
            ("pyautogui.press(['a', 'enter'], 2)", "a<Return>a<Return>"),
            (#"pyautogui.write(message='caf\xe9 \u4e2d\x09x')"#, "café 中<Tab>x"),
            ("pyautogui.write('''one\ntwo''')", "one<Return>two"),
            (#"pyautogui.write('a\r\nb')"#, "a<Return>b"),
            (#"pyautogui.write(r'C:\new', interval=0.1)"#, #"C:\new"#),
            ("pyautogui.write(f'{{x}}')", "{x}"), ("pyautogui.write('ab' \"cd\")", "abcd"),
            ("pyautogui.write(['a', 'tab'])", "a<Tab>"), ("pyautogui.write('👩‍💻é')", "👩‍💻é"),
            ("pyautogui.press('num5')", "<KP_5>"), ("pyautogui.hotkey('CTRL', 'c')", "<Control_L>c"),
            ("pyautogui.hotkey(keys=['ctrl', 'shift', 'esc'])", "<Control_L><Shift_L><Escape>"),
            ("pyautogui.keyDown('shift')\npyautogui.press('a')\npyautogui.keyUp('shift')", "<Shift_L>a"),
            ("import pyautogui; pyautogui.press('a')  # why\n\ntime.sleep(1)\npyautogui.PAUSE = 0.5", "a"),
            ("WAIT", ""), ("DONE", ""), ("", ""), ("computer.terminate(status='success')", ""), ("computer.wait()", ""),
        ])
    func keys(_ code: String, _ typed: String) throws {
        let desk = try ImportDesk()
        try desk.picture("0.png")
        try desk.seal(try desk.write(ImportDesk.task([code])), as: .agentnet)
        #expect(try desk.typed() == typed)
    }

    @Test(
        "Pointers that a code means",
        arguments: [
            (
                "pyautogui.click(0.5, 0.5, 2)",
                "press left 32,24; release left 32,24; press left 32,24; release left 32,24"
            ),
            ("computer.triple_click(x=0, y=0)\n", String(repeating: "press left 0,0; release left 0,0; ", count: 3)),
            (
                "pyautogui.click(x=63, y=47, button=pyautogui.RIGHT, duration=None)",
                "press right 63,47; release right 63,47"
            ),
            (
                "pyautogui.mouseDown(x=0.25, y=0.25)\npyautogui.mouseUp(x=1, y=1)",
                "press left 16,12; release left 63,47"
            ),
            (
                "pyautogui.moveTo((8, 6))\npyautogui.dragRel(20, 0, button='middle')",
                "move 8,6; press middle 8,6; move 28,6; release middle 28,6"
            ),
            ("pyautogui.moveTo(10, 10)\npyautogui.scroll(-3)", "move 10,10; scroll down 3 10,10"),
            ("pyautogui.scroll(-3, x=0.5, y=0.25)", "scroll down 3 32,12"),
            ("pyautogui.hscroll(-2)", "scroll left 2 32,24"),
            ("pyautogui.scroll(-0.5)", "scroll down 1 32,24"), ("pyautogui.scroll(0)", ""),
        ])
    func pointers(_ code: String, _ wanted: String) throws {
        let desk = try ImportDesk()
        try desk.picture("0.png")
        try desk.seal(try desk.write(ImportDesk.task([code])), as: .agentnet)
        let found = try desk.pointers().map {
            let what =
                switch $0.action {
                case .move: "move"
                case .press(let button): "press \(button)"
                case .release(let button): "release \(button)"
                case .scroll(let direction, let clicks): "scroll \(direction) \(clicks)"
                }
            return "\(what) \($0.x),\($0.y)"
        }
        #expect(
            found == wanted.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        )
    }

    @Test("The pointer stays where the step before left it")
    func pointerStays() throws {
        let desk = try ImportDesk()
        try desk.picture("0.png")
        try desk.picture("1.png", width: 128, height: 96)
        try desk.seal(
            try desk.write(ImportDesk.task(["pyautogui.moveTo(0.25, 0.5)", "pyautogui.scroll(2)"])), as: .agentnet)
        #expect(try desk.pointers().map { [$0.x, $0.y, $0.screenWidth] } == [[16, 24, 64], [32, 48, 128]])
    }

    @Test(
        "What is not understood is refused by name, with its step",
        arguments: [
            ("pyautogui.fly(1)", "step 1 has the unknown action “pyautogui.fly”"),
            ("os.system('x')", "step 1 has the unknown action “os.system”"),
            ("pyautogui.click(0.5, 0.5, speed=3)", "step 1 gives pyautogui.click the argument “speed”"),
            ("pyautogui.press('down', presses='x')", "step 1 gives pyautogui.press a wrong presses"),
            ("pyautogui.press('down', presses=100000)", "a wrong presses"), ("pyautogui.press()", "a wrong keys"),
            ("pyautogui.press('no key')", "step 1 has the unknown key “no key”"),
            ("pyautogui.click(1900, 1000)", "step 1 has a place outside its picture of 64 × 48 pixels"),
            ("pyautogui.moveTo(-5, 10)", "outside its picture"), ("pyautogui.click(x='a.png')", "a wrong x"),
            ("pyautogui.write(f'{name}')", "with a value inside its text"),
            ("for i in range(3): pyautogui.press('a')", "step 1 has the statement “for i in range(3)"),
            ("pyautogui.click(button='fourth')", "a wrong button"),
            ("pyautogui.dragTo(0.1, 0.1, mouseDownUp=False)", "mouseDownUp"),
        ])
    func refusedCode(_ code: String, _ words: String) throws {
        let desk = try ImportDesk()
        try desk.picture("0.png")
        try desk.picture("1.png")
        let error = try desk.refusal(try desk.write(ImportDesk.task(["WAIT", code]), "f.jsonl"), as: .agentnet)
        #expect(error?.code == .usage && error?.message.hasPrefix("f.jsonl, line 1, step 1 ") == true)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(
        "A picture that is not a PNG inside the directory is refused by its name",
        arguments: [
            ("../0.png", "outside"), ("/etc/hostname", "outside"), ("link.png", "leads out"),
            ("pipe.png", "not a regular file"),
            ("photo.png", "is a JPEG, and only PNG is read"), ("none.png", "does not exist"), ("empty.png", "is empty"),
        ])
    func refusedPictures(_ name: String, _ words: String) throws {
        let desk = try ImportDesk()
        let outside = try ImportDesk()
        let picture = try outside.picture("0.png")
        let path = try desk.write(ImportDesk.task(["WAIT"]) { _ in name }, "f.jsonl")
        let directory = (path as NSString).deletingLastPathComponent
        try FileManager.default.createSymbolicLink(atPath: directory + "/link.png", withDestinationPath: picture)
        #expect(mkfifo(directory + "/pipe.png", 0o600) == 0)
        try desk.write([0xff, 0xd8, 0xff, 0xe0], "photo.png")
        try desk.write([], "empty.png")
        let error = try desk.refusal(path, as: .agentnet)
        #expect(
            error?.message.contains(words) == true && error?.message.contains("line 1, step 0") == true,
            "\(error?.message ?? "")")
        #expect(error?.message.contains((name as NSString).lastPathComponent) == true)
    }

    @Test("A picture's pixels are those that are stored: 16 bits by the upper eight, alpha left out")
    func pixels() throws {
        let rows: [Bytes] = [[30, 200, 60, 1, 90, 255, 0x80, 0xff, 0, 0, 1, 2], [30, 60, 90, 0, 7, 8, 9, 0]]
        for (depth, type, row, wanted) in [
            (UInt8(16), UInt8(2), rows[0], [[30, 60, 90], [0x80, 0, 1]] as [[UInt8]]),
            (8, 6, rows[1], [[30, 60, 90], [7, 8, 9]]),
        ] {
            let frame = try PNGImage.decode(RawPNG.file(width: 2, height: 1, depth: depth, type: type, rows: [row]))
            #expect(
                [
                    [frame[0, 0].red, frame[0, 0].green, frame[0, 0].blue],
                    [frame[1, 0].red, frame[1, 0].green, frame[1, 0].blue],
                ] == wanted)
        }
    }

    // MARK: Back to AgentNet

    /// What a job writes as AgentNet from everything in the vault: the lines, and the pictures by name.
    private func exported(_ desk: ImportDesk, kinds: Set<Kind> = Set(Kind.allCases)) async throws -> (
        lines: [ForeignJSON], pictures: [String: ScreenFrame]
    ) {
        let ranks: [Kind: Int] = [.window: 0, .pointer: 1, .keys: 1, .prompt: 2, .terminal: 3, .screen: 4]
        var records: [TimedRecord] = []
        for (number, segment) in try desk.home.segments().enumerated() where kinds.contains(segment.label.kind) {
            let source = SegmentSource(
                kind: segment.label.kind, app: segment.label.app, page: .random(),
                body: Hash256(of: [UInt8(number >> 8), UInt8(number & 255)]), release: 1)
            records += segment.records.enumerated().map { TimedRecord(record: $1, source: source, index: $0) }
        }
        let ordered = records.enumerated().sorted {
            ($0.element.record.time, ranks[$0.element.source.kind] ?? 0, $0.offset)
                < ($1.element.record.time, ranks[$1.element.source.kind] ?? 0, $1.offset)
        }.map(\.element)
        let job = SigningKey()
        var sampler = Sampler(
            stream: .init(origin: "o", grant: 1, purpose: .zero), subjects: Subjects(job: job, grant: .zero),
            pseudonym: job.publicKey, device: 1)
        let sink = MemorySink()
        let format = AgentNetSamples(sink)
        for record in ordered {
            for sample in try sampler.take(record) { try format.write(try await sample.drawn()) }
        }
        for sample in try sampler.finish() { try format.write(try await sample.drawn()) }
        let terms = GrantTerms(
            hash: .zero, entry: 1, purpose: .zero, job: job.publicKey, kinds: [.keys], apps: [], days: 0...0)
        var manifest = Manifest(terms, shard: .whole)
        manifest.written = try format.close()
        try format.finish(manifest)
        return try Self.opened(sink.bytes)
    }

    /// The members of a tar: lines and pictures.
    private static func opened(_ tar: Bytes) throws -> (lines: [ForeignJSON], pictures: [String: ScreenFrame]) {
        var lines: [ForeignJSON] = []
        var pictures: [String: ScreenFrame] = [:]
        var at = 0
        while at + 512 <= tar.count, tar[at] != 0 {
            let name = String(decoding: tar[at..<at + 100].prefix { $0 != 0 }, as: UTF8.self)
            let count = try #require(Int(String(decoding: tar[(at + 124)..<(at + 135)], as: UTF8.self), radix: 8))
            let bytes = Array(tar[(at + 512)..<(at + 512 + count)])
            if name == "agentnet.jsonl" {
                lines = try bytes.split(separator: 10).map { try ForeignJSON(parsing: $0) }
            } else {
                pictures[String(name.dropFirst("images/".count))] = try PNGImage.decode(bytes)
            }
            at += 512 + (count + 511) / 512 * 512
        }
        return (lines, pictures)
    }

    /// The lines with each image by what it shows.
    private func normal(_ lines: [ForeignJSON], _ picture: (String) throws -> ScreenFrame?) throws -> [ForeignJSON] {
        try lines.map { line in
            let steps = try #require(line["traj"]?.array)
            return line.setting(
                "traj",
                to: .array(
                    try steps.map { step in
                        let name = try #require(step["image"]?.string)
                        let frame = try #require(try picture(name))
                        return step.setting("image", to: .string("grey \(frame[0, 0].red) \(frame.width)"))
                    }))
        }
    }

    @Test("Generated trajectories come back as they were", arguments: 0..<12)
    func roundTrip(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let desk = try ImportDesk()
        let codes = [
            "pyautogui.press('down', presses=4)", "pyautogui.write(message='caf\\u00e9 \\x41')",
            "pyautogui.write('hello')", "pyautogui.write(' world')", "pyautogui.click(x=0.9722, y=0.9701)",
            "pyautogui.moveTo(x=0.4546, y=0.2682)\npyautogui.dragTo(x=0.4107, y=0.2773, button='left')",
            "pyautogui.scroll(-3, x=0.5, y=0.25)", "pyautogui.scroll(-5)", "computer.wait()",
            "computer.terminate(status='success')", "", "pyautogui.click(x=0.5, y=0.5, clicks=2, button='right')",
            "pyautogui.keyDown('shift')\npyautogui.press('a')\npyautogui.keyUp('shift')",
            "pyautogui.hotkey(['ctrl', 's'])", "pyautogui.moveTo(x=1, y=1)", "pyautogui.click(1, 1)",
            "pyautogui.write('''two\nlines\u{2028}''')  # why",
            "pyautogui.write('" + String(repeating: "x", count: 600) + "')",
        ]
        var files: [String] = []
        var originals: [ForeignJSON] = []
        var greys: [String: ScreenFrame] = [:]
        for file in 0..<Int.random(in: 1...2, using: &random) {
            var lines: [String] = []
            for task in 0..<Int.random(in: 1...3, using: &random) {
                let steps = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                    codes.randomElement(using: &random) ?? ""
                }
                let name = { (step: Int) in "\(file)-\(task)-\(step).png" }
                for step in steps.indices {
                    let grey = UInt8.random(in: 0...255, using: &random)
                    let width = Bool.random(using: &random) ? 64 : 128
                    let path = try desk.picture(name(step), grey: grey, width: width)
                    greys[name(step)] = try PNGImage.decode(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
                }
                lines.append(ImportDesk.task(steps, id: "task \(file) \(task)", image: name))
            }
            originals += try lines.map { try ForeignJSON(parsing: $0.utf8) }
            files.append(try desk.write(lines.joined(separator: "\n"), "\(file).jsonl"))
        }
        var importer = ImportSealer(
            sealer: try desk.home.sealer, now: ImportDesk.now, start: ImportDesk.now - 10_000_000)
        for file in files { _ = try importer.seal(file, format: .agentnet, app: nil) }
        let (lines, pictures) = try await exported(desk)
        #expect(try normal(lines) { pictures[$0] } == normal(originals) { greys[$0] })
    }

    @Test("The real example comes back as it was", .enabled(if: SharedFiles.has("data/opencua-raw-recording")))
    func realRoundTrip() async throws {
        let desk = try ImportDesk()
        let path = try #require(SharedFiles.url("data/opencua-raw-recording/agentnet_example.jsonl")?.path)
        try desk.seal(path, as: .agentnet)
        let original = try ForeignJSON(parsing: try Data(contentsOf: URL(fileURLWithPath: path)).filter { $0 != 10 })
        let (lines, pictures) = try await exported(desk)
        let line = try #require(lines.first)
        #expect(lines.count == 1 && pictures.count == 15)
        #expect(line.setting("traj", to: .null) == original.setting("traj", to: .null))
        let steps = try #require(line["traj"]?.array)
        let originals = try #require(original["traj"]?.array)
        #expect(steps.map { $0.setting("image", to: .null) } == originals.map { $0.setting("image", to: .null) })
        for (step, original) in zip(steps, originals) {
            let picture = try #require(original["image"]?.string)
            let bytes = try Data(
                contentsOf: URL(fileURLWithPath: (path as NSString).deletingLastPathComponent + "/images/" + picture))
            #expect(try pictures[step["image"]?.string ?? ""] == PNGImage.decode(Array(bytes)))
        }
    }

    @Test("Without the keys, a step that types is not told, and one that points is kept")
    func consentOfKinds() async throws {
        let desk = try ImportDesk()
        for number in 0..<3 { try desk.picture("\(number).png", grey: UInt8(number)) }
        let codes = [
            "pyautogui.click(x=0.5001, y=0.5)", "pyautogui.write('secret')", "pyautogui.click(x=0.25, y=0.25)",
        ]
        try desk.seal(try desk.write(ImportDesk.task(codes)), as: .agentnet)
        let (lines, _) = try await exported(desk, kinds: [.pointer, .screen])
        #expect(lines.count == 1)
        #expect(lines.first?["traj"]?.array?.map { $0["value"]?["code"]?.string } == [codes[0], codes[2]])
        #expect(lines.first?.text.contains("secret") == false)
    }

    @Test("Steps of AgentNetBench, PC Tracker and OSWorld")
    func otherTrajectories() async throws {
        let desk = try ImportDesk()
        for number in 0..<3 { try desk.picture("\(number).png", grey: UInt8(number)) }
        let bench = """
            {"task_id": "s", "high_level_task_description": "do it",
             "steps": [{"step_num": 4, "image": "0.png", "action": "pyautogui.click(x=0.5, y=0.5)", "milestone": true}]}
            """
        try desk.seal(try desk.write(bench, "bench.json"), as: .agentnet, start: 1_600_000_000_000)
        let tracker = """
            {"timestamp": "2024-11-26_16:15:19", "action": "click (8, 7)", "screenshot": "0.png", "element": "Start"}
            {"timestamp": "2024-11-26_16:15:28", "action": "type text: it's", "screenshot": "1.png"}
            {"timestamp": "2024-11-26_16:15:40", "action": "finish", "screenshot": "2.png"}
            """
        try desk.seal(
            try desk.write(tracker, "tracker.jsonl"), as: .agentnet,
            zone: try #require(TimeZone(identifier: "Europe/Berlin")))
        let world = """
            {"step_num": 1, "action_timestamp": "20260601@120000", "action": "pyautogui.click(8, 7)", "screenshot_file": "0.png"}
            {"step_num": 2, "action_timestamp": "20260601@120003", "action": "WAIT", "screenshot_file": "1.png"}
            {"step_num": 3, "action_timestamp": "20260601@120005", "action": "DONE", "screenshot_file": "2.png"}
            """
        try desk.seal(try desk.write(world, "traj.jsonl"), as: .agentnet)
        #expect(try desk.typed() == "it's")
        let times = try desk.records(.pointer).compactMap { record -> Milliseconds? in
            if case .pointer(let pointer) = record.content, case .press = pointer.action { record.time } else { nil }
        }
        // 16:15:19 in Berlin; OSWorld's times in the zone that was given.
        #expect(times.map { $0 / 1000 * 1000 } == [1_600_000_000_000, 1_732_634_119_000, 1_780_315_200_000])
        let (lines, pictures) = try await exported(desk)
        let steps = lines.flatMap { $0["traj"]?.array ?? [] }
        #expect(
            steps.compactMap { $0["value"]?["code"]?.string } == [
                "pyautogui.click(x=0.5, y=0.5)", "pyautogui.click(x=8, y=7)", #"pyautogui.write('it\'s')"#, "DONE",
                "WAIT", "DONE",
            ])
        #expect(steps.map { pictures[$0["image"]?.string ?? ""]?[0, 0].red } == [0, 0, 1, 2, 0, 1])
        #expect(steps[0]["milestone"] == .boolean(true) && steps[1]["element"] == .string("Start"))
        #expect(lines.first?["instruction"] == .string("do it"))
    }
}
