import ArgumentParser
import BrokerServer
import Foundation
import Keys
import Logging
import Replica
import Sealing
import Serving

extension Coffer.Serve {
    /// Runs a broker: it holds sub-keys of consents, judges asks and witnesses the ledger.
    struct Broker: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a broker, which is also a witness.",
            discussion: """
                Sub-keys lie in one file of the folder, sealed under the storage key. Keep the folder out of backups, \
                and the storage key on another medium: a tmpfs, or a credential sealed by the TPM. Losing either \
                costs new deposits, nothing else.
                """)

        @OptionGroup var options: ServeOptions

        @Option(
            name: .long,
            help: ArgumentHelp(
                "The storage key, on another medium; created if neither it nor sub-keys exist.", valueName: "file"))
        var storageKey: String

        func run() async throws {
            let folder = try options.folder()
            try Self.refuseOneMedium(folder: folder, storageKey: storageKey)
            let logger = options.logger
            let house = try await BrokerServerContext(
                directory: folder, key: try ServingOptions.key(options.key),
                charter: try CharterFile(readingFrom: options.charter), storageKey: storageKey, logger: logger,
                now: Now.milliseconds)
            let stop = FatalStop()
            let service = BrokerService(house, stop: stop, logger: logger)
            let metrics = Metrics()
            try await options.run(metrics)(house.router(stop: stop, metrics: metrics), services: [stop, service])
        }

        /// A storage key on the same medium as the sub-keys gives no protection.
        static func refuseOneMedium(folder: String, storageKey: String) throws {
            let folder = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
            let key = URL(fileURLWithPath: storageKey).deletingLastPathComponent().standardizedFileURL
                .resolvingSymlinksInPath().path
            guard key != folder, !key.hasPrefix(folder + "/") else {
                throw CofferError(
                    .configuration, "The storage key must be on another medium than the sub-keys.",
                    hint: "Name a file outside \(folder), for instance on a tmpfs.")
            }
        }
    }
}
