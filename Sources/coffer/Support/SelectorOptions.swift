import ArgumentParser
import Sealing
import Vault

/// SELECTOR: `--last 5m`, or `--since`, `--until`, `--app`, `--kind`, or ids.
struct SelectorOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The last of the recording, e.g. 5m.", valueName: "span"))
    var last: Span?

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

    func selector(ids: [String]) throws -> Selector {
        var selector = Selector(ids: ids, since: since?.time, until: until?.time, apps: apps?.items ?? [])
        if let last {
            let now = Now.milliseconds()
            selector.since = now - min(now, last.milliseconds)
        }
        selector.kinds = try Self.kinds(kinds) ?? []
        for app in selector.apps where (try? AppName(app)) == nil {
            throw CofferError(.usage, "\(app) is no app's name.", hint: "`coffer ls` shows the names.")
        }
        return selector
    }

    static func kinds(_ list: CommaList?) throws -> [Kind]? {
        try list?.items.map { name in
            guard let kind = Kind(rawValue: name) else {
                let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw CofferError(.usage, "There is no kind \(name).", hint: "Kinds are \(known).")
            }
            return kind
        }
    }

    static func apps(_ list: CommaList?) throws -> [AppName]? {
        try list?.items.map { name in
            guard let app = try? AppName(name) else { throw CofferError(.usage, "\(name) is no app's name.") }
            return app
        }
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
