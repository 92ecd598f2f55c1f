import ArgumentParser
import Foundation
import Records
import Sealing
import Vault

enum Switch: String, ExpressibleByArgument, CaseIterable {
    case on, off
}

extension Coffer.Capture {
    /// Shows and changes what is taken out of records before they are sealed.
    struct Secrets: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show or change which secrets are taken out before sealing.",
            discussion: """
                Known shapes are private keys, tokens of clouds, forges and services, web tokens, card numbers and \
                IBANs; they are taken out unless you turn this off. Only how many were taken out is kept. A change is \
                in force for what is sealed from now on.
                """)

        @Option(name: .long, help: ArgumentHelp("Take the known shapes out.", valueName: "on|off"))
        var known: Switch?

        @Option(name: .long, help: ArgumentHelp("Take e-mail addresses out.", valueName: "on|off"))
        var addresses: Switch?

        @Option(
            name: .customLong("pattern"), parsing: .singleValue,
            help: ArgumentHelp(
                "Also take out what this regular expression matches within a line; may be given several times.",
                valueName: "regex"))
        var patterns: [String] = []

        @Flag(name: .long, help: "First forget all patterns of your own.")
        var forgetPatterns = false

        @OptionGroup var output: OutputOptions

        func run() throws {
            let vault = try VaultDirectory(path: try Home().vault)
            let isChanged = known != nil || addresses != nil || !patterns.isEmpty || forgetPatterns
            var filter: SecretFilter
            do throws(CofferError) { filter = try vault.readSecretFilter() } catch {
                guard isChanged, error.rule == "secrets.damaged" else { throw error }
                filter = vault.secretFilter
            }
            if isChanged {
                if let known { filter.findsKnownShapes = known == .on }
                if let addresses { filter.findsAddresses = addresses == .on }
                if forgetPatterns { filter.removePatterns() }
                for pattern in patterns { try filter.add(pattern: pattern) }
                try vault.write(filter)
            }
            output.data(
                "secrets",
                [
                    ("known", .boolean(filter.findsKnownShapes)), ("addresses", .boolean(filter.findsAddresses)),
                    ("patterns", .array(filter.patterns.map { .string($0) })),
                ],
                text: Self.words(filter))
        }

        private static func words(_ filter: SecretFilter) -> String {
            var taken: [String] = []
            if filter.findsKnownShapes {
                taken += SecretShape.allCases.filter { $0 != .address && $0 != .own }.map { $0.rawValue + "s" }
            }
            if filter.findsAddresses { taken.append(SecretShape.address.rawValue + "es") }
            let all =
                taken.isEmpty ? "Nothing is taken out." : "Taken out before sealing: \(taken.joined(separator: ", "))."
            return ([all] + filter.patterns.map { "  your pattern: \($0.shown)" }).joined(separator: "\n")
        }
    }
}
