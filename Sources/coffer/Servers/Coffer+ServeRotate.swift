import ArgumentParser
import BrokerServer
import Sealing

extension Coffer.Serve {
    /// Rotates a broker's storage key.
    struct RotateStorageKey: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-storage-key",
            abstract: "Put a stopped broker's sub-keys under a fresh storage key.",
            discussion: """
                Without --new the fresh key takes the old one's place; with it the key moves to another medium, and \
                the old file is erased and removed. No copy of the sub-keys made before opens with the fresh key. \
                If it is interrupted, run it again; until it is finished the broker does not start.
                """)

        @Option(name: .long, help: ArgumentHelp("The broker's own files.", valueName: "folder"))
        var dir: String

        @Option(name: .long, help: ArgumentHelp("The storage key that the broker was started with.", valueName: "file"))
        var storageKey: String

        @Option(name: .long, help: ArgumentHelp("Where the fresh key goes, on another medium.", valueName: "file"))
        var new: String?

        @OptionGroup var output: OutputOptions

        func run() throws {
            if let new { try Broker.refuseOneMedium(folder: dir, storageKey: new) }
            let count = try StorageKeyMove.rotate(directory: dir, old: storageKey, new: new)
            output.data(
                "rotated", [("subKeys", .integer(count)), ("storageKey", .string(new ?? storageKey))],
                text: "\(count) sub-keys are sealed under a fresh key in \(new ?? storageKey)")
        }
    }
}
