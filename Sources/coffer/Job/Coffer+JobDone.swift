import ArgumentParser
import Client
import Files
import Foundation
import Job
import Messages
import Rules
import Sealing

/// Logs the outcome of a grant: the model that its samples went into.
struct JobDone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "done", abstract: "Log the model that a grant's samples went into.",
        discussion: """
            The trail does not end at the job: everyone can see which model contains what, and until when. The log gets a \
            hash of each manifest, and the releases that it names. Keep the manifest and the file MANIFEST.opening \
            beside it: both together show what the hash stands for.
            """)

    @Option(name: .long, help: .grant)
    var grant: String

    @Option(
        name: .long, help: ArgumentHelp("SHA-256 of the model.", valueName: "sha256"),
        transform: { text in
            let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
            guard let hash = try? Hash256(hex: digits) else { throw ValidationError("a model is 64 hex digits") }
            return hash
        })
    var model: Hash256

    @Option(name: .long, help: ArgumentHelp("A manifest of a stream that the model was made from.", valueName: "file"))
    var manifest: [String] = []

    @Option(name: .long, help: "Until when samples or model are kept; by default until the grant expires.")
    var keptUntil: Moment?

    @Flag(name: .long, help: "Samples and model have been disposed of.")
    var disposed = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let session = try await JobContext()
        let view = try await session.ledger.view()
        let hash = try session.grant(grant, in: view)
        guard let record = view.state.grants[hash], record.grant.job == session.key.publicKey else {
            throw CofferError.grantOfAnotherJob("outcome.job", entry: view.state.grants[hash]?.mark.index)
        }
        let claims = try claims(of: hash, in: view)
        let kept = keptUntil?.last ?? (disposed ? Now.milliseconds() : record.grant.expires)
        for claim in claims {
            let heading = Heading(origin: view.origin, until: Now.milliseconds() + millisecondsPerDay)
            try await log(
                Outcome(
                    heading: heading, grant: hash, model: model, keptUntil: kept, disposed: disposed, manifest: claim),
                session)
        }
    }

    /// What the outcomes say about manifests; one outcome says nothing when none is named. All are read, and what opens
    /// their hashes is stored, before anything is logged.
    private func claims(of grant: Hash256, in view: StateView) throws -> [Outcome.Manifest?] {
        guard !manifest.isEmpty else { return [nil] }
        guard let rules = view.state.charter?.terms.rules, rules >= .four else {
            throw CofferError(
                .refused, "The rules in force take no manifests in outcomes.", rule: "charter.version",
                hint: "They do from version 4 on, which an amendment brings. Log the outcome without it until then.")
        }
        let files = try manifest.map { path in
            let file = try ManifestFile(InputFile.read(path, atMost: ManifestFile.maximumCount))
            try file.require(grant, in: view)
            return file
        }
        return try zip(manifest, files).flatMap { path, file in
            file.claims(opening: try Self.opening(path + ".opening"))
        }
    }

    /// The random bytes of a manifest's hash: those that are stored already, or others that are stored now.
    private static func opening(_ path: String) throws -> Hash256 {
        if !FileManager.default.fileExists(atPath: path) {
            try SecretFile.create(path, Array((Hex.encode(Random.bytes(32)) + "\n").utf8))
        }
        return try ManifestOpening.read(path)
    }

    private func log(_ outcome: Outcome, _ session: JobContext) async throws {
        let (statement, _) = try await session.ledger.append(outcome)
        guard let entry = try await session.ledger.view().state.index(of: statement) else {
            throw CofferError.notShown(Outcome.type)
        }
        var members: [(String, JSONValue)] = [
            ("index", .integer(Int(clamping: entry))), ("statement", .string(statement.hex)),
            ("grant", .string(outcome.grant.hex)), ("model", .string(model.hex)),
            ("keptUntil", .string(Output.rfc3339(outcome.keptUntil))), ("disposed", .boolean(disposed)),
        ]
        if let claim = outcome.manifest {
            members.append(("manifest", .string(claim.hash.hex)))
            members.append(("releases", .integer(claim.releases.count)))
        }
        output.data("outcome", members, text: "outcome logged at entry \(entry)")
    }
}
