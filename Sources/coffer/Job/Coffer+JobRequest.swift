import ArgumentParser
import Files
import Job
import Ledger
import Messages
import Rules
import Sealing

/// Writes a request, signed by the job, for the reviewers to sign too.
struct JobRequest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Write a request for a grant, signed by the job.",
        discussion: "Reviewers add their signatures with `coffer org grant sign`; `coffer org grant publish` logs it.")

    @Argument(help: ArgumentHelp("The purpose's name.", valueName: "name"))
    var purpose: String

    @Option(name: .long, help: "The kinds wanted; by default all that the purpose takes.")
    var kinds: CommaList?

    @Option(name: .long, help: "The apps wanted; by default all that the purpose takes.")
    var apps: CommaList?

    @Option(name: .long, help: ArgumentHelp("The UTC days wanted, both ends included.", valueName: "from..to"))
    var days: DayRange

    @Option(name: .long, help: "How many pages and index weeks per UTC day; by default the purpose's budget.")
    var pages: UInt64?

    @Option(name: .long, help: "When the grant expires, from now; by default with the purpose.")
    var expires: DurationArgument?

    @Flag(name: .long, help: "Show what the request would read, and write nothing.")
    var dryRun = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the request goes.", valueName: "file"))
    var output: String?

    @OptionGroup var json: OutputOptions

    func run() async throws {
        guard dryRun || output != nil else { throw ValidationError("Name the file with -o, or ask with --dry-run.") }
        let draft = GrantDraft(
            purposeName: purpose, kinds: try kinds?.kinds(), apps: try apps?.apps(),
            days: days.from...days.until, pages: pages,
            expires: expires.map { Now.milliseconds() + $0.milliseconds })
        let session = try await JobContext()
        let view = try await session.ledger.view()
        let grant = try draft.grant(for: session.key.publicKey, in: view)
        let forecast = try GrantForecast(grant, in: view)
        if let output, !dryRun {
            try OutputFile.write(try SignedNote.message(grant.text, by: session.key).encoded, to: output)
        }
        say(grant, forecast)
    }

    private func days(_ forecast: GrantForecast) -> String {
        guard let days = forecast.days else { return "never" }
        if days == 1 { return forecast.ids <= forecast.budget ? "one day, also today" : "one day, not today" }
        return "\(days) days, in shards"
    }

    private func say(_ grant: Grant, _ forecast: GrantForecast) {
        let members: [(String, JSONValue)] = [
            ("statement", .string(grant.hash.hex)), ("purpose", .string(grant.purpose.hex)),
            ("job", .string(grant.job.hex)), ("kinds", .array(grant.kinds.map { .string($0.rawValue) })),
            ("apps", .array(grant.apps.map { .string($0.string) })), ("from", .string(Output.date(grant.from))),
            ("to", .string(Output.date(grant.to))), ("pages", .integer(Int(clamping: grant.pages))),
            ("expires", .string(Output.rfc3339(grant.expires))), ("consents", .integer(forecast.consents)),
            ("weeks", .integer(forecast.weeks)), ("budget", .integer(Int(clamping: forecast.budget))),
            ("indexIDs", .integer(forecast.indexIDs)), ("knownPages", .integer(forecast.knownPages)),
            ("knownPeople", .integer(forecast.knownPeople)), ("ids", .integer(Int(clamping: forecast.ids))),
            ("daily", .integer(Int(clamping: forecast.daily))), ("dryRun", .boolean(dryRun)),
        ]
        let kinds = grant.kinds.map(\.rawValue).joined(separator: ", ")
        let apps = grant.apps.map(\.string).joined(separator: ", ")
        json.data(
            "request", members,
            text: """
                request   \(grant.hash.prefix8) under purpose \(grant.purpose.prefix8)\(dryRun ? ", not written" : "")
                takes     \(kinds) of \(apps), \(Output.date(grant.from)) to \(Output.date(grant.to))
                consents  \(forecast.consents) now, \(forecast.weeks) weeks: \(forecast.indexIDs) ids for their indices, \
                once an epoch
                pages     \(forecast.knownPages) of \(forecast.knownPeople) people were released before; only the \
                indices tell the others
                epoch     at least \(forecast.ids) ids, \(forecast.daily) a day: \(days(forecast))
                budget    \(forecast.budget) ids left today, until \(Output.utc(grant.expires))
                """)
    }
}
