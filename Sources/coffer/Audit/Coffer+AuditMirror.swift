import ArgumentParser
import Audit
import Client
import Ledger
import Replica
import Sealing

/// Copies a log, checked, into a folder that any web server can serve.
struct AuditMirror: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Copy a log into a folder, checking all of it.",
        discussion: """
            The folder holds the log's own files (C2SP tlog-tiles). Run it again to bring the copy up to date: a \
            ledger that shows another history then is caught, and the evidence kept.
            """)

    @Argument(help: ArgumentHelp("The ledger, or a broker: each serves all entries.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("Where the copy goes.", valueName: "folder"))
    var folder: String

    @OptionGroup var pinned: PinOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let pin = try pinned.pin()
        let storage = FollowerStorage(
            LedgerDirectory(TileDirectory(path: folder)), in: folder,
            snapshots: (try? Home()).flatMap { AuditMemory(home: $0, pin: pin).snapshots })
        let follower = Follower(of: pin, in: storage, from: [HTTPSource(url: url)], now: nil)
        let followed = try await follower.follow()
        try CheckpointHistory(beside: folder).add(followed.checkpoint)
        output.data(
            "mirrored",
            [
                ("origin", .string(pin.origin)), ("size", .integer(Int(clamping: followed.checkpoint.size))),
                ("root", .string(followed.checkpoint.root.hex)), ("folder", .string(folder)),
            ],
            text:
                "\(followed.checkpoint.size) entries of \(pin.origin.shown) in \(folder), root \(followed.checkpoint.root.prefix8)"
        )
    }
}
