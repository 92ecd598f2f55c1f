import Files
import Records
import Sealing

/// Turns journals that a crash left behind into segments, signed by the keyholder's own key (Design, "Journals").
extension OpenVault {
    struct Adoption {
        var records = 0
        var alarms: [Alarm] = []
    }

    func adoptOrphans(now: Milliseconds) throws(CofferError) -> Adoption {
        var adoption = Adoption()
        let journals = directory.path + "/journals"
        for name in try DurableFile.names(in: journals) where JournalFile.opened(name) != nil {
            try directory.exclusively { () throws(CofferError) in
                guard let journal = try JournalFile(orphan: name, in: journals) else { return }
                guard let count = try adopt(journal, now: now) else {
                    adoption.alarms.append(Alarm(reason: .journal, name: name))
                    return
                }
                adoption.records += count
            }
        }
        return adoption
    }

    /// How many records were adopted; nil when it does not open or another device wrote it. Then it stays, so that the
    /// alarm can be investigated. A journal that is damaged inside is kept aside when its other records are adopted.
    private func adopt(_ file: JournalFile, now: Milliseconds) throws(CofferError) -> Int? {
        let bytes: Bytes
        do throws(CofferError) { bytes = try file.contents() } catch {
            guard error.code == .tampering else { throw error }
            return nil
        }
        // It is empty: the crash came before the first frame was durable.
        if bytes.count <= SealedBox.sealedKeyCount + 4 {
            try file.remove()
            return 0
        }
        let journal: JournalSalvage
        do { journal = try JournalSalvage.open(bytes, with: keys.sealing) } catch {
            if case .malformed(.truncated) = error {
                try file.remove()
                return 0
            }
            return nil
        }
        guard (try? certificates())?.certifies(journal.device) == true else { return nil }
        if journal.isDamaged { guard directory.copyAside(.journals, file.name) else { return nil } }
        let records = journal.runs.flatMap { run in
            // Pixels after a gap can be shown from the next key frame on.
            journal.kind == .screen ? run.drop { !Self.isKeyFrame($0) } : run[...]
        }
        let cleaned = SecretRemoval(directory.secretFilter).cleaned(records, kind: journal.kind)
        try directory.finish(file.name, as: try seal(cleaned, kind: journal.kind, app: journal.app, arrived: now))
        return records.count
    }

    private static func isKeyFrame(_ record: Record) -> Bool {
        record.tiles.flatMap { try? TileSet(parsing: record.json, compressed: $0) }?.isKey == true
    }

    /// Seals records under the keyholder's key, in as many segments as their limits require.
    func seal(_ records: [Record], kind: Kind, app: AppName, arrived: Milliseconds) throws(CofferError)
        -> [PlacedSegment]
    {
        var segments: [PlacedSegment] = []
        for run in SegmentRuns.split(records) {
            guard let first = run.map(\.time).min(), let last = run.map(\.time).max() else { continue }
            do {
                segments.append(
                    PlacedSegment(
                        segment: try SealedSegment.seal(
                            run, kind: kind, app: app, device: device, to: keys.sealing.publicKey),
                        times: SegmentTimes(from: first, until: last, arrived: arrived)))
            } catch {
                throw CofferError(.bug, "Records cannot be sealed.")
            }
        }
        return segments
    }
}

/// A sealed segment and its times.
struct PlacedSegment {
    let segment: SealedSegment
    let times: SegmentTimes
}
