import Files
import Glibc
package import Sealing

/// How the latest agent of a machine fares, in a file: it is there while an agent runs and after one that did not end
/// as it was asked to. So the next agent, and the commands that say what is so, know of it.
///
///     {"schema":"coffer.agent-run.v1","at":ms,"ended":why it ended}\n zeros to 1,024
///
/// Without `ended` it runs since `at`, or was killed. The reason holds nothing that was recorded.
package struct AgentRun: Hashable, Sendable {
    private static let schema = "coffer.agent-run.v1"
    /// The file's length, so that a full disk does not hinder it once the file is there.
    private static let count = 1_024
    /// In characters, so that the sentence and its escapes fit into the file.
    private static let longestReason = 200

    /// When it wrote its first record, or ended.
    package var at: Milliseconds
    /// Why it ended, as the sentence that it said.
    package var ended: String?

    package init(at: Milliseconds, ended: String? = nil) {
        self.at = at
        self.ended = ended.map { String($0.prefix(Self.longestReason)) }
    }

    /// Why capture was interrupted, as a sentence.
    package var interruption: String { ended ?? "The latest agent was killed, or the machine stopped." }

    /// Nil without the file, and for one that is damaged: it is for people only.
    package static func read(_ path: String) -> AgentRun? {
        guard let bytes = try? DurableFile.read(path, atMost: count) else { return nil }
        return try? AgentRun(parsing: bytes)
    }

    package func write(_ path: String) throws(CofferError) {
        let reason = ended.map { [CanonicalJSON.Member("ended", .string($0))] } ?? []
        let object = CanonicalJSON.object(
            [.init("schema", .string(Self.schema)), .init("at", .milliseconds(at))] + reason)
        var writer = ByteWriter(object.encoded + [UInt8(ascii: "\n")])
        writer.pad(to: Self.count)
        try DurableFile.explained { () throws(FileError) in
            let file = try DiskFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            try file.seek(0)
            try file.write(writer.bytes)
        }
    }

    package static func remove(_ path: String) throws(CofferError) { try DurableFile.remove(path) }

    private init(parsing bytes: Bytes) throws(FormatError) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw .truncated }
        var reader = try CanonicalObject(parsing: Array(bytes[..<end]))
        guard try reader.string("schema") == Self.schema else { throw .notCanonical }
        at = try reader.milliseconds("at")
        ended = reader.nextName == "ended" ? try reader.string("ended", atMost: 1_024) : nil
        try reader.finish()
    }
}
