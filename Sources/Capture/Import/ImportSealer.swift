import Files
package import Foundation
import Records
package import Sealing
import Vault

/// Seals recordings into segments like live capture: one kind, app and UTC day, at most an hour and 8 MiB.
///
/// A file is stored only if all of it can be read and sealed. Recordings whose times are not known follow each other.
package struct ImportSealer {
    package struct ImportSummary: Hashable, Sendable {
        package var recordings = 0
        package var records = 0
        package var segments = 0
        /// Times of the first and last record.
        package var from: Milliseconds = .max
        package var until: Milliseconds = 0
        /// What was passed over, and how often.
        package var passed: [String: Int] = [:]
    }

    private let sealer: SegmentSealer
    private let now: Milliseconds
    private let zone: ForeignTime
    /// Where the next recording begins: of those whose times are not known, or of all if a start was given.
    private var cursor: Milliseconds
    private let placesAll: Bool

    /// `start` is when the first recording begins. Without it, recordings keep their times, and those without times
    /// end now.
    package init(sealer: SegmentSealer, now: Milliseconds, start: Milliseconds? = nil, zone: TimeZone = .gmt) {
        self.sealer = sealer
        self.now = now
        self.zone = ForeignTime(zone: zone)
        cursor = start ?? now
        placesAll = start != nil
    }

    /// Checks the files and makes room for those whose times are not known, so that the last one ends now.
    package mutating func plan(_ paths: [String], format: ImportFormat, app: AppName?) throws(CofferError) {
        guard !placesAll, format.mayBeRelative else { return }
        var total: Milliseconds = 0
        for path in paths {
            let span = ImportSpan()
            try format.read(path, ImportOptions(app: app, zone: zone), into: span)
            total += span.total + (total == 0 ? 0 : ImportSpan.gap)
        }
        cursor = now - min(now, total)
    }

    /// `again` allows a recording that was imported already.
    package mutating func seal(_ path: String, format: ImportFormat, app: AppName?, again: Bool = false)
        throws(CofferError) -> ImportSummary
    {
        let building = try RecordingSealer(sealer, now: now, cursor: cursor, placesAll: placesAll)
        try format.read(path, ImportOptions(app: app, zone: zone), into: building)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard building.summary.records > 0 else {
            throw CofferError(.usage, "The recording at \(path) is empty.", rule: "import.empty")
        }
        guard building.summary.until <= now else {
            throw CofferError(
                .usage, "The recording at \(path) would end in the future.", rule: "import.time",
                hint: "Give its start with --start, or the zone of its times with TZ.")
        }
        if !again, let when = try sealer.vault.imported(building.hash) {
            throw CofferError(
                .usage, "\(name) was imported already, on \(CivilTime(when).rfc3339).", rule: "import.again",
                hint: "Nothing of it was imported. Use --again to import it a second time.")
        }
        try building.finish()
        try sealer.vault.noteImport(building.hash, at: now)
        try building.store()
        cursor = building.cursor
        return building.summary
    }
}
