import ArgumentParser
import Audit
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// Lists the people whose pages were released.
struct AuditAffected: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "affected", abstract: "List whose pages were released, to which job and for which purpose.",
        discussion: "People are named by their pseudonyms; only a person's own machine knows which are theirs.")

    @Option(name: .long, help: ArgumentHelp("Only releases from then on.", valueName: "time"))
    var since: Moment?

    @Option(name: .long, help: ArgumentHelp("Only releases before then.", valueName: "time"))
    var until: Moment?

    @Option(name: .long, help: ArgumentHelp("Only to this job: the first digits of its key.", valueName: "key"))
    var job: String?

    @Option(name: .long, help: ArgumentHelp("Only for this purpose: its name, or the first digits of its hash."))
    var purpose: String?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Check every entry again, even if it was checked before.")
    var replay = false

    func run() async throws {
        let answer = try await answer()
        var lines: [String] = []
        for person in answer.affected.people {
            guard let line = line(person, answer.names) else { continue }
            lines.append(line)
            if lines.count == 1_000 {
                try Output.item(lines.joined(separator: "\n"))
                lines = []
            }
        }
        if !lines.isEmpty { Output.data(lines.joined(separator: "\n")) }
        let total =
            "\(answer.affected.people.count) affected by \(answer.affected.releases) releases, "
            + "in \(answer.checkpoint.size) entries up to \(Output.utc(Milliseconds(answer.checkpoint.quorumTime ?? 0)))"
        // With --json stdout holds only the people, so the assumptions behind the answer go to stderr.
        if output.json {
            Output.talk(
                JSONValue.object(
                    [
                        ("schema", "coffer.assumption.v1"), ("affected", .integer(answer.affected.people.count)),
                        ("size", .integer(Int(clamping: answer.checkpoint.size))),
                        ("checked", .string(answer.isFromTable ? "head" : "entries")),
                        ("message", .string(Affected.assumption)),
                    ] + answer.basis.members
                ).text)
        } else {
            Output.data(total)
            Output.data(Affected.assumption)
            Output.data("Basis: \(answer.basis.words).")
            if answer.isFromTable {
                Output.talk(
                    "The checkpoint's signatures and quorum were checked now; its entries were checked when this machine first "
                        + "replayed them. --replay checks all of them again.")
            }
        }
    }

    private struct Answer {
        let affected: Affected
        let names: [Hash256: String]
        let checkpoint: VerifiedCheckpoint
        let basis: KnownLog.Basis
        /// Whether no entry was read: this machine has computed the answer at this checkpoint before.
        let isFromTable: Bool
    }

    private func answer() async throws -> Answer {
        let memory = try ledger.memory()
        let source = try ledger.source()
        if !replay, let memory, let note = try? SignedNote(checkpoint: try await source.checkpoint()),
            let (table, checkpoint, made) = memory.table(at: note)
        {
            let basis = KnownLog.Basis.snapshot(size: checkpoint.size, made: made)
            return try answer(table, checkpoint, basis, isFromTable: true)
        }
        let whole = memory?.whole
        if !replay, let memory, let whole, let known = await memory.replay(source, after: whole),
            let table = AffectedTable(known.state, known.checkpoint)
        {
            memory.keep(table)
            return try answer(table, known.checkpoint, .snapshot(size: whole.snapshot.size, made: whole.made))
        }
        let log = try await ledger.auditor().replay(remembering: whole.map { [$0.snapshot.size] } ?? [])
        if let whole, let reached = log.reached[whole.snapshot.size], reached.root != whole.snapshot.root {
            throw CofferError(
                .tampering,
                "The log is not the one of \(whole.snapshot.size) entries that this machine verified before.",
                rule: "fork", hint: "Run coffer audit explain 0 with the same --ledger: it writes the evidence.")
        }
        guard let table = AffectedTable(log.state, log.checkpoint) else {
            throw CofferError(.bug, "The replayed state is incomplete.")
        }
        if whole.map({ $0.snapshot.size <= log.checkpoint.size }) ?? true {
            memory?.keep(log.snapshot)
            memory?.keep(table)
        }
        return try answer(table, log.checkpoint, .beginning)
    }

    private func answer(
        _ table: AffectedTable, _ checkpoint: VerifiedCheckpoint, _ basis: KnownLog.Basis, isFromTable: Bool = false
    ) throws -> Answer {
        Answer(
            affected: table.affected(try filter(table)),
            names: Dictionary(uniqueKeysWithValues: table.purposes.map { ($0.hash, $0.name) }), checkpoint: checkpoint,
            basis: basis, isFromTable: isFromTable)
    }

    private func filter(_ table: AffectedTable) throws -> Affected.Filter {
        var filter = Affected.Filter()
        filter.since = since?.first ?? 0
        filter.until = until?.last
        if let job {
            let jobs = Set(table.jobs.filter { $0.hex.hasPrefix(job) })
            guard !jobs.isEmpty else { throw CofferError(.notFound, "There is no job whose key begins with \(job).") }
            filter.jobs = jobs
        }
        if let purpose {
            let named = table.purposes.filter { $0.name == purpose || $0.hash.hex.hasPrefix(purpose) }
            guard !named.isEmpty else { throw CofferError(.notFound, "There is no purpose \(purpose).") }
            filter.purposes = Set(named.map(\.hash))
        }
        return filter
    }

    /// One object for each pseudonym; `job` is the last job, and `jobs` lists all if there are several.
    private func line(_ person: Affected.Person, _ names: [Hash256: String]) -> String? {
        guard let last = person.accesses.last else { return nil }
        var members: [(String, JSONValue)] = [
            ("pseudonym", .string(person.pseudonym.hex)), ("purpose", .string(person.purpose.hex)),
            ("job", .string(last.job.hex)), ("pages", .integer(person.pages)),
            ("first", .string(Output.rfc3339(person.first))), ("last", .string(Output.rfc3339(person.last))),
            ("weeks", .integer(person.accesses.map(\.weeks).max() ?? 0)),
        ]
        if person.accesses.count > 1 { members.append(("jobs", .array(person.accesses.map(Self.json)))) }
        guard !output.json else { return output.line("affected", members, text: "") }
        let purpose = names[person.purpose] ?? person.purpose.prefix8
        let jobs = person.accesses.map { "job \($0.job.hash.prefix8): \($0.pages) page\($0.pages == 1 ? "" : "s")" }
            .joined(separator: ", ")
        return output.line(
            "affected", members,
            text: "\(person.pseudonym.hash.prefix8)  \(purpose.shown)  \(jobs)  "
                + "\(Output.utc(person.first)) to \(Output.utc(person.last))")
    }

    private static func json(_ access: Affected.Access) -> JSONValue {
        .object([
            ("job", .string(access.job.hex)), ("pages", .integer(access.pages)), ("weeks", .integer(access.weeks)),
            ("first", .string(Output.rfc3339(access.first))), ("last", .string(Output.rfc3339(access.last))),
        ])
    }
}
