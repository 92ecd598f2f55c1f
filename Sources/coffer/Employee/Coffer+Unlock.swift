import ArgumentParser
import Foundation
import Keyholder
import Replica
import Sealing

extension Coffer {
    /// Starts the keyholder.
    struct Unlock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Unlock the vault: start the keyholder, which only this user can ask.")

        @Option(name: .customLong("for"), help: ArgumentHelp("Lock again by itself after this.", valueName: "span"))
        var span = DurationArgument(milliseconds: 28_800_000)

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let programme = try session.programme()
            let until = Now.milliseconds() + min(max(span.milliseconds, 1000), 30 * millisecondsPerDay)
            let secrets: SecretMemory
            do {
                let seed = try await session.identity(passphrase)
                secrets = try session.secrets(seed, state: try? await programme.known()?.state).encoded()
            }
            // A running keyholder is replaced: it may lack the keys of new consents, and it has another end time.
            try KeyholderProcess.replace(session.keyholder, secrets: secrets, until: until, lake: lake.lake)
            output.data(
                "unlock", [("until", .string(Output.rfc3339(until)))],
                text: "Unlocked until \(Output.utc(until)). `coffer lock` locks it before.")
        }
    }

    /// Ends the keyholder.
    struct Lock: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lock the vault: end the keyholder and the keys that it holds.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let keyholder = try EmployeeContext().keyholder
            let was = try keyholder.end()
            output.data(
                "lock", [("locked", true), ("was", .string(was ? "unlocked" : "locked"))],
                text: was ? "Locked." : "It was locked already.")
        }
    }
}
