import ArgumentParser
import DeskServer
import Keys
import Logging
import Replica
import Sealing
import Serving

extension Coffer.Serve {
    /// Runs the desk: it takes pseudonyms with single-use tokens.
    struct Desk: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the desk, which takes people's pseudonyms.",
            discussion: """
                `coffer org enrol token` makes the tokens that it takes. All that wait are logged once a UTC day, \
                sorted; `coffer org enrol publish` does it now.
                """)

        @OptionGroup var options: ServeOptions

        func run() async throws {
            let logger = options.logger
            let desk = try DeskServer.Desk(
                directory: try options.folder(), key: try ServingOptions.key(options.key),
                charter: try CharterFile(readingFrom: options.charter), now: Now.milliseconds)
            let metrics = Metrics()
            desk.read(in: metrics)
            try await options.run(metrics)(
                desk.router(), services: [DeskService(desk, logger: logger, now: Now.milliseconds)])
        }
    }
}
