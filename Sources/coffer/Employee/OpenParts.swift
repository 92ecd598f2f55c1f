import Capture
import Sealing
import Vault

/// What is still open in the vault while a command acts on a range.
///
/// A command that stops something first lets the agent seal what it has recorded. What is out of its reach even then is
/// named, and the command exits 75: it never says that all of a range is done when it did a part.
struct OpenParts {
    private let directory: VaultDirectory
    private let selector: Selector
    private let began = Now.milliseconds()
    /// The journals that were there before the agent was asked.
    private let before: Set<String>
    /// Why the agent has not sealed its segments; nil if it has, or if none runs.
    private let silence: CofferError?

    /// Lets a running agent seal what it has open, unless the selector names closed segments by their ids.
    init(closing selector: Selector, home: Home, directory: VaultDirectory) throws {
        self.selector = selector
        self.directory = directory
        before = Set(try directory.journals(selector))
        var silence: CofferError?
        if selector.ids.isEmpty {
            do throws(CofferError) { try home.agentControl.closeSegments() } catch { silence = error }
        }
        self.silence = silence
    }

    /// Journals that may hold records of the range and that the command did not reach.
    func unreached() throws -> [Journal] {
        try Self.open(selector, in: directory).filter { silence != nil || before.contains($0.name) }
    }

    /// Why a part was not reached; nil if all of it was.
    func failure(_ unreached: [Journal]) -> (message: String, hint: String)? {
        guard unreached.isEmpty else {
            let names = unreached.map { "\($0.name) of \(Output.utc($0.opened))" }.joined(separator: ", ")
            let again = "Then run the same command again, or delete the whole of these times with `coffer rm --since`."
            return (
                "Segments that are still open were not reached: \(names).",
                silence.map { "\($0.hint ?? $0.message) \(again)" }
                    ?? "Run `coffer unlock`, and see `coffer doctor`. \(again)"
            )
        }
        // What the agent has in memory is at most a second old.
        guard let silence, selector.until ?? .max >= began - 2_000 else { return nil }
        return (
            "What the capture agent holds in memory was not reached: \(silence.message)",
            "\(silence.hint ?? "See `coffer capture status`.") Then run the same command again."
        )
    }

    // MARK: Reading

    /// A segment that is still open.
    struct Journal {
        let name: String
        let opened: Milliseconds

        var members: [(String, JSONValue)] {
            [("journal", .string(name)), ("opened", .string(Output.rfc3339(opened)))]
        }
    }

    /// The open segments that may hold records of the selected times. Their apps and kinds are sealed.
    static func open(_ selector: Selector, in directory: VaultDirectory) throws -> [Journal] {
        let names = Set(try directory.journals(selector))
        return try directory.openJournals().filter { names.contains($0.name) }.map(Journal.init)
    }

    /// Says what a listing leaves out because it is still open.
    static func mention(_ selector: Selector, in directory: VaultDirectory, output: OutputOptions) throws {
        let open = try open(selector, in: directory)
        guard let first = open.map(\.opened).min() else { return }
        if output.json {
            for journal in open { output.data("open", journal.members, text: "") }
        } else {
            output.talk(
                "Not shown: \(open.count) segments that are still open, since \(Output.utc(first)). "
                    + "`coffer rm`, `redact` and `erase` reach them, too.")
        }
    }
}
