import ArgumentParser
import Client
import Files
import Foundation
import Keyholder
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// Gives a consent.
    struct GiveConsent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "consent", abstract: "Consent to one purpose; asks for the passphrase every time.",
            discussion: """
                Nothing is offered before its review window has passed, nor outside of what you name here. Without \
                --from it covers what your vault holds already, and what is to come until it ends: after ninety days \
                at the latest. Keep the revocation card that it makes off this machine.
                """)

        @Argument(help: "The purpose's name.")
        var name: String

        @Option(name: .long, help: ArgumentHelp("Only these kinds (comma-separated).", valueName: "kinds"))
        var kinds: CommaList?

        @Option(name: .long, help: ArgumentHelp("Only these apps (comma-separated).", valueName: "apps"))
        var apps: CommaList?

        @Option(
            name: .long, parsing: .unconditional,
            help: ArgumentHelp("The first day, e.g. 2026-11-23 or -2d.", valueName: "day"))
        var from: DayArgument?

        @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The last day.", valueName: "day"))
        var until: DayArgument?

        @Option(name: .long, help: ArgumentHelp("How long you can review before a page is due.", valueName: "span"))
        var window: DurationArgument?

        @Option(name: .long, help: ArgumentHelp("How long it lives, at most 90d.", valueName: "span"))
        var expires: DurationArgument?

        @Option(name: .long, help: ArgumentHelp("Where the revocation card goes.", valueName: "file"))
        var card: String?

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let programme = try session.programme()
            let directory = try session.directory()
            let state = try await programme.follow().state
            let choice = ConsentChoice(
                purpose: name, kinds: try kinds?.kinds(), apps: try apps?.apps(),
                from: from?.day, until: until?.day, window: window?.milliseconds, expiry: expires?.milliseconds)
            // Check everything that can be refused before asking for the passphrase.
            _ = try OpenVault.purpose(named: name, in: state)
            let seed = try await session.identity(passphrase)
            let vault = try OpenVault(directory, keys: try VaultKeys(of: seed))
            let prepared: PreparedConsent
            do {
                let lock = try await SyncLock.acquire(directory)
                defer { lock.release() }
                prepared = try vault.prepareConsent(choice, seed: seed, programme: programme, state: state)
            }
            let cardPath = card ?? session.home.revocationCard
            if let whole = try directory.wholeCard(state) {
                try OutputFile.write(whole.encoded, to: cardPath, mode: 0o600)
            }
            try await programme.log(prepared.record, try await programme.known()?.state)
            if session.keyholder.isAnswering { try session.keyholder.hand(prepared.keys) }
            let report = try await Syncer(vault, consents: [prepared.keys], programme: programme).sync(offering: false)
            guard let logged = try await programme.known()?.state.consents[prepared.record.consent]?.mark else {
                throw CofferError.notShown(Consent.type)
            }
            say(prepared.record, logged, report, card: cardPath)
        }

        private func say(_ record: KeptConsent, _ logged: LogPosition, _ report: Syncer.SyncReport, card: String) {
            let pending = report.pending.first?.message
            output.data(
                "consent",
                [
                    ("consent", .string(record.consent.hex)), ("pseudonym", .string(record.pseudonym.hex)),
                    ("purpose", .string(record.purpose.hex)), ("name", .string(record.purposeName)),
                    ("entry", .integer(Int(clamping: logged.index))), ("scope", JSONValue(record.scope.json)),
                    ("window", .integer(Int(clamping: Seconds(record.window).rawValue))),
                    ("expires", .string(Output.rfc3339(record.expires))), ("deposits", .integer(report.receipts)),
                    ("pending", pending.map { .string($0) } ?? .null), ("card", .string(card)),
                ],
                text: """
                    Consented to \(record.purposeName.shown) as \(record.pseudonym.hash.prefix8), entry \(logged.index), \
                    until \(Output.utc(record.expires)).
                      \(record.scope.kinds.map(\.rawValue).joined(separator: ", ")) of \
                    \(record.scope.apps.map(\.string).joined(separator: ", ")), \
                    \(Output.date(record.scope.from)) to \(Output.date(record.scope.until))
                      \(report.receipts) brokers hold its keys\(pending.map { "; still to do: \($0.shown)" } ?? "")
                    Your revocation card is \(card). Move it off this machine: with it, and nothing else, you can \
                    revoke from anywhere.
                    """)
            if let unused = report.refreshed.alarms.first {
                output.talk("ALARM: \(unused.reason); see `coffer doctor`.")
            }
        }
    }

    /// Lists consents.
    struct Consents: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List your consents and what became of them.")

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let directory = try session.directory()
            let revokes = try directory.cards().flatMap(\.revokes)
            guard !revokes.isEmpty else { return output.talk("You have given no consent.") }
            let state = try await session.state(try session.programme(), output: output)
            var details: [String: CanonicalJSON] = [:]
            if session.keyholder.isAnswering {
                try session.keyholder.ask("consents") { item in
                    if let pseudonym = item["pseudonym"]?.asString { details[pseudonym] = item }
                }
            } else {
                output.talk("The vault is locked, so scopes and pages are not shown. Run `coffer unlock` to see them.")
            }
            for revoke in revokes { say(revoke, state, details[revoke.pseudonym.hex]) }
        }

        private func say(_ revoke: RevocationCard.Signed, _ state: LedgerState, _ detail: CanonicalJSON?) {
            let known = state.pseudonyms[revoke.pseudonym]
            let standing = state.standing(ofPseudonym: revoke.pseudonym)
            let status = standing == .unlogged ? "waiting to be logged" : standing.rawValue
            var members: [(String, JSONValue)] = [
                ("schema", "coffer.consent.v1"), ("pseudonym", .string(revoke.pseudonym.hex)),
                ("name", .string(revoke.purpose)), ("status", .string(status)),
            ]
            var line = "\(revoke.pseudonym.hash.prefix8)  \(revoke.purpose.shown)  \(status)"
            if let hash = known?.consent, let record = state.consents[hash] {
                members.append(("consent", .string(hash.hex)))
                members.append(("entry", .integer(Int(clamping: record.mark.index))))
                members.append(("expires", .string(Output.rfc3339(record.consent.expires))))
                line += "  until \(Output.utc(record.consent.expires))"
            }
            if let detail {
                let pages = detail["pages"]?.asArray ?? []
                let published = pages.filter { $0["published"]?.asBoolean == true }
                members.append(("scope", detail["scope"].map { JSONValue($0) } ?? .null))
                for end in ["from", "until"] {
                    let day = detail["scope"]?[end]?.asInteger.map { Output.date(Day(clamping: $0)) }
                    members.append((end, day.map { .string($0) } ?? .null))
                }
                members.append(("deposits", .integer(detail["receipts"]?.asArray?.count ?? 0)))
                members.append(("pages", .integer(published.count)))
                line += "  \(published.count) pages offered, \(detail["receipts"]?.asArray?.count ?? 0) deposits"
            }
            Output.data(output.json ? JSONValue.object(members).text : line)
        }
    }
}
