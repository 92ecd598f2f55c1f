import ArgumentParser
import Client
import Files
import Foundation
import Keys
import Ledger
import Messages
import Replica
import Rules
import Sealing

extension Coffer {
    /// Commands for the people named in a charter. Each officer works on their own machine and exchanges files.
    struct Org: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Charter, purposes, grants, enrolment, halts: what officers sign.",
            subcommands: [
                OrgKey.self, OrgCharter.self, OrgPurpose.self, OrgGrant.self, OrgEnrol.self, OrgDismiss.self,
                OrgHalt.self, OrgResume.self, OrgShow.self, OrgSign.self, OrgPublish.self,
            ])
    }
}

/// The option that names the signed charter.
struct CharterOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The signed charter.", valueName: "file"))
    var charter: String

    func file() throws -> CharterFile { try CharterFile(readingFrom: charter) }
}

/// Adds one signature to a note file, in place.
struct OrgSign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Add one signature to a draft or a signed note.",
        discussion: """
            First it says on stderr, in plain sentences, what the note means; with --charter also what it would change in \
            the ledger. On a terminal it then asks.
            """)

    @Argument(help: ArgumentHelp("The note.", valueName: "file"))
    var file: String

    @Option(name: .long, help: ArgumentHelp("The private key that signs.", valueName: "file"))
    var key: String

    @OptionGroup var comparison: ComparisonOptions

    @Flag(name: .long, help: "Sign without asking.")
    var yes = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard !OutputFile.isStream(file) else {
            throw CofferError(
                .usage, "\(file) is a pipe or a device; a signature is added to a file.",
                hint: "Write the note to a file first.")
        }
        var noteFile = try NoteFile(readingFrom: file)
        let statement = try noteFile.statement()
        let key = try OrgKeyFile(readingFrom: key)
        guard key.role != .witness else {
            throw CofferError(.usage, "A witness's key signs only cosignatures.", rule: "key.role")
        }
        let reading = try await NoteReading(noteFile, comparison.named(), isOffline: comparison.offline)
        try confirm(reading, key)
        noteFile.note.sign(with: key.noteKey)
        try noteFile.write()
        output.data(
            "signed",
            [
                ("type", .string(statement.type)), ("statement", .string(noteFile.note.hash.hex)),
                ("signer", .string(key.noteKey.publicKey.hex)),
                ("signatures", .integer(noteFile.note.signatures.count)), ("note", .object(reading.members)),
            ],
            text: "\(key.name.shown) signed the \(statement.type) \(noteFile.note.hash.prefix8), "
                + "\(noteFile.note.signatures.count) signature(s)")
    }
}

extension OrgSign {
    /// Says what is about to be signed, and asks the person at the terminal. A script, whose stdin is no terminal, is
    /// not asked.
    private func confirm(_ reading: NoteReading, _ key: OrgKeyFile) throws {
        let terminal = !yes && isatty(STDIN_FILENO) == 1 ? Terminal() : nil
        if terminal != nil || !output.json { Output.talk(reading.text) }
        guard let terminal else { return }
        guard terminal.confirms("Sign it as \(key.name.shown)? Type yes: ") else {
            throw CofferError(.no, "Nothing was signed.", hint: "Type yes to sign, or use --yes.")
        }
    }
}

/// Merges the signatures of several files with the same text, and appends the note to the ledger.
struct OrgPublish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Merge signatures over one text and append it to the ledger.")

    @Argument(help: ArgumentHelp("Files with the same text.", valueName: "file"))
    var files: [String]

    @OptionGroup var charter: CharterOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await Publishing(charter: charter.file(), output: output).append(try NoteFile.merged(files))
    }
}

/// Appends statements and prints their entry numbers.
struct Publishing {
    let charter: CharterFile
    let output: OutputOptions

    var origin: String { charter.charter.heading.origin }
    var terms: CharterTerms { charter.charter.terms }

    /// The state that the charter alone leads to. It is stamped as early as the charter can have been logged.
    var pinnedState: LedgerState {
        var state = LedgerState(origin: origin, charterHash: charter.hash)
        let stamp = (charter.charter.heading.until ?? 0) - Rules.Charter.longestUntil
        state.apply(Entry(stamp: stamp, note: charter.note.encoded))
        return state
    }

    /// A client of the ledger by a followed state; by the charter if nothing was followed.
    func client(_ state: LedgerState?) -> LedgerClient {
        LedgerClient(state ?? pinnedState, else: terms.ledgerURL)
    }

    /// Appends a statement, and prints its entry once the followed log shows its effect.
    func append(_ note: SignedNote) async throws {
        let ledger = await FollowedLedger(charter: charter)
        let standing = try await FollowedAppender(ledger.follower, client: client).append(note)
        let type = (try? Statement(parsing: note.text))?.type ?? ""
        output.data(
            "published",
            [
                ("type", .string(type)), ("index", standing.entry.map { .integer(Int(clamping: $0)) } ?? .null),
                ("statement", .string(note.hash.hex)), ("verdict", "accepted"),
                ("time", standing.time.map { .string(Output.rfc3339($0)) } ?? .null),
                ("duplicate", .boolean(standing.isRepeated)),
            ],
            text: "\(type) \(note.hash.prefix8) "
                + (standing.entry.map { "is entry \($0)" } ?? "changes nothing: what it does stands already"))
    }

    /// Writes a draft of this text and prints its hash.
    static func draft(_ text: Bytes, to path: String, json: Bool = false) throws {
        guard let note = try? SignedNote(text: text, signatures: []) else {
            throw CofferError(.usage, "The text holds a control character.", rule: "note.format")
        }
        guard (try? Statement(parsing: text)) != nil else {
            throw CofferError(
                .usage, "One of the values is too long or too large for a statement.", rule: "malformed")
        }
        try NoteFile(path: path, note: note).write()
        let members: [(String, JSONValue)] = [
            ("schema", "coffer.draft.v1"), ("statement", .string(note.hash.hex)), ("file", .string(path)),
        ]
        Output.data(json ? JSONValue.object(members).text : "draft \(note.hash.prefix8) in \(path)")
    }

    /// The time by which a draft must be logged: six days from now; the rules allow seven.
    static var until: Milliseconds { Now.milliseconds() + 6 * millisecondsPerDay }
}
