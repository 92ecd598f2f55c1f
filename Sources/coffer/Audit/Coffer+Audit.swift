import ArgumentParser
import Audit
import Client
import Foundation
import Ledger
import Replica
import Rules
import Sealing

extension Coffer {
    /// The auditor's commands. They need no account, only the charter.
    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replay the log and answer from it.",
            discussion: "Everyone who has the charter computes the same answers.",
            subcommands: [
                AuditMirror.self, AuditVerify.self, AuditReport.self, AuditAffected.self, AuditEntries.self,
                AuditExplain.self, AuditManifest.self, AuditProof.self, AuditPolicy.self, AuditWatch.self,
            ])
    }
}

/// The option that names the ledger's charter; without it, the pinned charter.
struct PinOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("The signed charter; by default what this home has pinned.", valueName: "file"))
    var charter: String?

    func pin() throws -> Pin { try file().pin }

    func file() throws -> CharterFile {
        if let charter { return try CharterFile(readingFrom: charter) }
        return try PinnedCharter.read(home: try Home(), orElse: "Name the signed charter with --charter.").charter
    }
}

/// A log to replay: a mirror's folder, or a server's URL.
struct LedgerOptions: ParsableArguments {
    @OptionGroup var pinned: PinOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A mirror's folder, or the URL of a ledger or broker; by default COFFER_LEDGER, then the charter's.",
            valueName: "folder|url"))
    var ledger: String?

    /// The mirror's folder; nil for a server.
    var folder: String? { ledger.flatMap { $0.contains("://") ? nil : $0 } }

    func auditor() throws -> Auditor {
        Auditor(pin: try pinned.pin(), source: try source())
    }

    /// What this machine remembers of the log; nil without a home.
    func memory() throws -> AuditMemory? {
        let pin = try pinned.pin()
        return (try? Home()).map { AuditMemory(home: $0, pin: pin) }
    }

    /// The log, verified on from what this machine remembers of it, and a reader of its entries.
    func known() async throws -> (log: KnownLog, reader: EntryReader) {
        let evidence = EvidenceDirectory(path: (try? Home().evidence) ?? ".")
        let log = try await auditor().known(by: try memory(), evidence: evidence)
        if let larger = log.larger {
            Output.talk(
                "This log has \(log.checkpoint.size) entries. This machine has verified \(larger) of the same ledger: ask "
                    + "another server, or bring the mirror up to date.")
        }
        return (log, EntryReader(log, from: try source()))
    }

    /// The place given, else the ledger's URL in the charter. Long work over it shows how far it is.
    func source() throws -> any EntrySource {
        if let ledger, ledger.contains("://"), ServerAddress(ledger) == nil {
            throw CofferError(.usage, "\(ledger) is not the URL of a server.", hint: "Name it as http://host:port.")
        }
        return ProgressSource(Self.source(of: try ledger ?? PinnedCharter.ledgerURL(try pinned.pin())))
    }

    static func source(of place: String) -> any EntrySource {
        place.contains("://") ? HTTPSource(url: place) : DirectorySource(TileDirectory(path: place))
    }
}
