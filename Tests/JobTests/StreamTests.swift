import Foundation
import Sealing
import Testing

@testable import Job

/// The forms of the stream, and what an unfinished one looks like.
@Suite("Streams of samples")
struct StreamTests {
    @Test("A tar is whole for every padding", arguments: [0, 1, 511, 512, 513, 1024, 40_000])
    func tarsOfEveryPadding(_ count: Int) throws {
        let sink = MemorySink()
        var tar = TarStream(sink)
        let contents = Bytes(repeating: 7, count: count)
        try tar.add("00000000-000001.json", contents, time: 1_795_521_600_000)
        try tar.add("b.json", [1], time: 0)
        try tar.finish()
        #expect(sink.bytes.count.isMultiple(of: 512))
        let open = try OpenTar(sink.bytes)
        #expect(open.hasTrailer && open.members.map(\.bytes) == [contents, [1]])
        #expect(open.members.map(\.name) == ["00000000-000001.json", "b.json"])
    }

    @Test("An unfinished tar ends in its last member", arguments: [1, 511, 512, 513, 40_000])
    func anUnfinishedTarEndsInItsLastMember(_ count: Int) throws {
        let sink = MemorySink()
        var tar = TarStream(sink)
        try tar.add("a.json", Bytes(repeating: 7, count: count), time: 0)
        let open = try OpenTar(sink.bytes)
        #expect(!open.hasTrailer && open.members.isEmpty)
        try tar.add("b.json", [1], time: 0)
        #expect(try OpenTar(sink.bytes).members.map(\.name) == ["a.json"])
    }

    @Test("Python's tarfile reads the same")
    func pythonAgrees() throws {
        let sink = MemorySink()
        var tar = TarStream(sink)
        try tar.add("a.json", Bytes(repeating: 120, count: 700), time: 1_795_521_600_000)
        let unfinished = sink.bytes
        try tar.add("a.png", [1, 2], time: 1_795_521_600_000)
        try tar.finish()
        #expect(try python(sink.bytes) == "a.json 700 1795521600,a.png 2 1795521600")
        #expect(try python(unfinished) == "ReadError")
        #expect(try python([]) == "ReadError")
    }

    /// The members as Python's streaming tarfile, which WebDataset uses, reads them.
    private func python(_ bytes: Bytes) throws -> String {
        let script = """
            import sys, tarfile
            try:
                names = []
                with tarfile.open(fileobj=sys.stdin.buffer, mode="r|*") as tar:
                    for member in tar:
                        tar.extractfile(member).read()
                        names.append(f"{member.name} {member.size} {int(member.mtime)}")
                print(",".join(names), end="")
            except tarfile.ReadError:
                print("ReadError", end="")
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }

    @Test("An unfinished line is not valid JSON")
    func anUnfinishedLineIsNoLine() throws {
        let sink = MemorySink()
        let lines = LineSamples(sink)
        lines.begin(.png)
        try lines.write(example(step: 0))
        #expect(!sink.bytes.contains(UInt8(ascii: "\n")))
        try lines.write(example(step: 1))
        #expect(sink.bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        try lines.finish()
        let split = sink.bytes.split(separator: UInt8(ascii: "\n"))
        #expect(split.count == 2)
        let last = try JSONSerialization.jsonObject(with: Data(split[1])) as? [String: Any]
        #expect(last?["image"] as? String == "AQID")
    }

    @Test("Lines have the form of AgentNet")
    func agentNetsOwnForm() throws {
        let sink = MemorySink()
        let format = AgentNetSamples(sink)
        try format.write(example(step: 0, content: .text(label: "user", text: "Open settings"), kind: .prompt))
        try format.write(example(step: 1))
        try format.write(example(step: 2, content: .action(code: "pyautogui.moveTo(x=0.1)\npyautogui.scroll(-3)")))
        try format.write(example(step: 3, episode: "e2", image: nil))
        try format.write(example(step: 4, episode: "e2"))
        try format.finish()
        let tar = try OpenTar(sink.bytes)
        #expect(tar.hasTrailer)
        #expect(tar.members.map(\.name).dropLast().allSatisfy { $0.hasPrefix("images/") && $0.hasSuffix(".png") })
        let lines = String(decoding: try #require(tar.members.last).bytes, as: UTF8.self).split(separator: "\n")
        #expect(
            lines.first.map(String.init) == #"{"task_id":"e1","instruction":"Open settings","traj":["#
                + #"{"index":0,"image":"6e340b9c-000001.png","value":{"code":"pyautogui.press('enter')"}},"#
                + #"{"index":1,"image":"6e340b9c-000002.png","value":"#
                + #"{"code":"pyautogui.moveTo(x=0.1)\npyautogui.scroll(-3)"}}]}"#)
        #expect(lines.count == 2)
    }

    private func example(
        step: Int, content: Sample.Content = .action(code: "pyautogui.press('enter')"), kind: Kind = .keys,
        episode: String = "e1", image: Bytes? = [1, 2, 3]
    ) throws -> Sample {
        Sample(
            stream: .init(origin: "o", grant: 1, purpose: Hash256(of: [])), step: step, time: 1_795_521_600_000,
            source: SegmentSource(
                kind: kind, app: try AppName("code"), page: .zero, body: Hash256(of: [0]), release: 2),
            records: 0...1, window: nil, screen: nil, content: content, events: [], subject: "g1", episode: episode,
            image: image)
    }

    @Test("Shards have one form")
    func shards() {
        for text in ["3/3", "-1/3", "1", "1/2/3", "a/b", "0/0", "0/70000", ""] { #expect(Shard(text) == nil) }
        #expect(Shard("2/3") != nil)
    }

    @Test("Any text becomes valid JSON")
    func anyTextIsJSON() throws {
        let all = String(String.UnicodeScalarView((0..<0x250).compactMap { Unicode.Scalar($0) }))
        let json = SampleJSON.object([("text", .string(all))]).text
        let back = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String]
        #expect(back?["text"] == all)
    }
}
