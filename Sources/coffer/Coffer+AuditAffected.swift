import ArgumentParser
import Audit
import Ledger
import Rules
import Sealing

/// Whose pages were released.
struct AuditAffected: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "affected", abstract: "Say whose pages were released, to which job, for what.",
        discussion: "People are named by their pseudonyms; each person's own machine knows which are hers.")

    @Option(name: .long, help: ArgumentHelp("Only releases from then on.", valueName: "time"))
    var since: Moment?

    @Option(name: .long, help: ArgumentHelp("Only to this job: the first digits of its key.", valueName: "key"))
    var job: String?

    @Option(name: .long, help: ArgumentHelp("Only for this purpose: its name, or the first digits of its hash."))
    var purpose: String?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let log = try await ledger.auditor().replay()
        let affected = Affected(log.state, try filter(log.state))
        for person in affected.people { say(person, log.state) }
        let total =
            "\(affected.people.count) affected by \(affected.releases) releases, "
            + "in \(log.head.size) entries up to \(Output.local(log.cosigned))"
        // With --json stdout holds the people alone; what the answer rests on is printed all the same.
        if output.json {
            Output.talk(
                JSONValue.object([
                    ("schema", "coffer.assumption.v1"), ("affected", .integer(affected.people.count)),
                    ("size", .integer(Int(clamping: log.head.size))), ("message", .string(Affected.assumption)),
                ]).text)
        } else {
            Output.data(total)
            Output.data(Affected.assumption)
        }
    }

    private func filter(_ state: State) throws -> Affected.Filter {
        var filter = Affected.Filter()
        filter.since = since?.time ?? 0
        if let job {
            let jobs = Set(state.grants.values.map(\.grant.job).filter { $0.hex.hasPrefix(job) })
            guard !jobs.isEmpty else { throw CofferError(.notFound, "No job's key begins with \(job).") }
            filter.jobs = jobs
        }
        if let purpose {
            let named = state.purposes.filter { $0.value.purpose.name == purpose || $0.key.hex.hasPrefix(purpose) }
            guard !named.isEmpty else { throw CofferError(.notFound, "There is no purpose \(purpose).") }
            filter.purposes = Set(named.keys)
        }
        return filter
    }

    /// One object a pseudonym; `job` is the last one, and `jobs` lists all when there are more.
    private func say(_ person: Affected.Person, _ state: State) {
        guard let last = person.accesses.last else { return }
        var members: [(String, JSONValue)] = [
            ("pseudonym", .string(person.pseudonym.hex)), ("purpose", .string(person.purpose.hex)),
            ("job", .string(last.job.hex)), ("pages", .integer(person.pages)),
            ("first", .string(Output.rfc3339(person.first))), ("last", .string(Output.rfc3339(person.last))),
            ("weeks", .integer(person.accesses.map(\.weeks).max() ?? 0)),
        ]
        if person.accesses.count > 1 { members.append(("jobs", .array(person.accesses.map(Self.json)))) }
        let purpose = state.purposes[person.purpose]?.purpose.name ?? person.purpose.prefix8
        let jobs = person.accesses.map { "job \($0.job.hash.prefix8): \($0.pages) page\($0.pages == 1 ? "" : "s")" }
            .joined(separator: ", ")
        output.data(
            "affected", members,
            text: "\(person.pseudonym.hash.prefix8)  \(purpose)  \(jobs)  "
                + "\(Output.local(person.first)) to \(Output.local(person.last))")
    }

    private static func json(_ access: Affected.Access) -> JSONValue {
        .object([
            ("job", .string(access.job.hex)), ("pages", .integer(access.pages)), ("weeks", .integer(access.weeks)),
            ("first", .string(Output.rfc3339(access.first))), ("last", .string(Output.rfc3339(access.last))),
        ])
    }
}
