import Audit
import Glibc
import Keys
import Ledger
import Replica
import Rules
import Sealing

extension ServerFindings {
    /// Checks that the key belongs to the charter, and that the log in the folder is complete at its edge, signed and
    /// fresh. Returns the terms for the other checks.
    mutating func log(_ options: ServeOptions, key: OrgKeyFile, charter: CharterFile, now: Milliseconds) async
        -> CharterTerms
    {
        guard let folder = Self.logDirectory(options.dir, key.role) else {
            named(key, [charter.terms])
            return charter.terms
        }
        if key.role == .ledger, access(folder + "/restoring", F_OK) == 0 {
            add(
                "A restoration of the ledger was interrupted.",
                "run the same coffer serve restore-ledger again; until then the ledger does not start")
        }
        let tiles = TileDirectory(path: folder)
        guard let bytes = try? tiles.checkpoint() else {
            named(key, [charter.terms])
            notes.append("There is no log in \(folder) yet.")
            return charter.terms
        }
        guard let note = try? SignedNote(checkpoint: bytes), let checkpoint = try? Checkpoint(parsing: note.text),
            checkpoint.origin == charter.origin
        else {
            add("The checkpoint in \(folder) is not from this charter's ledger.", "use the folder that belongs to it")
            return charter.terms
        }
        edge(tiles, checkpoint)
        let state = await state(tiles, note, charter)
        let terms = state?.charter?.terms ?? charter.terms
        named(key, [charter.terms, state?.charter?.terms, state?.announced?.terms].compactMap(\.self))
        if let policy = terms.checkpointPolicy(origin: charter.origin), let checkpoint = try? policy.verify(note) {
            age(checkpoint, terms, now)
            stamps(tiles, checkpoint, terms, now)
        } else {
            add(
                "The published checkpoint is not signed by the ledger and a quorum of its cosigners.",
                "compare it with a broker's; if they differ, run coffer audit verify and keep the evidence")
        }
        return terms
    }

    private static func logDirectory(_ folder: String, _ role: OrgRole) -> String? {
        switch role {
        case .ledger: folder
        case .broker: folder + "/ledger"
        case .witness: folder + "/followed"
        default: nil
        }
    }

    /// Whether any of these terms name the key in its role.
    private mutating func named(_ key: OrgKeyFile, _ terms: [CharterTerms]) {
        let note = key.noteKey.publicKey
        let isNamed = terms.contains { terms in
            switch key.role {
            case .ledger: terms.ledgerKey == note
            case .broker:
                terms.brokers.contains {
                    $0.noteKey == note && $0.cosigner == key.cosignerKey?.publicKey
                        && $0.sealing == key.sealingKey?.publicKey
                }
            case .witness: terms.witnesses.contains { $0.key == key.cosignerKey?.publicKey }
            case .desk: terms.desk.key == note
            default: false
            }
        }
        if !isNamed {
            add(
                "Neither the charter nor an amendment in the log names this \(key.role.rawValue)'s key.",
                "name the key or the charter that belongs to this server")
        }
    }

    private mutating func edge(_ tiles: TileDirectory, _ checkpoint: Checkpoint) {
        let fix = "restore tile/ from a broker or a mirror: they are public; then coffer audit verify"
        guard let edge = try? TileEdge(reading: tiles, size: checkpoint.size.rawValue) else {
            return add("A tile at the log's edge is missing or damaged.", fix)
        }
        if edge.root != checkpoint.root {
            add("The tiles at the log's edge do not match the root of its checkpoint.", fix)
        }
    }

    /// The state after a replay of the whole log, if the charter alone does not verify the checkpoint.
    private mutating func state(_ tiles: TileDirectory, _ note: SignedNote, _ charter: CharterFile) async
        -> LedgerState?
    {
        if let policy = charter.terms.checkpointPolicy(origin: charter.origin), (try? policy.verify(note)) != nil,
            (try? tiles.handover(charter: 0)) == nil
        {
            return nil
        }
        do throws(CofferError) {
            return try await Auditor(pin: charter.pin, source: DirectorySource(tiles)).replay().state
        } catch {
            add(error, "run coffer audit verify on this folder")
            return nil
        }
    }

    /// The newest entry must not be from the future, since nothing is answered or signed until then.
    private mutating func stamps(
        _ tiles: TileDirectory, _ checkpoint: VerifiedCheckpoint, _ terms: CharterTerms, _ now: Milliseconds
    ) {
        guard checkpoint.size > 0 else { return }
        let bundle = (checkpoint.size - 1) / 256
        let entries = try? tiles.entries(bundle: bundle, width: Int(clamping: checkpoint.size - bundle * 256))
        guard let newest = entries?.compactMap({ try? Entry.stamp(of: $0) }).max(), newest > now + terms.tolerance
        else { return }
        add(
            "The log's newest entry is stamped \(CivilTime(newest).rfc3339), ahead of this machine's clock.",
            "set this machine's clock by NTP; if it is right, a quorum's clocks were wrong: wait, or begin a new origin"
        )
    }

    private mutating func age(_ checkpoint: VerifiedCheckpoint, _ terms: CharterTerms, _ now: Milliseconds) {
        guard let seconds = checkpoint.quorumTime, seconds.rawValue < 1 << 40 else { return }
        let cosigned = Milliseconds(seconds)
        if cosigned > now + terms.tolerance {
            add(
                "This machine's clock is \(Seconds(cosigned - now)) s behind its cosigners'.",
                "set it by NTP: a broker with a wrong clock answers no ask")
        } else if cosigned + terms.freshness < now {
            add(
                "The newest checkpoint here was cosigned \((now - cosigned) / 60_000) minutes ago.",
                "check this machine's clock, and that the ledger runs and reaches a quorum; without a fresh checkpoint "
                    + "no broker answers")
        }
    }
}
