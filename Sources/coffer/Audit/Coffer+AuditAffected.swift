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
            + "in \(answer.checkpoint.size) entries up to \(Output.local(Milliseconds(answer.checkpoint.quorumTime ?? 0)))"
        // With --json stdout holds only the people, so the assumptions behind the answer go to stderr.
        if output.json {
            Output.talk(
                JSONValue.object([
                    ("schema", "coffer.assumption.v1"), ("affected", .integer(answer.affected.people.count)),
                    ("size", .integer(Int(clamping: answer.checkpoint.size))),
                    ("checked", .string(answer.checked.rawValue)),
                    ("message", .string(Affected.assumption)),
                ]).text)
        } else {
            Output.data(total)
            Output.data(Affected.assumption)
            if answer.checked == .checkpoint {
                Output.talk(
                    "The checkpoint's signatures and quorum were checked now; its entries were checked when this machine first "
                        + "replayed them. --replay checks all of them again.")
            }
        }
    }

    /// How much of the log was verified for this answer.
    private enum Checked: String {
        /// Every entry was verified now.
        case entries
        /// Only the checkpoint was verified now; the entries were verified before.
        case checkpoint
    }

    private struct Answer {
        let affected: Affected
        let names: [Hash256: String]
        let checkpoint: VerifiedCheckpoint
        let checked: Checked
    }

    private func answer() async throws -> Answer {
        let pin = try ledger.pinned.pin()
        let memory = (try? Home()).map { AuditMemory(directory: $0.state + "/audit", pin: pin) }
        let auditor = try ledger.auditor()
        if !replay, let memory, let note = try? SignedNote(checkpoint: try await ledger.source().checkpoint()),
            let (table, checkpoint) = memory.table(at: note)
        {
            return try answer(table, checkpoint, .checkpoint)
        }
        // A mirror that this machine made is verified only from the last verified entry on.
        if !replay, let memory, let folder = ledger.folder,
            let known = await memory.replay(TileDirectory(path: folder)),
            let table = AffectedTable(known.state, known.checkpoint)
        {
            memory.keep(table)
            return try answer(table, known.checkpoint, .checkpoint)
        }
        let log = try await auditor.replay()
        guard let table = AffectedTable(log.state, log.checkpoint) else {
            throw CofferError(.bug, "The replayed state is incomplete.")
        }
        memory?.keep(table)
        return try answer(table, log.checkpoint, .entries)
    }

    private func answer(_ table: AffectedTable, _ checkpoint: VerifiedCheckpoint, _ checked: Checked) throws -> Answer {
        Answer(
            affected: table.affected(try filter(table)),
            names: Dictionary(uniqueKeysWithValues: table.purposes.map { ($0.hash, $0.name) }), checkpoint: checkpoint,
            checked: checked)
    }

    private func filter(_ table: AffectedTable) throws -> Affected.Filter {
        var filter = Affected.Filter()
        filter.since = since?.first ?? 0
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
                + "\(Output.local(person.first)) to \(Output.local(person.last))")
    }

    private static func json(_ access: Affected.Access) -> JSONValue {
        .object([
            ("job", .string(access.job.hex)), ("pages", .integer(access.pages)), ("weeks", .integer(access.weeks)),
            ("first", .string(Output.rfc3339(access.first))), ("last", .string(Output.rfc3339(access.last))),
        ])
    }
}
