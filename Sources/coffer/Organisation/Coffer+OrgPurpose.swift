import ArgumentParser
import Ledger
import Replica
import Rules
import Sealing

/// Purposes: what recordings may be used for.
struct OrgPurpose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purpose", abstract: "Draft, sign, publish and withdraw purposes.",
        subcommands: [Draft.self, OrgSign.self, OrgPublish.self, Withdraw.self])

    struct Draft: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Draft a purpose for the reviewers to sign.")

        @OptionGroup var charter: CharterOption

        @Option(name: .long, help: "A short name, which people type.")
        var name: String

        @Option(name: .long, help: "What it is, for the people who are asked.")
        var text: String

        @Option(name: .long, help: "The legal basis.")
        var basis: String

        @Option(name: .long, help: "Who answers for it.")
        var owner: String

        @Option(name: .long, help: "The kinds it takes.")
        var kinds: CommaList

        @Option(name: .long, help: "The apps it takes.")
        var apps: CommaList

        @Option(name: .long, help: "What comes out of it.")
        var outputs: String

        @Option(name: .long, help: "How many pages may be released under it, each UTC day.")
        var pages: UInt64

        @Option(name: .long, help: "How long after its entry a grant is live.")
        var notice: DurationArgument

        @Option(name: .long, help: "When it ends, from now.")
        var ends: DurationArgument

        @Option(name: .shortAndLong, help: ArgumentHelp("Where the draft goes.", valueName: "file"))
        var output: String

        func run() throws {
            let file = try charter.file()
            let purpose = Purpose(
                heading: Heading(origin: file.charter.heading.origin, until: Publishing.until), name: name, text: text,
                basis: basis, owner: owner, kinds: try kinds.kinds(), apps: try apps.apps(),
                outputs: outputs, notice: notice.milliseconds, pages: SaturatingUInt64(rawValue: pages),
                ends: Now.milliseconds() + ends.milliseconds)
            try Publishing.draft(purpose.text, to: output)
        }
    }

    struct Withdraw: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draft the end of a purpose, final and without a reason, for the reviewers to sign and publish.")

        @Argument(help: ArgumentHelp("The purpose's file, or its hash.", valueName: "file|hash"))
        var purpose: String

        @OptionGroup var charter: CharterOption

        @Option(name: .shortAndLong, help: ArgumentHelp("Where the draft goes.", valueName: "file"))
        var output: String

        func run() throws {
            let hash = try (try? Hash256(hex: purpose)) ?? NoteFile(readingFrom: purpose).note.hash
            let withdraw = Rules.Withdraw(origin: try charter.file().charter.heading.origin, purpose: hash)
            try Publishing.draft(withdraw.text, to: output)
        }
    }
}

/// Grants: a job's request becomes a grant when a quorum of reviewers signs it too.
struct OrgGrant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Sign and publish the requests of jobs.",
        subcommands: [OrgSign.self, OrgPublish.self])
}
