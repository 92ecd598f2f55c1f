import ArgumentParser
import Audit
import Files
import Job
import Rules
import Sealing

/// Checks a manifest that a job shows against the outcomes in the log.
struct AuditManifest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest", abstract: "Check a job's manifest against the hash that the log has of it.",
        discussion: """
            A job logs a hash of each manifest and keeps the manifest and the file MANIFEST.opening. When it shows you \
            both, this says which outcomes name the manifest, and for which model. 66 means that none does; 65, that an \
            outcome names other releases than the manifest.
            """)

    @Argument(help: "The manifest, as the job shows it.")
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What opens its hash; by default the file beside it that ends in .opening.", valueName: "file"))
    var opening: String?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let manifest = try ManifestFile(InputFile.read(file, atMost: ManifestFile.maximumCount))
        let hash = manifest.commitment(opening: try ManifestOpening.read(opening ?? file + ".opening"))
        let (log, reader) = try await ledger.known()
        let logged = try await outcomes(of: manifest, hash, log, reader)
        guard let first = logged.first else {
            throw CofferError(
                .notFound, "No outcome in the log names this manifest.", rule: "manifest.unlogged",
                hint: "It was changed since, its opening is of another manifest, or the job has not logged it.")
        }
        let releases = Set(logged.flatMap { $0.claim.releases.map(\.rawValue) })
        guard releases == Set(manifest.releases) else {
            let strange = releases.symmetricDifference(manifest.releases).min() ?? 0
            throw CofferError(
                .tampering, "The outcome and its manifest name different releases.", rule: "manifest.releases",
                entry: strange, hint: "The entry is in one of them and not in the other.")
        }
        let entries = logged.map { String($0.index) }
        let outcome = first.outcome
        output.data(
            "manifest",
            [
                ("manifest", .string(hash.hex)), ("entries", .array(logged.map { .integer(Int(clamping: $0.index)) })),
                ("grant", .string(manifest.grant.hex)), ("model", .string(outcome.model.hex)),
                ("releases", .integer(releases.count)), ("keptUntil", .string(Output.rfc3339(outcome.keptUntil))),
                ("disposed", .boolean(outcome.disposed)),
            ] + log.basis.members,
            text: """
                The outcome at entry \(entries.joined(separator: ", ")) names this manifest: model \
                \(outcome.model.hex), \(releases.count) releases.
                Basis: \(log.basis.words).
                """)
    }

    private struct LoggedClaim {
        let index: UInt64
        let outcome: Outcome
        let claim: Outcome.Manifest
    }

    /// The accepted outcomes of its grant that have this hash, in order. A manifest of many releases has several.
    private func outcomes(
        of manifest: ManifestFile, _ hash: Hash256, _ log: KnownLog, _ reader: EntryReader
    ) async throws -> [LoggedClaim] {
        var found: [LoggedClaim] = []
        for mark in log.state.outcomes[manifest.grant] ?? [] {
            guard let outcome = try await reader.entry(mark.index).outcome, let claim = outcome.manifest,
                claim.hash == hash
            else { continue }
            found.append(LoggedClaim(index: mark.index, outcome: outcome, claim: claim))
        }
        return found
    }
}
