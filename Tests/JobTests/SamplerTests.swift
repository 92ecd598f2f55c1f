import Foundation
import Records
import Sealing
import Testing

@testable import Job

/// Records of hands and words as steps.
@Suite("Steps of samples")
struct SamplerTests {
    private let desk = Desk()
    private let person = SigningKey().publicKey

    private struct Source {
        var kind: Kind
        var app = "code"
        var records: [Record]
    }

    private func samples(_ sources: Source...) throws -> [Sample] {
        var records: [TimedRecord] = []
        for (i, source) in sources.enumerated() {
            let segment = SegmentSource(
                kind: source.kind, app: try AppName(source.app), page: .random(),
                body: Hash256(of: [UInt8(i)]), release: 3)
            records += source.records.enumerated().map {
                TimedRecord(record: $1, source: segment, index: $0)
            }
        }
        let job = SigningKey()
        var sampler = Sampler(
            stream: .init(origin: "o", grant: 1, purpose: Hash256(of: [])),
            subjects: Subjects(job: job, grant: Hash256(of: [])), pseudonym: person, device: 1)
        var samples: [Sample] = []
        // A stable sort by time.
        let ordered = records.enumerated().sorted {
            ($0.element.record.time, $0.offset) < ($1.element.record.time, $1.offset)
        }
        for (_, record) in ordered { samples += try sampler.take(record) }
        return samples + (try sampler.finish())
    }

    private func codes(_ samples: [Sample]) -> [String] {
        samples.map {
            switch $0.content {
            case .action(let code): code
            case .text(let label, let text): "\(label): \(text)"
            }
        }
    }

    private func keys(_ records: [Record]...) throws -> [String] {
        codes(try samples(Source(kind: .keys, records: records.flatMap { $0 })))
    }

    private func pointer(_ records: [Record]...) throws -> [String] {
        codes(try samples(Source(kind: .pointer, records: records.flatMap { $0 })))
    }

    @Test("Text is one step until a pause")
    func textIsOneStepUntilAPause() throws {
        #expect(
            try keys(desk.type("let x", at: 0), desk.type("= 'a\\'", at: 600), desk.type("b", at: 9000)) == [
                "pyautogui.write(message='let x= \\'a\\\\\\'')", "pyautogui.write(message='b')",
            ])
    }

    /// A press that is part of a sequence, and its release.
    private func part(_ key: String, _ text: String, at time: Milliseconds) -> [Record] {
        [
            RecordContent.keys(.init(isPress: true, key: key, text: text, origin: .device)).record(at: desk.at(time)),
            desk.release(key, at: time + 30),
        ]
    }

    @Test("Dead keys, the compose key and AltGr write one text, and all their keys are events of it")
    func sequencesWriteText() throws {
        let records =
            desk.type("caf", at: 0) + part("dead_acute", "", at: 300) + part("e", "é", at: 400)
            + part("Multi_key", "", at: 500) + part("o", "", at: 600) + part("e", "œ", at: 700)
            + [desk.press("ISO_Level3_Shift", at: 800)] + desk.tap("€", at: 850)
            + [desk.release("ISO_Level3_Shift", at: 900)]
        let samples = try samples(Source(kind: .keys, records: records))
        #expect(codes(samples) == ["pyautogui.write(message='caféœ€')"])
        #expect(samples.first?.events.count == records.count)
        let first = try keys(part("dead_acute", "", at: 0) + part("e", "é", at: 100))
        #expect(first == ["pyautogui.write(message='é')"])
        // A sequence that ends in nothing writes nothing.
        #expect(
            try keys(part("dead_acute", "", at: 0) + part("x", "", at: 100), desk.type("y", at: 9000)) == [
                "pyautogui.write(message='y')"
            ])
    }

    @Test("A held key writes as often as it repeats, and a held Backspace deletes as often")
    func heldKeys() throws {
        func hold(_ key: String, _ times: Int, at time: Milliseconds) -> [Record] {
            (0..<times).map { desk.press(key, at: time + 40 * $0) } + [desk.release(key, at: time + 40 * times)]
        }
        #expect(
            try keys(hold("a", 15, at: 0), hold("BackSpace", 7, at: 3000), desk.type("b", at: 4000)) == [
                "pyautogui.write(message='aaaaaaaaaaaaaaa')", "pyautogui.press('backspace', presses=7)",
                "pyautogui.write(message='b')",
            ])
    }

    @Test("A long text is several steps")
    func aLongTextIsSeveralSteps() throws {
        let codes = try keys(desk.type(String(repeating: "é", count: 600), at: 0))
        #expect(codes.map { $0.filter { $0 == "é" }.count } == [256, 256, 88])
    }

    @Test("Named keys are pressed")
    func namedKeysArePressed() throws {
        #expect(
            try keys(
                desk.tap("BackSpace", at: 0), desk.tap("BackSpace", at: 200), desk.tap("Return", at: 400),
                desk.tap("KP_5", at: 600), desk.tap("F5", at: 800)) == [
                    "pyautogui.press('backspace', presses=2)", "pyautogui.press('enter')",
                    "pyautogui.write(message='5')", "pyautogui.press('f5')",
                ])
    }

    @Test("Keys under a modifier are chords")
    func chords() throws {
        let save = [desk.press("Control_L", at: 0)] + desk.tap("s", at: 50) + [desk.release("Control_L", at: 200)]
        let back = [desk.press("Shift_L", at: 500)] + desk.tap("Tab", at: 550) + [desk.release("Shift_L", at: 700)]
        let upper = [desk.press("Shift_L", at: 900)] + desk.tap("A", at: 950) + [desk.release("Shift_L", at: 1000)]
        let find =
            [desk.press("Control_L", at: 1200), desk.press("Shift_L", at: 1210)] + desk.tap("F", at: 1250)
            + [desk.release("Shift_L", at: 1300), desk.release("Control_L", at: 1310)]
        let menu = desk.tap("Super_L", at: 2000)
        #expect(
            try keys(save, back, upper, desk.type("b", at: 1100), find, menu, desk.type("c", at: 2100)) == [
                "pyautogui.hotkey('ctrl', 's')", "pyautogui.hotkey('shift', 'tab')", "pyautogui.write(message='Ab')",
                "pyautogui.hotkey('ctrl', 'shift', 'f')", "pyautogui.press('win')", "pyautogui.write(message='c')",
            ])
    }

    @Test("A modifier released elsewhere is forgotten")
    func aModifierReleasedElsewhereIsForgotten() throws {
        #expect(
            try keys([desk.press("Alt_L", at: 0)] + desk.tap("Tab", at: 50), desk.type("x", at: 20_000)) == [
                "pyautogui.hotkey('alt', 'tab')", "pyautogui.write(message='x')",
            ])
    }

    @Test("Presses and releases at one place are clicks")
    func clicks() throws {
        #expect(
            try pointer(
                desk.click(972, 485, at: 0), desk.click(100, 100, at: 1000), desk.click(102, 100, at: 1200),
                desk.click(500, 250, at: 3000), desk.click(500, 250, at: 3200), desk.click(500, 250, at: 3400),
                desk.click(0, 0, button: "right", at: 5000), desk.click(1000, 500, button: "middle", at: 6000)) == [
                    "pyautogui.click(x=0.9720, y=0.9700)", "pyautogui.doubleClick(x=0.1000, y=0.2000)",
                    "computer.tripleClick(x=0.5000, y=0.5000)", "pyautogui.rightClick(x=0.0000, y=0.0000)",
                    "pyautogui.middleClick(x=1.0000, y=1.0000)",
                ])
    }

    @Test("Presses elsewhere are drags, and turns are scrolls")
    func dragsAndWheels() throws {
        let drag = [
            desk.pointer(.press(button: "left"), 454, 134, at: 0), desk.pointer(.move, 420, 134, at: 50),
            desk.pointer(.move, 411, 139, at: 90), desk.pointer(.release(button: "left"), 411, 139, at: 120),
        ]
        let wheel = (0..<3).map {
            desk.pointer(.scroll(direction: "down", clicks: 1), 396, 392, at: 2000 + 100 * $0)
        }
        let side = [desk.pointer(.scroll(direction: "left", clicks: 2), 396, 392, at: 2400)]
        #expect(
            try pointer(drag, [desk.pointer(.move, 1, 1, at: 1000)], wheel, side) == [
                "pyautogui.moveTo(x=0.4540, y=0.2680)\npyautogui.dragTo(x=0.4110, y=0.2780, button='left')",
                "pyautogui.moveTo(x=0.3960, y=0.7840)\npyautogui.scroll(-3)",
                "pyautogui.moveTo(x=0.3960, y=0.7840)\npyautogui.hscroll(-2)",
            ])
    }

    @Test("A step has the frame before the action and the title at that time")
    func theFrameBeforeTheActionAndTheTitleThen() async throws {
        let frames = try [(10, 0), (20, 1000), (30, 5000)].map {
            try desk.frame(UInt8($0), at: Milliseconds(clamping: $1))
        }
        let samples = try samples(
            Source(kind: .window, records: [desk.title("one", at: 0), desk.title("two", at: 4000)]),
            Source(kind: .keys, records: desk.type("ab", at: 1001) + desk.tap("Return", at: 5000)),
            Source(kind: .screen, records: frames))
        #expect(samples.map(\.window) == ["one", "two"])
        var greys: [UInt8] = []
        for sample in samples { greys.append(try PNGImage.decode(#require(try await sample.drawn().image))[0, 0].red) }
        // The frame of the very millisecond of an action is not before it.
        #expect(greys == [20, 20])
    }

    @Test("The screen of another app is not shown")
    func anotherAppsScreenIsNotShown() throws {
        let samples = try samples(
            Source(kind: .screen, app: "xterm", records: [desk.frame(10, at: 0)]),
            Source(kind: .keys, app: "code", records: desk.type("a", at: 10)))
        #expect(samples.count == 1 && samples[0].picture == nil && samples[0].screen == nil)
    }

    @Test("Events keep their source and place")
    func eventsKeepTheirSourceAndPlace() throws {
        let sample = try #require(
            samples(Source(kind: .pointer, records: desk.click(972, 485, at: 0))).first)
        let json = String(decoding: sample.json(), as: UTF8.self)
        #expect(
            json.contains(
                #""events":[{"dt":0,"type":"press","key":"","text":"","button":"left","direction":"","clicks":0,"#
                    + #""x":0.9720,"y":0.9700,"off":false,"source":"synthetic"},{"dt":40,"type":"release","#))
        #expect(json.hasPrefix(#"{"schema":"coffer.sample.v1","t":"2026-11-23T09:00:00.000Z","kind":"pointer","#))
        #expect(json.contains(#""screen":{"w":1000,"h":500}"#))
        #expect(json.contains(#""record":[0,1],"purpose":"sha256:e3b0c442"#))
        #expect(sample.key.hasSuffix("-000000") && sample.key.utf8.count == 15)
    }

    @Test("Prompts and terminals run beside keys and pointer")
    func wordsRunBesideHands() throws {
        let output = (0..<3).map {
            RecordContent.terminal(.init(isOutput: true, text: "line \($0)\u{1b}[0m\n")).record(
                at: desk.at(50 + $0 * 100))
        }
        let prompt = RecordContent.prompt(.init(role: .user, text: "Fix \"it\"")).record(at: desk.at(5000))
        let samples = try samples(
            Source(kind: .keys, app: "xterm", records: desk.type("make", at: 0)),
            Source(kind: .terminal, app: "xterm", records: output), Source(kind: .prompt, records: [prompt]))
        #expect(
            codes(samples).sorted() == [
                "output: line 0\u{1b}[0m\nline 1\u{1b}[0m\nline 2\u{1b}[0m\n", "pyautogui.write(message='make')",
                "user: Fix \"it\"",
            ])
        for sample in samples {
            let json = try JSONSerialization.jsonObject(with: Data(sample.json())) as? [String: Any]
            #expect(json?["schema"] as? String == "coffer.sample.v1")
        }
    }

    @Test("A pause begins another episode")
    func aPauseBeginsAnotherEpisode() throws {
        let samples = try samples(
            Source(
                kind: .keys,
                records: desk.type("a", at: 0) + desk.type("b", at: 60_000) + desk.type("c", at: 3_000_000)))
        #expect(samples.count == 3)
        #expect(samples[0].episode == samples[1].episode && samples[1].episode != samples[2].episode)
        #expect(Set(samples.map(\.subject)).count == 1 && samples[0].subject.hasPrefix("g"))
    }

    @Test("Subjects are salted for each grant and job")
    func subjectsAreSaltedPerGrantAndJob() {
        let job = SigningKey()
        let names = [
            Subjects(job: job, grant: Hash256(of: [1])), Subjects(job: job, grant: Hash256(of: [2])),
            Subjects(job: SigningKey(), grant: Hash256(of: [1])),
        ].map { $0.subject(person) }
        #expect(Set(names).count == 3)
        #expect(Subjects(job: job, grant: Hash256(of: [1])).subject(person) == names[0])
    }

    @Test("A record of another kind is tampering")
    func aRecordOfAnotherKindIsTampering() throws {
        #expect(throws: CofferError(.tampering, "", rule: "segment.record")) {
            try samples(Source(kind: .keys, records: [desk.title("x", at: 0)]))
        }
    }
}
