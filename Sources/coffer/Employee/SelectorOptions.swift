import ArgumentParser
import Sealing
import Vault

/// SELECTOR: `--last 5m`, or `--since`, `--until`, `--app`, `--kind`, or ids.
struct SelectorOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids, or their first digits.", valueName: "id"))
    var ids: [String] = []

    @Option(name: .long, help: ArgumentHelp("The last of the recording, e.g. 5m.", valueName: "span"))
    var last: DurationArgument?

    @Option(name: .long, help: ArgumentHelp("From this moment on.", valueName: "time"))
    var since: Moment?

    @Option(name: .long, help: ArgumentHelp("Up to this moment.", valueName: "time"))
    var until: Moment?

    @Option(name: .customLong("app"), help: ArgumentHelp("Only these apps (comma-separated).", valueName: "apps"))
    var apps: CommaList?

    @Option(name: .customLong("kind"), help: ArgumentHelp("Only these kinds (comma-separated).", valueName: "kinds"))
    var kinds: CommaList?

    func validate() throws {
        if last != nil, since != nil || until != nil {
            throw ValidationError("Give either --last, or --since and --until.")
        }
    }

    func selector() throws -> Selector {
        var selector = Selector(
            ids: ids, since: since?.first, until: until?.last, apps: try apps?.apps().map(\.string) ?? [])
        if let last {
            let now = Now.milliseconds()
            selector.since = now - last.milliseconds
        }
        selector.kinds = try kinds?.kinds() ?? []
        return selector
    }
}

extension JSONValue {
    init(_ value: CanonicalJSON) {
        self =
            switch value {
            case .object(let members): .object(members.map { ($0.name, JSONValue($0.value)) })
            case .array(let values): .array(values.map { JSONValue($0) })
            case .string(let string): .string(string)
            case .integer(let integer): .integer(Int(clamping: integer))
            case .boolean(let boolean): .boolean(boolean)
            }
    }
}
