import ArgumentParser
import Foundation
import Keyholder
import Sealing
import Vault

extension Coffer {
    /// Does the keyholder's periodic work now.
    struct Sync: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make due pages, upload, retry deposits and stops now.",
            discussion: "While the vault is locked, it only sends waiting stops.")

        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext(lake)
            guard session.keyholder.isAnswering else { return try await stopsOnly(session) }
            let report = try session.keyholder.ask("sync", lake.members)
            let pending = (report["pending"]?.asArray ?? []).compactMap(\.asString)
            func count(_ name: String) -> Int { Int(clamping: report[name]?.asInteger ?? 0) }
            output.data(
                "sync",
                ["pages", "objects", "putBack", "withheld", "receipts", "stops", "adopted", "alarms"].map {
                    ($0, .integer(count($0)))
                } + [
                    ("pending", .array(pending.map { .string($0) }))
                ],
                text: "\(count("pages")) pages made, \(count("objects")) objects uploaded, "
                    + "\(count("receipts")) new deposits, \(count("stops")) stops sent, \(count("adopted")) records adopted."
            )
            if count("putBack") > 0 {
                output.talk("\(count("putBack")) objects of published pages were missing from the lake and are back.")
            }
            if count("withheld") > 0 {
                output.talk(
                    "Another laptop of yours erased pages; their \(count("withheld")) segments are withheld here, too. "
                        + "`coffer ls` shows them; `coffer rm` deletes them here.")
            }
            if count("alarms") > 0 { output.talk("\(count("alarms")) alarms: see `coffer doctor`.") }
            if let first = pending.first {
                throw CofferError(
                    .tryLater, "Some work is not done yet: \(first)", hint: "The keyholder tries again every minute.")
            }
        }

        private func stopsOnly(_ session: EmployeeContext) async throws {
            let directory = try session.directory()
            let waiting = try directory.outbox().map(\.name)
            let delivered = try await session.deliver(waiting, in: directory)
            if !waiting.isEmpty {
                output.talk(
                    delivered.isPending
                        ? "Waiting stops were sent; some could not be delivered yet." : "All waiting stops are sent."
                )
            }
            throw session.keyholder.presence.error
        }
    }
}
