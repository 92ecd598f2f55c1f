import ArgumentParser
import Client
import Job
import Messages
import Rules
import Sealing

/// Logs the outcome of a grant: the model that its samples went into.
struct JobDone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "done", abstract: "Log the model that a grant's samples went into.",
        discussion: "The trail does not end at the job: everyone can see which model contains what, and until when.")

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
        let kept = keptUntil?.last ?? (disposed ? Now.milliseconds() : record.grant.expires)
        let heading = Heading(origin: view.origin, until: Now.milliseconds() + millisecondsPerDay)
        let (statement, _) = try await session.ledger.append(
            Outcome(heading: heading, grant: hash, model: model, keptUntil: kept, disposed: disposed))
        guard let entry = try await session.ledger.view().state.index(of: statement) else {
            throw CofferError.notShown(Outcome.type)
        }
        output.data(
            "outcome",
            [
                ("index", .integer(Int(clamping: entry))), ("statement", .string(statement.hex)),
                ("grant", .string(hash.hex)), ("model", .string(model.hex)),
                ("keptUntil", .string(Output.rfc3339(kept))), ("disposed", .boolean(disposed)),
            ],
            text: "outcome logged at entry \(entry)")
    }
}
