import ArgumentParser
import Audit
import Files
import Ledger
import Replica
import Rules
import Sealing
import Vault

/// Shows a draft or a signed note in plain sentences.
struct OrgShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say in plain sentences what a note means, before anybody signs it.",
        discussion: """
            It takes a draft or a signed note of any type, and revocation cards. The note is compared with what is in \
            force in the ledger of the charter: the one that is named, else the one that this home has pinned.
            """)

    @Argument(help: ArgumentHelp("The note.", valueName: "file"))
    var file: String

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let bytes = try InputFile.read(file, atMost: RevocationCard.maximumCount)
        if bytes.starts(with: Array("{\"schema\":\"coffer.card.".utf8)) {
            return CardReading(try RevocationCard(parsing: bytes)).show(file, output)
        }
        let note = try NoteFile(bytes, readFrom: file)
        try await NoteReading(note, comparison.named() ?? comparison.pinned(), isOffline: comparison.offline)
            .show(output)
    }
}

extension OrgCharter {
    /// Shows a charter, by default the pinned one.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say in plain sentences what a charter or an amendment means.",
            discussion: """
                Without a file it shows the charter that this home has pinned. What amendments have changed since is \
                shown as the difference.
                """)

        @Argument(help: ArgumentHelp("A charter or an amendment, signed or not.", valueName: "file"))
        var file: String?

        @OptionGroup var comparison: ComparisonOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let note: NoteFile
            if let file {
                note = try NoteFile(readingFrom: file)
            } else {
                let home = try Home()
                let pinned = try PinnedCharter.read(home: home, orElse: "Name the charter's file.")
                note = NoteFile(path: home.charter, note: pinned.charter.note)
            }
            switch try note.statement() {
            case .charter, .amend: break
            case let other:
                throw CofferError(
                    .usage, "\(note.path) is a note of the type \(other.type), not a charter or an amendment.",
                    rule: "charter.format", hint: "Run coffer org show FILE.")
            }
            try await NoteReading(note, comparison.named() ?? comparison.pinned(), isOffline: comparison.offline)
                .show(output)
        }
    }
}

/// What a note is compared with.
struct ComparisonOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The signed charter, to show what the note changes in its ledger.", valueName: "file"))
    var charter: String?

    @Flag(name: .long, help: "Ask no server: compare with the copy of the log that this machine has.")
    var offline = false

    func named() throws -> CharterFile? { try charter.map { try CharterFile(readingFrom: $0) } }

    /// The pinned charter; nil where none is pinned.
    func pinned() -> CharterFile? {
        guard let home = try? Home() else { return nil }
        return try? PinnedCharter.read(home: home).charter
    }
}

/// A note as it is shown to somebody who is about to sign it.
struct NoteReading {
    private let plain: PlainNote
    /// What the comparison rests on; nil without one.
    private let basis: String?

    /// Without a charter the note is compared with nothing.
    init(_ file: NoteFile, _ charter: CharterFile?, isOffline: Bool) async throws {
        let statement = try file.statement()
        let known = try await Self.known(charter, isOffline: isOffline)
        plain = PlainNote(file.note, statement, in: known?.state, now: Now.milliseconds())
        basis = known?.basis
    }

    /// The newest state that this machine can have. What it cannot follow, it says.
    private static func known(_ charter: CharterFile?, isOffline: Bool) async throws -> (
        state: LedgerState, basis: String
    )? {
        guard let charter else { return nil }
        let ledger = await FollowedLedger(charter: charter)
        var reason = ""
        if !isOffline {
            do throws(CofferError) {
                let state = try await ledger.state()
                return (state, "the ledger of \(state.size) entries, followed now")
            } catch {
                if error.code == .tampering { throw error }
                reason = " (\(error.message.shown))"
            }
        }
        if let state = await ledger.follower.followed?.state {
            return (state, "this machine's copy of the ledger, \(state.size) entries\(reason)")
        }
        let state = Publishing(charter: charter, output: OutputOptions()).pinnedState
        return (state, "the charter alone: later entries are not known here\(reason)")
    }

    /// The lines for people.
    var text: String {
        var lines = plain.sentences
        lines.append(
            plain.signers.isEmpty
                ? "Nobody has signed it yet." : "Signed by: \(plain.signers.map(\.shown).joined(separator: ", ")).")
        if let changes = plain.changes, let basis {
            lines += ["", "Compared with \(basis):"] + changes.map { "  " + $0.replacing("\n", with: "\n  ") }
        }
        return lines.joined(separator: "\n")
    }

    var members: [(String, JSONValue)] {
        [
            ("type", .string(plain.type)), ("statement", .string(plain.hash.hex)),
            ("sentences", .array(plain.sentences.map { .string($0) })),
            ("signers", .array(plain.signers.map { .string($0) })),
            ("changes", plain.changes.map { .array($0.map { .string($0) }) } ?? .null),
            ("comparedWith", basis.map { .string($0) } ?? .null),
        ]
    }

    func show(_ output: OutputOptions) { output.data("note", members, text: text) }
}

/// A revocation card as it is shown: the stops on it.
struct CardReading {
    private let card: RevocationCard

    init(_ card: RevocationCard) { self.card = card }

    private var sentences: [String] {
        [
            "A revocation card for the ledger “\(card.origin.shown)”, at “\(card.ledgerURL.shown)”. It can only stop."
        ]
            + card.revokes.map {
                "It ends the consent of the pseudonym \($0.pseudonym.hex) to the purpose “\($0.purpose.shown)”, for good."
            }
    }

    func show(_ path: String, _ output: OutputOptions) {
        output.data(
            "note",
            [
                ("type", "card"), ("statement", .null), ("sentences", .array(sentences.map { .string($0) })),
                ("signers", .array(card.revokes.map { .string($0.pseudonym.hex) })), ("changes", .null),
                ("comparedWith", .null),
            ], text: sentences.joined(separator: "\n"))
    }
}
