import Files
import Glibc
package import Sealing

/// When a segment begins and ends, and when it came into the vault, to the minute.
///
/// They are the name of an empty file beside the segment's parts, so that `rm` selects by time while the vault is
/// locked, in a copy of the vault too. The time of arrival alone would not do: what is imported or restored arrives long
/// after it was recorded.
package struct SegmentTimes: Hashable, Sendable {
    /// Rounded down.
    package let from: Milliseconds
    /// Rounded up.
    package let until: Milliseconds
    /// Rounded up, so that the review window never begins early.
    package let arrived: Milliseconds

    private static let minute: Milliseconds = 60_000

    package init(from: Milliseconds, until: Milliseconds, arrived: Milliseconds) {
        self.from = from / Self.minute * Self.minute
        self.until = (until + 59_999) / Self.minute * Self.minute
        self.arrived = (arrived + 59_999) / Self.minute * Self.minute
    }

    /// The hex digits of three u32: the minutes since 1970.
    var name: String {
        var writer = ByteWriter()
        for time in [from, until, arrived] { writer.u32(UInt32(clamping: time / Self.minute)) }
        return Hex.encode(writer.bytes)
    }

    /// Nil for a name that is not of this form.
    init?(name: some StringProtocol) {
        guard name.utf8.count == 24, let bytes = try? Hex.decode(String(name)) else { return nil }
        var reader = ByteReader(bytes)
        guard let from = try? reader.u32(), let until = try? reader.u32(), let arrived = try? reader.u32(),
            from <= until
        else { return nil }
        self.init(from: from * Self.minute, until: until * Self.minute, arrived: arrived * Self.minute)
    }
}

extension VaultDirectory {
    /// The times of the stored segments. A segment without an entry has none that can be relied on.
    package func times() throws(CofferError) -> [Hash256: SegmentTimes] {
        var times = try namedTimes()
        for id in try segmentIDs() where times[id] == nil { times[id] = fileTimes(id) }
        return times
    }

    /// Names the times of segments whose name is missing, for a later `rm` in a locked vault. On a full disk they stay
    /// without.
    func nameTimes(of segments: some Sequence<IndexedSegment>) throws(CofferError) {
        let named = try namedTimes()
        for segment in segments where named[segment.id] == nil {
            try? name(
                SegmentTimes(from: segment.from, until: segment.until, arrived: segment.arrived), of: segment.id)
        }
    }

    /// Writes the empty file. It is durable after the next durable write in the directory.
    func name(_ times: SegmentTimes, of id: Hash256) throws(CofferError) {
        try DurableFile.explained { () throws(FileError) in
            _ = try DiskFile(
                "\(segmentFile(id)).\(times.name)", O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600)
        }
    }

    /// The times that are in a name. A segment with two such names has none.
    private func namedTimes() throws(CofferError) -> [Hash256: SegmentTimes] {
        var found: [Hash256: SegmentTimes] = [:]
        var ambiguous: Set<Hash256> = []
        for name in try DurableFile.names(in: path + "/segments") {
            let parts = name.split(separator: ".", maxSplits: 1)
            guard parts.count == 2, let times = SegmentTimes(name: parts[1]),
                let id = try? Hash256(hex: String(parts[0]))
            else { continue }
            if found.updateValue(times, forKey: id) != nil { ambiguous.insert(id) }
        }
        for id in ambiguous { found[id] = nil }
        return found
    }

    /// The times that vaults of earlier versions keep in the modification times of header, body and label. Nil when a
    /// copy of the vault has lost them: then these are not whole minutes, or all the same.
    private func fileTimes(_ id: Hash256) -> SegmentTimes? {
        let file = segmentFile(id)
        guard let from = Self.modified(file + ".header"), let until = Self.modified(file + ".body"),
            let arrived = Self.modified(file + ".label")
        else { return nil }
        let times = SegmentTimes(from: from, until: until, arrived: arrived)
        guard times.from == from, times.until == until, from < until else { return nil }
        return until - from <= SegmentSpan.maximumDuration + 60_000 ? times : nil
    }

    private static func modified(_ path: String) -> Milliseconds? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mtim.tv_sec >= 0 else { return nil }
        // Rounded up, so that a part of a millisecond is not taken for a whole minute.
        return Milliseconds(Seconds(clamping: status.st_mtim.tv_sec))
            + Milliseconds(clamping: (status.st_mtim.tv_nsec + 999_999) / 1_000_000)
    }
}
