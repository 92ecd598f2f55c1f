import ArgumentParser
import Capture
import Foundation
import Keyholder
import Sealing
import Vault

extension Coffer {
    /// Deletes segments, and erases what was offered of them.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Delete what was recorded, and erase it wherever it was offered.",
            discussion: """
                Whole segments are deleted: all that were open at some time in the selection. Needs no passphrase. \
                While locked it takes times and ids only.
                """)

        @OptionGroup var selection: SelectorOptions

        @Flag(name: .long, help: "Do not ask, also for more than a day.")
        var yes = false

        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext(lake)
            let selector = try selection.selector()
            try selector.requireSomething()
            let directory = try session.directory()
            if !yes { try confirm(selector) }
            let open = try OpenParts(closing: selector, home: session.home, directory: directory)
            let removed =
                try session.keyholder.askIfAnswering("rm", [.init("selector", selector.json)], seconds: 30)
                ?? session.withoutAnyone {
                    let found = try directory.locate(selector)
                    var result = try directory.remove(found.segments, journals: found.journals)
                    result.unknown = found.unknown
                    return result.json(redacted: nil)
                }
            try await Stopped.report("removed", removed, open, session: session, output: output) {
                "Removed \($0) segment\($0 == 1 ? "" : "s")"
            }
        }

        /// Asks a person before more than a day of her work is gone for good. A script is not asked.
        private func confirm(_ selector: Selector) throws {
            guard selector.ids.isEmpty, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return }
            let now = Now.milliseconds()
            let until = min(selector.until ?? now, now)
            guard until > (selector.since ?? 0) + millisecondsPerDay else { return }
            let from = selector.since.map { "from \(Output.utc($0))" } ?? "from the beginning"
            let question =
                "This deletes what was recorded \(from) until \(Output.utc(until)). Type yes to go on: "
            guard Terminal()?.confirms(question) == true else {
                throw CofferError(.no, "Nothing was deleted.", rule: "confirm")
            }
        }
    }

    /// Removes records from segments.
    struct Redact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the records of a time from segments, and keep the rest.",
            discussion: """
                Frames that still show later what was drawn then become black there, until it was repainted. What was \
                offered of those segments is erased, and the rest is offered again.
                """)

        @OptionGroup var selection: SelectorOptions
        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext(lake)
            let selector = try selection.selector()
            guard selector.since != nil || selector.until != nil else {
                throw CofferError(.usage, "Name the times to remove.", hint: "Give --last 5m, or --since and --until.")
            }
            var veil: AgentControl.Veil?
            var isSilent = false
            do throws(CofferError) { veil = try session.home.agentControl.veil() } catch { isSilent = true }
            let open = try OpenParts(closing: selector, home: session.home, directory: try session.directory())
            let result = try session.keyholder.ask("redact", [.init("selector", selector.json)])
            let isShown = Self.isShown(by: result) && (isSilent || !Self.hide(result, behind: veil))
            let records = result["redacted"]?.asInteger ?? 0
            let frames = result["frames"]?.asInteger ?? 0
            try await Stopped.report("redacted", result, open, isShown: isShown, session: session, output: output) {
                let seen = frames == 0 ? "" : "; \(frames) frame\(frames == 1 ? "" : "s") black where it still showed"
                return "Removed \(records) records from \($0) segment\($0 == 1 ? "" : "s")\(seen)"
            }
        }

        /// Whether the screen may still show some of it.
        private static func isShown(by result: CanonicalJSON) -> Bool {
            result["shown"]?.asArray?.isEmpty == false || result["titled"]?.asArray?.isEmpty == false
        }

        /// Tells a running agent what of it the screen may still show. False when the agent has not understood.
        private static func hide(_ result: CanonicalJSON, behind veil: AgentControl.Veil?) -> Bool {
            guard let veil else { return true }
            do throws(CofferError) {
                for app in result["shown"]?.asArray ?? [] {
                    for patch in app["areas"]?.asArray ?? [] {
                        let numbers = (patch.asArray ?? []).compactMap(\.asInteger)
                        try veil.blacken(numbers, of: app["app"]?.asString ?? "")
                    }
                }
                for app in result["titled"]?.asArray ?? [] { try veil.forgetTitle(of: app.asString ?? "") }
                return true
            } catch { return false }
        }
    }

    /// Erases offered pages, and keeps their records in the vault.
    struct EraseOffered: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase",
            abstract: "Take back what was offered; it stays in your vault and is not offered again.")

        @OptionGroup var selection: SelectorOptions
        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext(lake)
            let selector = try selection.selector()
            guard !selector.isEmpty else {
                throw CofferError(.usage, "Name what to take back: times, apps, kinds or ids.")
            }
            let directory = try session.directory()
            let open = try OpenParts(closing: selector, home: session.home, directory: directory)
            let result =
                try session.keyholder.askIfAnswering("erase", [.init("selector", selector.json)], seconds: 30)
                ?? session.withoutAnyone {
                    let found = try directory.locate(selector)
                    var withheld = try directory.withhold(found.segments)
                    withheld.unknown = found.unknown
                    return withheld.json(redacted: nil)
                }
            try await Stopped.report("erased", result, open, session: session, output: output) { _ in
                "Taken back"
            }
        }
    }
}

/// Reports a removal after its erases were sent.
enum Stopped {
    static func report(
        _ schema: String, _ result: CanonicalJSON, _ parts: OpenParts, isShown: Bool = false, session: EmployeeContext,
        output: OutputOptions, text: (Int) -> String
    ) async throws {
        let outbox = (result["outbox"]?.asArray ?? []).compactMap(\.asString)
        let directory = try session.directory()
        let erased = Set(
            (result["pages"]?.asArray ?? []).compactMap(\.asString).compactMap { try? PageID(Hex.decode($0)) })
        // Erases that the disk did not take are sent all the same.
        let unkept = try directory.erases(of: erased)
        let delivered = try await session.deliver(outbox, in: directory, unkept: unkept.map { [$0] } ?? [])
        let failure = result["failure"]?.asString
        let unreached = try parts.unreached()
        let unknown = (result["unknown"]?.asArray ?? []).compactMap(\.asString)
        let elsewhere = (result["elsewhere"]?.asArray ?? []).compactMap(\.asString)
        let segments = result["segments"]?.asArray ?? []
        let pages = result["pages"]?.asArray ?? []
        let open = result["open"]?.asInteger ?? 0
        var members: [(String, JSONValue)] = [
            ("segments", .array(segments.map { JSONValue($0) })), ("open", .integer(Int(clamping: open))),
            ("pages", .array(pages.map { JSONValue($0) })),
            ("objects", .integer(Int(clamping: result["objects"]?.asInteger ?? 0))),
            ("effective", .boolean(delivered.isEffective)), ("pending", .boolean(delivered.isPending)),
            ("unreached", .array(unreached.map { .object($0.members) })),
            ("unknown", .array(unknown.map { .string($0) })),
            ("elsewhere", .array(elsewhere.map { .string($0) })),
        ]
        if let redacted = result["redacted"]?.asInteger {
            members.append(("records", .integer(Int(clamping: redacted))))
            members.append(("frames", .integer(Int(clamping: result["frames"]?.asInteger ?? 0))))
        }
        var line = text(segments.count)
        if open > 0 { line += ", and \(open) that \(open == 1 ? "was" : "were") still open" }
        if !pages.isEmpty { line += "; erased \(pages.count) offered page\(pages.count == 1 ? "" : "s")" }
        if delivered.isEffective, delivered.isPending { line += " (not in the ledger yet)" }
        output.data(schema, members, text: line + ".")
        if let failure {
            throw CofferError(
                result["waits"]?.asBoolean == true ? .tryLater : .configuration,
                "Not everything could be removed or stored: \(failure)",
                hint: "Run `coffer doctor`: it says what is missing. Then run this again.")
        }
        var left: [(message: String, hint: String)] = []
        if !delivered.isEffective {
            left.append(
                (
                    "The records are deleted here, but too few brokers have acknowledged the erasure of their pages.",
                    "The keyholder keeps trying; run `coffer sync` to try now."
                ))
        }
        if let failure = parts.failure(unreached) { left.append(failure) }
        if isShown {
            left.append(
                (
                    "The screen still shows it, and the capture agent did not confirm that it leaves it out.",
                    "Cover or clear that window, then run the same command again until now."
                ))
        }
        if !unknown.isEmpty {
            left.append(
                (
                    "Not touched, because it is unknown whether you mean them: "
                        + unknown.map { String($0.prefix(8)) }.joined(separator: ", ") + ".",
                    "Run `coffer unlock` and the same command again, or name these segments by their ids."
                ))
        }
        if !elsewhere.isEmpty {
            left.append(
                (
                    "Another laptop of yours may have copies, which were not reached: "
                        + elsewhere.map { String($0.prefix(8)) }.joined(separator: ", ") + ".",
                    "Delete them there, too, with `coffer rm`. Pages that are erased now, that laptop withholds at its next sync."
                ))
        }
        guard left.isEmpty else {
            throw CofferError(
                .tryLater, left.map(\.message).joined(separator: " "), hint: left.map(\.hint).joined(separator: " "))
        }
    }
}
