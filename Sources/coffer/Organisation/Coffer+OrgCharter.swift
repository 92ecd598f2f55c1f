import ArgumentParser
import Client
import Files
import Foundation
import Keys
import Lake
import Ledger
import Replica
import Rules
import Sealing

/// The charter and its amendments.
struct OrgCharter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "charter", abstract: "The charter: draft, show, sign, merge, publish, amend.",
        subcommands: [Draft.self, Show.self, OrgSign.self, Merge.self, Publish.self, Amend.self])

    struct Draft: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Draft a charter from public key files.")

        @Option(name: .long, help: "The ledger's name, as in a URL without its scheme.")
        var origin: String

        @OptionGroup var terms: TermsOptions

        @Option(name: .shortAndLong, help: ArgumentHelp("Where the draft goes.", valueName: "file"))
        var output: String

        @Flag(name: .long, help: "Print one JSON object.")
        var json = false

        func run() throws {
            let charter = Rules.Charter(
                heading: Heading(origin: origin, until: Publishing.until), terms: try terms.checked(isQuiet: json))
            try Publishing.draft(charter.text, to: output, json: json)
        }
    }

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that the ledger runs under this charter, as its entry 0.")

        @OptionGroup var charter: CharterOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let file = try charter.file()
            // A log that is followed begins with the pinned charter; what a server calls its charter proves nothing.
            _ = try await FollowedLedger(charter: file).state()
            output.data(
                "published", [("type", "charter"), ("index", 0), ("statement", .string(file.hash.hex))],
                text: "charter \(file.hash.prefix8) is entry 0")
        }
    }

    struct Amend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draft an amendment: new terms, in force after their notice.",
            discussion: """
                It amends the terms in force, which are taken from the followed ledger. If the ledger cannot be followed, \
                name them with --amends.
                """)

        @OptionGroup var charter: CharterOption

        @Option(
            name: .long,
            help: ArgumentHelp(
                "The terms in force: the file of the charter or amendment, its hash, or first digits of it.",
                valueName: "file|hash"))
        var amends: String?

        @OptionGroup var terms: TermsOptions

        @Option(name: .long, help: "How long after its entry it takes effect.")
        var notice = DurationArgument(milliseconds: 0)

        @Flag(name: .long, help: "End all consents to older brokers when it takes effect.")
        var ends = false

        @Option(name: .shortAndLong, help: ArgumentHelp("Where the draft goes.", valueName: "file"))
        var output: String

        func run() async throws {
            let file = try charter.file()
            let hash = try await TermsInForce(charter: file).hash(amends)
            let amend = Rules.Amend(
                amends: hash, heading: Heading(origin: file.charter.heading.origin, until: Publishing.until),
                terms: try terms.checked(), notice: notice.milliseconds, ends: ends)
            try Publishing.draft(amend.text, to: output)
        }
    }
}

/// The terms of a charter, from flags; names, keys and URLs come from public key files.
struct TermsOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The ledger's public key.", valueName: "pub"))
    var ledger: String

    @Option(name: .long, help: ArgumentHelp("A broker group with its threshold.", valueName: "NAME=T:PUB,PUB…"))
    var group: [GroupArgument] = []

    @Option(name: .long, help: ArgumentHelp("An outside witness's public key.", valueName: "pub"))
    var witness: [String] = []

    @Option(name: .long, help: ArgumentHelp("A reviewer's public key.", valueName: "pub"))
    var reviewer: [String] = []

    @Option(name: .long, help: ArgumentHelp("A halter's public key.", valueName: "pub"))
    var halter: [String] = []

    @Option(name: .long, help: ArgumentHelp("The desk's public key.", valueName: "pub"))
    var desk: String

    @Option(name: .long, help: "How many reviewers sign a purpose, a grant or a withdrawal.")
    var reviewQuorum = 2

    @Option(name: .long, help: "How many reviewers lift a halt.")
    var resumeQuorum = 2

    @Option(name: .long, help: "Statements per hour and key that the ledger takes.")
    var rate: UInt64 = 3600

    @Option(name: .long, help: "The shortest review window of a consent.")
    var minimumWindow = DurationArgument(milliseconds: millisecondsPerDay)

    @Option(name: .long, help: "The shortest notice of a purpose or an amendment.")
    var minimumNotice = DurationArgument(milliseconds: 7 * millisecondsPerDay)

    @Option(
        name: .long,
        help: "Where the lake is: an absolute path, file:///FOLDER, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME.")
    var lake: String

    @Flag(
        name: .long, help: "A demonstration: agents may shift their clock by whole days. Everyone who pins it sees it.")
    var demo = false

    /// The terms, checked by the same rules as in the ledger. Unless `isQuiet`, warns on stderr of what the rules allow
    /// and an organisation should not want.
    func checked(isQuiet: Bool = false) throws -> CharterTerms {
        let ledgerKey = try Self.key(ledger, role: .ledger)
        let deskKey = try Self.key(desk, role: .desk)
        let terms = CharterTerms(
            demo: demo, ledgerKey: ledgerKey.noteKey, ledgerURL: ledgerKey.url, groups: try group.map(Self.group),
            witnesses: try witness.map { try Self.key($0, role: .witness).witness() },
            reviewers: try reviewer.map { try Self.key($0, role: .reviewer).officer() },
            halters: try halter.map { try Self.key($0, role: .halter).officer() }, desk: try deskKey.officer(),
            deskURL: deskKey.url, reviewQuorum: reviewQuorum, resumeQuorum: resumeQuorum,
            rate: SaturatingUInt64(rawValue: rate),
            minimumWindow: minimumWindow.milliseconds, minimumNotice: minimumNotice.milliseconds, lake: lake)
        let place = try checkedLake()
        do {
            try terms.check()
        } catch {
            throw CofferError(.configuration, "The rules would refuse this charter: \(error.message)", rule: error.rule)
        }
        if !isQuiet, terms.witnesses.count >= CheckpointPolicy.quorum(of: terms.cosigners.count) {
            Output.talk(
                "The \(terms.witnesses.count) outside witnesses alone make a quorum. A witness that is not `coffer "
                    + "serve witness` sees no entries, so nobody may have checked the ledger's stamps: name fewer "
                    + "witnesses, or more brokers.")
        }
        if !isQuiet, case .folder(let path) = place, !DurableFile.exists(path) {
            Output.talk(
                "There is no folder \(path.shown) on this machine. Laptops and jobs need the lake under this name, or "
                    + "another one in COFFER_LAKE.")
        }
        return terms
    }

    /// Everyone reads the lake's address, from any folder.
    private func checkedLake() throws(CofferError) -> LakeAddress {
        let address = try LakeAddress(parsing: lake)
        if case .folder(let path) = address, !path.hasPrefix("/") {
            throw CofferError(
                .usage, "The lake's folder \(path.shown) is not an absolute path.", rule: "lake.address",
                hint: "Name it from the root: each laptop and job looks for it from a folder of its own.")
        }
        return address
    }

    private static func key(_ path: String, role: OrgRole) throws -> OrgPublicKey {
        let bytes = try InputFile.read(path, atMost: SecretFile.maximumCount)
        guard let key = try? OrgPublicKey(parsing: bytes) else {
            throw CofferError(.usage, "\(path) is not a public key file.")
        }
        guard key.role == role else {
            throw CofferError(.usage, "\(path) is the key of a \(key.role.rawValue), not of a \(role.rawValue).")
        }
        return key
    }

    private static func group(_ group: GroupArgument) throws -> CharterTerms.Group {
        CharterTerms.Group(
            name: group.name, threshold: group.threshold,
            brokers: try group.keys.map { try key($0, role: .broker).broker() })
    }
}

/// `company=2:a.pub,b.pub,c.pub`
struct GroupArgument: ExpressibleByArgument {
    let name: String
    let threshold: Int
    let keys: [String]

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let rest = parts[1].split(separator: ":", maxSplits: 1)
        guard rest.count == 2, let threshold = Int(rest[0]), (1...GroupShape.maximumCount).contains(threshold) else {
            return nil
        }
        self.name = String(parts[0])
        self.threshold = threshold
        self.keys = rest[1].split(separator: ",").map(String.init)
    }
}
