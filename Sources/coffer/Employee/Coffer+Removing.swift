import ArgumentParser
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
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let selector = try selection.selector()
            guard !selector.isEmpty else {
                throw CofferError(
                    .usage, "Name what to remove: times, apps, kinds or ids.", hint: "For example: coffer rm --last 5m."
                )
            }
            let directory = try session.directory()
            let removed: CanonicalJSON
            if session.keyholder.isRunning {
                removed = try session.keyholder.ask("rm", [.init("selector", selector.json)])
            } else {
                let found = try directory.locate(selector)
                removed = try directory.remove(found.segments, journals: found.journals).json(redacted: nil)
            }
            try await Stopped.report("removed", removed, session: session, directory: directory, output: output) {
                "Removed \($0) segment\($0 == 1 ? "" : "s")"
            }
        }
    }

    /// Removes records from segments.
    struct Redact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the records of a time from segments, and keep the rest.",
            discussion: "What was offered of those segments is erased, and the rest is offered again.")

        @OptionGroup var selection: SelectorOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let selector = try selection.selector()
            guard selector.since != nil || selector.until != nil else {
                throw CofferError(.usage, "Name the times to remove.", hint: "Give --last 5m, or --since and --until.")
            }
            let result = try session.keyholder.ask("redact", [.init("selector", selector.json)])
            let records = result["redacted"]?.asInteger ?? 0
            try await Stopped.report(
                "redacted", result, session: session, directory: try session.directory(), output: output
            ) { "Removed \(records) records from \($0) segment\($0 == 1 ? "" : "s")" }
        }
    }

    /// Erases offered pages, and keeps their records in the vault.
    struct EraseOffered: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase",
            abstract: "Take back what was offered; it stays in your vault and is not offered again.")

        @OptionGroup var selection: SelectorOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let selector = try selection.selector()
            guard !selector.isEmpty else {
                throw CofferError(.usage, "Name what to take back: times, apps, kinds or ids.")
            }
            let directory = try session.directory()
            let result: CanonicalJSON
            if session.keyholder.isRunning {
                result = try session.keyholder.ask("erase", [.init("selector", selector.json)])
            } else {
                result = try directory.withhold(try directory.locate(selector).segments).json(redacted: nil)
            }
            try await Stopped.report("erased", result, session: session, directory: directory, output: output) { _ in
                "Taken back"
            }
        }
    }
}

/// Reports a removal after its erases were sent.
enum Stopped {
    static func report(
        _ schema: String, _ result: CanonicalJSON, session: EmployeeContext, directory: VaultDirectory,
        output: OutputOptions, text: (Int) -> String
    ) async throws {
        let outbox = (result["outbox"]?.asArray ?? []).compactMap(\.asString)
        let delivered = try await session.deliver(outbox, in: directory)
        let segments = result["segments"]?.asArray ?? []
        let pages = result["pages"]?.asArray ?? []
        let open = result["open"]?.asInteger ?? 0
        var members: [(String, JSONValue)] = [
            ("segments", .array(segments.map { JSONValue($0) })), ("open", .integer(Int(clamping: open))),
            ("pages", .array(pages.map { JSONValue($0) })),
            ("objects", .integer(Int(clamping: result["objects"]?.asInteger ?? 0))),
            ("effective", .boolean(delivered.isEffective)), ("pending", .boolean(delivered.isPending)),
        ]
        if let redacted = result["redacted"]?.asInteger {
            members.append(("records", .integer(Int(clamping: redacted))))
        }
        var line = text(segments.count)
        if open > 0 { line += ", and \(open) that \(open == 1 ? "was" : "were") still open" }
        if !pages.isEmpty { line += "; erased \(pages.count) offered page\(pages.count == 1 ? "" : "s")" }
        if delivered.isEffective, delivered.isPending { line += " (not in the ledger yet)" }
        output.data(schema, members, text: line + ".")
        guard delivered.isEffective else {
            throw CofferError(
                .tryLater,
                "The records are deleted here, but too few brokers have acknowledged the erasure of their pages.",
                hint: "The keyholder keeps trying; run `coffer sync` to try now.")
        }
    }
}
