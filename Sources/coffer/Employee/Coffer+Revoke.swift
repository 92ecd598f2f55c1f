import ArgumentParser
import Files
import Foundation
import Keyholder
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// Ends consents for ever.
    struct RevokeConsent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Revoke: for ever, at once, without a reason or a passphrase.",
            discussion: """
                It goes to every broker directly. It is done when enough brokers have signed that the consent can no \
                longer be evaluated; the ledger may follow. With --card it works on any machine, without your \
                identity.
                """)

        @Argument(help: "The purpose's name.")
        var name: String?

        @Flag(name: .long, help: "Revoke every consent.")
        var all = false

        @Option(name: .long, help: ArgumentHelp("Use the revocation card.", valueName: "file"))
        var card: String?

        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if name != nil, all { throw ValidationError("Name one purpose, or give --all.") }
            if name == nil, !all, card == nil { throw ValidationError("Name one purpose, or give --all or --card.") }
        }

        func run() async throws {
            if let card { return try await revoke(fromCard: card) }
            let session = try EmployeeContext(lake)
            let directory = try session.directory()
            let state = try? await session.programme().known()?.state
            let cards = try session.revocations(in: directory)
            let revokes = try chosen(cards.found).filter {
                state?.pseudonyms[$0.pseudonym]?.revoked == nil
            }
            let missing = revokes.isEmpty || all ? cards.missing : nil
            guard !revokes.isEmpty else {
                if let missing { throw missing }
                throw CofferError(.notFound, "You have no consent to revoke.", hint: "`coffer consents` lists yours.")
            }
            var isEffective = true
            var why: CofferError?
            // All revokes are in the outbox before the first is delivered.
            let entries = try revokes.map { ($0, try directory.startRevoking($0)) }
            for (revoke, (entry, failure)) in entries {
                let delivered = try await session.deliver(
                    failure == nil ? [entry.name] : [], in: directory, unkept: failure == nil ? [] : [entry])
                if let failure {
                    output.talk("It could not be stored, so nothing repeats it by itself: \(failure.message)")
                }
                isEffective = isEffective && delivered.isEffective
                why = why ?? delivered.failure
                say(revoke, isEffective: delivered.isEffective, isPending: delivered.isPending)
            }
            if !isEffective { throw tooFew(why, hint: "The keyholder keeps trying; run `coffer sync` to try now.") }
            if let missing { throw missing }
        }

        private func chosen(_ revokes: [RevocationCard.Signed]) throws -> [RevocationCard.Signed] {
            guard let name else { return revokes }
            return revokes.filter { $0.purpose == name || (name.count >= 8 && $0.pseudonym.hex.hasPrefix(name)) }
        }

        /// Revokes with the card and stores nothing on this machine.
        private func revoke(fromCard path: String) async throws {
            let card = try RevocationCard(parsing: try InputFile.read(path, atMost: RevocationCard.maximumCount))
            let revokes = try chosen(card.revokes)
            guard !revokes.isEmpty else { throw CofferError(.notFound, "The card does not contain this consent.") }
            let delivery = CardDelivery(card)
            var isEffective = true
            var why: CofferError?
            for revoke in revokes {
                let result = await delivery.deliver(revoke)
                isEffective = isEffective && result.isEffective
                why = why ?? result.failure
                say(revoke, isEffective: result.isEffective, isPending: result.isPending)
            }
            if !isEffective { throw tooFew(why, hint: "Run it again: this machine does not retry by itself.") }
        }

        private func tooFew(_ why: CofferError?, hint: String) -> CofferError {
            CofferError(
                .tryLater, "Too few brokers have acknowledged the revocation yet.\(why.map { " \($0.message)" } ?? "")",
                hint: hint)
        }

        private func say(_ revoke: RevocationCard.Signed, isEffective: Bool, isPending: Bool) {
            output.data(
                "revoke",
                [
                    ("pseudonym", .string(revoke.pseudonym.hex)), ("name", .string(revoke.purpose)),
                    ("effective", .boolean(isEffective)), ("pending", .boolean(isPending)),
                ],
                text: "\(revoke.purpose.shown) (\(revoke.pseudonym.hash.prefix8)): "
                    + (isEffective ? "revoked" : "not yet acknowledged by enough brokers")
                    + (isPending ? "; it is not in the ledger yet." : "."))
        }
    }
}
