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
        commandName: "halt", abstract: "Stop every release, at once, without a reason.")

    @OptionGroup var charter: CharterOption

    @Option(name: .long, help: ArgumentHelp("A halter's private key.", valueName: "file"))
    var key: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let publishing = Publishing(charter: try charter.file(), output: output)
        let note = try SignedNote.message(
            Halt(origin: publishing.origin).text, by: try OrgKeyFile(readingFrom: key).noteKey)

        // Send the halt to the brokers first: each obeys as soon as it stores it.
        let brokers = publishing.brokers
        let receipts = await withTaskGroup(of: VerifyingKey?.self) { group in
            for broker in brokers { group.addTask { (try? await broker.stop(note))?.broker } }
            return await group.reduce(into: Set<VerifyingKey>()) { if let key = $1 { $0.insert(key) } }
        }
        var index: SaturatingUInt64?
        var failure: (any Error)?
        do { index = try await publishing.ledger().append(note).index } catch { failure = error }
        if let refused = failure as? CofferError, refused.code != .tryLater { throw refused }

        // Without n−t+1 brokers of one group and without the log, releases can continue.
        guard index != nil || publishing.terms.isStopped(by: receipts) else {
            throw CofferError(
                .tryLater, "Only \(receipts.count) brokers confirmed the halt, and the ledger cannot be reached.",
                hint: "Run it again; repeating it is safe.")
        }
        output.data(
            "halted",
            [
                ("statement", .string(note.hash.hex)), ("receipts", .integer(receipts.count)),
                ("brokers", .integer(brokers.count)), ("pending", .boolean(index == nil)),
                ("index", index.map { .integer(Int(clamping: $0)) } ?? .null),
            ],
            text: "halted: \(receipts.count) of \(brokers.count) brokers confirmed"
                + (index.map { ", entry \($0)" } ?? ", not in the ledger yet"))
    }
}

extension CharterTerms {
    /// Whether these brokers are n−t+1 of some group, so that no threshold of it can answer.
    func isStopped(by receipts: Set<VerifyingKey>) -> Bool {
        groups.contains { group in group.brokers.count { receipts.contains($0.noteKey) } >= group.stoppingCount }
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
