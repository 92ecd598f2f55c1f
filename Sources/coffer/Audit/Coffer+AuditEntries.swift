import ArgumentParser
import Audit
import Foundation
import Ledger
import Rules
import Sealing

/// Lists entries of the log.
struct AuditEntries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entries", abstract: "List entries: their statements, signers and verdicts.",
        discussion: """
            Each entry that is listed is checked against the tree of a checkpoint that a quorum cosigned. With several \
            criteria, an entry must match all of them.
            """)

    @Option(name: .long, help: ArgumentHelp("Only these entries, from 0; both ends are included.", valueName: "A..B"))
    var index: IndexRange?

    @Option(name: .long, help: ArgumentHelp("Only statements of this type, such as grant.", valueName: "type"))
    var type: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only those with a signature line of this name in a charter, or of a key with these first digits.",
            valueName: "name|key"))
    var signer: String?

    @Option(name: .long, help: ArgumentHelp("Only entries from then on.", valueName: "time"))
    var since: Moment?

    @Option(name: .long, help: ArgumentHelp("Only entries before then.", valueName: "time"))
    var until: Moment?

    @Flag(name: .long, help: "Print comma-separated values with a head line.")
    var csv = false

    @Flag(name: .long, help: "Print the note of the one entry that --index names, byte for byte.")
    var raw = false

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if [csv, raw, output.json].count(where: { $0 }) > 1 {
            throw ValidationError("Give one of --csv, --raw and --json.")
        }
        if raw, index?.isOne != true { throw ValidationError("--raw prints one note: name its entry with --index N.") }
    }

    func run() async throws {
        let (log, reader) = try await ledger.known()
        let range = index?.range ?? 0..<reader.size
        guard range.lowerBound < reader.size else {
            throw CofferError(
                .notFound, "The log has no entry \(range.lowerBound): it ends before \(reader.size).")
        }
        if raw { return Output.bytes(Bytes(try await reader.entry(range.lowerBound).note)) }
        var filter = EntryFilter()
        (filter.type, filter.signer) = (type, signer)
        (filter.since, filter.until) = (since?.first, until?.last)
        var count = 0
        if csv { Output.data(EntryLine.head) }
        try await reader.list(range, filter) { explanation in
            count += 1
            let line = EntryLine(explanation)
            try Output.item(csv ? line.csv : output.line("entry", line.members, text: line.text))
        }
        output.talk(
            "\(count) of \(reader.size) entries up to \(Output.utc(Milliseconds(log.checkpoint.quorumTime ?? 0))), "
                + "\(log.basis.words)")
    }
}

/// Entries by their indices: `7`, or `7..12` with both ends.
struct IndexRange: ExpressibleByArgument {
    let range: Range<UInt64>

    init?(argument: String) {
        let ends = argument.components(separatedBy: "..")
        guard (1...2).contains(ends.count), let first = Self.index(ends[0]),
            let last = Self.index(ends[ends.count - 1]),
            first <= last
        else { return nil }
        range = first..<(last + 1)
    }

    /// Whether it is one entry.
    var isOne: Bool { range.count == 1 }

    private static func index(_ digits: String) -> UInt64? {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let index = UInt64(digits), index < 1 << 60 else {
            return nil
        }
        return index
    }
}

/// One entry as a line.
struct EntryLine {
    private let explanation: Explanation

    init(_ explanation: Explanation) { self.explanation = explanation }

    var members: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("index", .integer(Int(clamping: explanation.index))), ("time", .string(Output.rfc3339(explanation.stamp))),
        ]
        if let type = explanation.type { members.append(("type", .string(type))) }
        if let statement = explanation.statement { members.append(("statement", .string(statement.hex))) }
        members += [
            ("text", .string(explanation.sentence)), ("signers", .array(explanation.signers.map { .string($0) })),
        ]
        switch explanation.verdict {
        case .accepted: members.append(("verdict", "accepted"))
        case .refused(let refusal):
            members += [
                ("verdict", "refused"), ("rule", .string(refusal.rule)), ("message", .string(refusal.message)),
            ]
        }
        return members
    }

    /// The verdict in words.
    var verdict: String {
        switch explanation.verdict {
        case .accepted: "accepted"
        case .refused(let refusal): "refused by rule \(refusal.rule): \(refusal.message.shown)"
        }
    }

    var signers: String {
        explanation.signers.isEmpty ? "nobody" : explanation.signers.map(\.shown).joined(separator: ", ")
    }

    private var statement: String { explanation.statement.map { " \($0.prefix8)" } ?? "" }
    private var type: String { explanation.type ?? "no statement" }

    var text: String {
        "\(explanation.index)  \(Output.utc(explanation.stamp))  \(type)\(statement)  \(verdict)  by \(signers): "
            + explanation.sentence.shown
    }

    /// Several lines about the entry, and what they rest on.
    func paragraph(_ basis: KnownLog.Basis) -> String {
        """
        entry    \(explanation.index), \(Output.utc(explanation.stamp)): \(type)\(statement)
        says     \(explanation.sentence.shown)
        signed   \(signers)
        verdict  \(verdict)
        basis    \(basis.words)
        """
    }

    // MARK: CSV

    static let head = "index,time,type,statement,verdict,rule,signers,text"

    var csv: String {
        [
            String(explanation.index), Output.rfc3339(explanation.stamp), explanation.type ?? "",
            explanation.statement?.hex ?? "", explanation.verdict.isAccepted ? "accepted" : "refused",
            explanation.verdict.rule ?? "", explanation.signers.map(\.shown).joined(separator: "; "),
            explanation.sentence.shown,
        ].map(Self.field).joined(separator: ",")
    }

    /// RFC 4180. A spreadsheet takes a field that begins with one of these signs for a formula, so it gets an apostrophe.
    private static func field(_ text: String) -> String {
        let safe = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
        guard safe.contains(where: { ",\"\n\r".contains($0) }) else { return safe }
        return "\"\(safe.replacing("\"", with: "\"\""))\""
    }
}
