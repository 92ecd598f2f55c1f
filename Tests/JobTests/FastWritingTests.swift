import CofferTestKit
import Foundation
import Records
import Sealing
import Testing

@testable import Job

/// What is written in runs is what is written a character at a time.
@Suite("Fast writing of samples")
struct FastWritingTests {
    /// A string as samples have it, a scalar at a time.
    private func slowly(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: out += String(format: "\\u%04x", scalar.value)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    @Test("Any text is quoted as its definition says, however long and wherever its special characters are")
    func quoting() throws {
        var generator = SeededGenerator()
        let special: [Unicode.Scalar] = [
            "\"", "\\", "\n", "\r", "\u{0}", "\u{1b}", "\u{1f}", " ", "\u{7f}", "\u{80}", "\u{2028}", "\u{fffd}",
            "\u{d7ff}",
            "\u{e000}", "\u{10ffff}", "é", "🙂",
        ]
        for length in Array(0...40) + [1000, 70_000] {
            for _ in 0..<20 {
                var text = String.UnicodeScalarView()
                for _ in 0..<length {
                    let isSpecial = Int.random(in: 0..<6, using: &generator) == 0
                    text.append(
                        isSpecial
                            ? special.randomElement(using: &generator) ?? "a"
                            : Unicode.Scalar(UInt8.random(in: 0x20...0x7e, using: &generator)))
                }
                let json = SampleJSON.string(String(text)).bytes
                #expect(json == Array(slowly(String(text)).utf8), "\(generator)")
                if length == 1000 {
                    let read = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed) as? String
                    #expect(read.map { Array($0.utf8) } == Array(String(text).utf8), "\(generator)")
                }
                if length > 1000 { break }
            }
        }
    }

    @Test("An object written member by member is the object that is built first")
    func objects() {
        let built = SampleJSON.object([
            ("a", .string("x\"\n\u{1b}")), ("b", .integer(.max)), ("c", .object([])),
            ("d", .object([("e", .object([("f", .boolean(true))])), ("g", .integer(0))])), ("h", .array([.string("")])),
            ("i", .string("AQI=")),
        ])
        let written = JSONObjectWriter.object(room: 8) { object in
            object.string("a", "x\"\n\u{1b}")
            object.integer("b", .max)
            object.object("c") { _ in }
            object.object("d") { inner in
                inner.object("e") { $0.value("f", .boolean(true)) }
                inner.integer("g", 0)
            }
            object.value("h", .array([.string("")]))
            object.base64("i", [1, 2])
        }
        #expect(String(decoding: written, as: UTF8.self) == built.text)
    }

    @Test("Every moment is written as its text")
    func times() {
        var generator = SeededGenerator()
        for turn in 0..<2000 {
            let time: Milliseconds =
                turn < 4
                ? [0, 999, 951_782_399_999, 4_102_444_800_000][turn]
                : Milliseconds(clamping: Int.random(in: 0...4_200_000_000_000, using: &generator))
            let written = JSONObjectWriter.object(room: 0) { $0.time("t", time) }
            #expect(
                String(decoding: written, as: UTF8.self) == #"{"t":""# + CivilTime(time).rfc3339Milliseconds + #""}"#,
                "\(generator)")
        }
    }

    @Test("Terminal text in thousands of pieces is one step with all of them, in their order")
    func pieces() throws {
        let source = SegmentSource(
            kind: .terminal, app: try AppName("xterm"), page: .zero, body: .zero, release: 1)
        let desk = Desk()
        var sampler = Sampler(
            stream: .init(origin: "o", grant: 1, purpose: .zero), subjects: Subjects(job: SigningKey(), grant: .zero),
            pseudonym: SigningKey().publicKey, device: 1)
        var samples: [Sample] = []
        for index in 0..<9000 {
            let text = TerminalContent(isOutput: true, text: "\u{1b}[1m\(index);")
            let record = RecordContent.terminal(text).record(at: desk.at(Milliseconds(clamping: index)))
            samples += try sampler.take(TimedRecord(record: record, source: source, index: index))
        }
        samples += try sampler.finish()
        let texts = samples.map { sample in
            if case .text("output", let text) = sample.content { text } else { "" }
        }
        #expect(texts.joined() == (0..<9000).map { "\u{1b}[1m\($0);" }.joined())
        #expect(texts.count == 2 && texts.allSatisfy { (1...65_536).contains($0.utf8.count) })
        #expect(samples.map(\.records).last?.upperBound == 8999)
    }

    @Test("Pieces of every size go out whole and in order, and the last bytes only at the end")
    func heldOutput() throws {
        var generator = SeededGenerator()
        for keep in [2, 512] {
            let sink = MemorySink()
            var output = HeldOutput(sink, keeping: keep)
            var all = Bytes()
            for turn in 0..<200 {
                let sizes = [1, 511, 512, 513, 4000, 65_535, 65_536, 131_584, 131_585, 300_000]
                let piece = generator.bytes(turn < 60 ? sizes[turn % 3] : sizes[turn % sizes.count])
                all += piece
                try output.write(piece)
                #expect(sink.bytes.count <= max(0, all.count - keep))
                // The first pieces do not wait, and none waits for much.
                let late = turn < 32 ? keep : 65_536 + keep
                #expect(sink.bytes.count >= all.count - late, "\(turn), \(generator)")
                #expect(output.written.count == all.count)
            }
            #expect(output.written.hash == Hash256(of: all))
            try output.finish(trailer: [1, 2, 3])
            #expect(sink.bytes == all + [1, 2, 3])
        }
    }
}
