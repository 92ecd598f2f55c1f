import ArgumentParser
import Client
import Keys
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// Halts the programme at once, even if the ledger cannot be reached.
struct OrgHalt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "Stop every release, at once, without a reason.",
        discussion: """
            It goes to the brokers directly: of the roster in force, of every roster that live consents are bound to, \
            and of an announced one. Which these are, this machine knows from what it has followed and from the copies \
            of the log that the servers have. If it can follow none of them, give it the amendments since the charter.
            """)

    @OptionGroup var charter: CharterOption

    @Option(name: .long, help: ArgumentHelp("A halter's private key.", valueName: "file"))
    var key: String

    @Option(
        name: .long,
        help: ArgumentHelp("A signed amendment, in case no copy of the log can be followed.", valueName: "file"))
    var amendment: [String] = []

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let publishing = Publishing(charter: try charter.file(), output: output)
        let key = try OrgKeyFile(readingFrom: key).noteKey
        let note = try SignedNote.message(Halt(origin: publishing.origin).text, by: key)

        // The halt goes to every broker that is known without a request, before anything else is read or asked.
        var sender = HaltSender(note, origin: publishing.origin)
        async let opened = FollowedLedger(charter: publishing.charter)
        await sender.send(to: publishing.terms.brokers)
        let ledger = await opened
        let known = await ledger.follower.followed?.state
        if let known { await sender.send(to: known.stoppableRosters().flatMap(\.brokers)) }
        let amendments = try amendment.map { try NoteFile(readingFrom: $0).note }
        let given = try publishing.pinnedState.amended(by: amendments)
        await sender.send(to: given.stoppableRosters(hasConsents: false).flatMap(\.brokers))

        // What the ledger answers proves nothing. The log that is followed afterwards does.
        let client = publishing.client(known)
        var failure: CofferError?
        do throws(CofferError) { _ = try await client.append(note) } catch { failure = error }
        let followed = await ledger.newest()
        let terms = try followed?.state.amended(by: amendments) ?? given
        let rosters = terms.stoppableRosters(hasConsents: followed != nil)
        await sender.send(to: rosters.flatMap(\.brokers))

        let result = HaltResult(
            sender: sender, rosters: rosters, followed: followed, isGiven: !amendments.isEmpty)
        output.data("halted", result.members, text: result.text)
        guard terms.charter?.terms.halters.contains(where: { $0.key == key.publicKey }) == true || result.isDone else {
            throw CofferError(
                .refused, "This is not the key of a halter by the terms in force.", rule: "signature",
                hint: "Use the private key of a halter that the newest amendment names.")
        }
        if !result.isDone { throw result.unfinished(failure) }
    }
}

/// What a halt has done, by the newest terms that this machine could learn.
struct HaltResult {
    let statement: Hash256
    let receipts: Int
    let rosters: [HaltSender.RosterResult]
    /// The log that was followed last; nil if none ever was.
    let followed: Followed?
    /// Whether amendments were given in files.
    let isGiven: Bool

    init(sender: HaltSender, rosters: [StoppableRoster], followed: Followed?, isGiven: Bool) {
        statement = sender.note.hash
        receipts = sender.receipts.count
        self.rosters = sender.results(rosters)
        self.followed = followed
        self.isGiven = isGiven
    }

    /// The halt's own entry, in the followed log.
    private var index: UInt64? { followed?.state.index(of: statement) }

    private var left: [HaltSender.RosterResult] { rosters.filter { $0.roster.opens && !$0.isStopped } }

    /// Whether nothing can be opened by any roster. The pinned charter alone does not tell which rosters there are.
    var isDone: Bool { left.isEmpty && (followed != nil || isGiven) }

    private var brokers: Int { Set(rosters.flatMap(\.roster.brokers).map(\.noteKey)).count }
    private var size: UInt64? { followed?.checkpoint.size }

    var members: [(String, JSONValue)] {
        [
            ("statement", .string(statement.hex)), ("receipts", .integer(receipts)), ("brokers", .integer(brokers)),
            ("pending", .boolean(index == nil)), ("index", index.map { .integer(Int(clamping: $0)) } ?? .null),
            ("size", size.map { .integer(Int(clamping: $0)) } ?? .null),
            (
                "rosters",
                .array(
                    rosters.map { result in
                        .object([
                            ("roster", .string(result.roster.hash.hex)),
                            ("standing", .string(result.roster.standing.rawValue)),
                            ("stopped", .boolean(result.isStopped)), ("receipts", .integer(result.receipts)),
                            ("brokers", .integer(result.brokers)),
                            ("consents", result.roster.liveConsents.map { .integer($0) } ?? .null),
                        ])
                    })
            ),
        ]
    }

    var text: String {
        let terms = size.map { "by the terms in a tree of \($0) entries" } ?? "by the given charter and amendments"
        let first =
            (isDone ? "halted" : "not halted everywhere yet")
            + ", \(terms): \(receipts) of \(brokers) brokers confirmed, "
            + (index.map { "entry \($0)" } ?? "not in the ledger yet")
        return ([first] + rosters.map(Self.line)).joined(separator: "\n")
    }

    private static func line(_ result: HaltSender.RosterResult) -> String {
        let roster = result.roster
        return "  roster \(roster.hash.prefix8), \(roster.standing.rawValue): "
            + (result.isStopped ? "stopped" : "not stopped")
            + ", \(result.receipts) of \(result.brokers) brokers confirmed, \(consents(roster.liveConsents))"
    }

    private static func consents(_ count: Int?) -> String {
        count.map { "\($0) live consent\($0 == 1 ? "" : "s")" } ?? "an unknown number of live consents"
    }

    /// Why the halt is not done.
    func unfinished(_ failure: CofferError?) -> CofferError {
        let why = failure.map { " \($0.message)" } ?? ""
        guard !left.isEmpty else {
            return CofferError(
                .tryLater,
                "The charter's brokers confirmed the halt, but this machine cannot tell whether others replaced them."
                    + why,
                hint: "Run it again with --amendment for each amendment since the charter; repeating it is safe.")
        }
        let names = left.map { "\($0.roster.hash.prefix8) (\(Self.consents($0.roster.liveConsents)))" }
        return CofferError(
            .tryLater,
            "Too few brokers of \(left.count == 1 ? "the roster" : "the rosters") \(names.joined(separator: ", ")) "
                + "confirmed the halt." + (index == nil ? why : " They obey it as soon as they follow the ledger."),
            hint: "Run it again; repeating it is safe.")
    }
}

/// Drafts a resume of the named halts, for a quorum of reviewers to sign.
struct OrgResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Draft the end of halts, for a quorum of reviewers to sign and publish.")

    @OptionGroup var charter: CharterOption

    @Option(name: .long, help: "A halt's hash; all halts in force when none is named.")
    var halt: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the draft goes.", valueName: "file"))
    var output: String

    func run() async throws {
        let file = try charter.file()
        var halts: Set<Hash256> = []
        for text in halt {
            guard let hash = try? Hash256(hex: text) else {
                throw CofferError(.usage, "A halt's hash is 64 hex digits.")
            }
            halts.insert(hash)
        }
        if halts.isEmpty { halts = try await FollowedLedger(charter: file).state().haltsInForce }
        guard !halts.isEmpty else { throw CofferError(.no, "Nothing is halted.") }
        let resume = Resume(
            heading: Heading(origin: file.charter.heading.origin, until: Publishing.until), halts: halts)
        try Publishing.draft(resume.text, to: output)
    }
}

/// Ends pseudonyms and their consents.
struct OrgDismiss: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dismiss", abstract: "End pseudonyms and their consents.")

    @Argument(help: ArgumentHelp("Pseudonyms, 64 hex digits each.", valueName: "pseudonym"))
    var pseudonyms: [String]

    @OptionGroup var charter: CharterOption

    @Option(name: .long, help: ArgumentHelp("The desk's private key.", valueName: "file"))
    var key: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let publishing = Publishing(charter: try charter.file(), output: output)
        var keys: Set<VerifyingKey> = []
        for text in pseudonyms {
            guard let key = try? VerifyingKey(hex: text) else {
                throw CofferError(.usage, "A pseudonym is 64 hex digits.")
            }
            keys.insert(key)
        }
        let dismiss = Dismiss(origin: publishing.origin, pseudonyms: keys)
        let key = try OrgKeyFile(readingFrom: key).noteKey
        try await publishing.append(try SignedNote.message(dismiss.text, by: key))
    }
}
