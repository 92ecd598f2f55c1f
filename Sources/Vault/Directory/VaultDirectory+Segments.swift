import Files
import Glibc
package import Sealing

/// Stores closed segments, and repairs what a crash leaves.
extension VaultDirectory {
    /// How many segments are stored by one wait for the disk, and the fewest for which that is worth it: it waits for
    /// what others have written, too.
    private static let batch = 512
    private static let smallBatch = 8

    /// Stores many segments like `store`, with a few waits for the disk in all. They are made one after the other.
    package func store(
        _ count: Int, each segment: (Int) throws(CofferError) -> (SealedSegment, SegmentTimes)
    ) throws(CofferError) {
        for start in stride(from: 0, to: count, by: Self.batch) {
            let range = start..<min(start + Self.batch, count)
            try exclusively { () throws(CofferError) in try place(range, each: segment) }
        }
    }

    private func place(
        _ range: Range<Int>, each segment: (Int) throws(CofferError) -> (SealedSegment, SegmentTimes)
    ) throws(CofferError) {
        guard range.count >= Self.smallBatch else {
            for number in range {
                let (segment, times) = try segment(number)
                try place(segment, times)
            }
            return
        }
        var parts = DurableBatch(in: path + "/segments")
        // A label makes its segment exist, so labels come after everything else is on the disk.
        var labels: [(name: String, bytes: Bytes)] = []
        for number in range {
            let (segment, times) = try segment(number)
            try name(times, of: segment.id)
            try parts.add(segment.header, as: segment.id.hex + ".header")
            try parts.add(segment.body, as: segment.id.hex + ".body")
            labels.append((segment.id.hex + ".label", segment.label))
        }
        try parts.finish()
        for label in labels { try parts.add(label.bytes, as: label.name) }
        try parts.finish()
    }

    /// Stores a segment that had no journal here (an import). Durable when it returns; the label is written last.
    package func store(_ segment: SealedSegment, _ times: SegmentTimes) throws(CofferError) {
        try exclusively { () throws(CofferError) in try place(segment, times) }
    }

    /// Stores the segment and removes its journal. Returns false and stores nothing if `rm` removed the journal: then
    /// the caller must forget the records.
    @discardableResult
    package func close(_ journal: JournalFile, as segment: SealedSegment, _ times: SegmentTimes) throws(CofferError)
        -> Bool
    {
        try exclusively { () throws(CofferError) in
            if journal.isRemoved { return false }
            // After a crash between storing and removing, this tells `recover` that they are the same records.
            try DurableFile.write(segment.id.bytes, to: "\(path)/closing/\(journal.name)")
            try place(segment, times)
            try DurableFile.remove("\(path)/journals/\(journal.name)")
            try DurableFile.remove("\(path)/closing/\(journal.name)")
            return true
        }
    }

    /// Writes a segment's files: times, header, body, then the label, which makes the segment exist. The lock must be
    /// held.
    package func place(_ segment: SealedSegment, _ times: SegmentTimes) throws(CofferError) {
        let file = segmentFile(segment.id)
        try name(times, of: segment.id)
        try DurableFile.write(segment.header, to: file + ".header")
        try DurableFile.write(segment.body, to: file + ".body")
        try DurableFile.write(segment.label, to: file + ".label")
    }

    /// Replaces a journal by these segments. The lock must be held.
    func finish(_ journal: String, as segments: [PlacedSegment]) throws(CofferError) {
        try DurableFile.write(segments.flatMap { $0.segment.id.bytes }, to: "\(path)/closing/\(journal)")
        for placed in segments { try place(placed.segment, placed.times) }
        try DurableFile.remove("\(path)/journals/\(journal)")
        try DurableFile.remove("\(path)/closing/\(journal)")
    }

    /// Finishes or undoes what a crash interrupted.
    package func recover() throws(CofferError) {
        try exclusively { () throws(CofferError) in
            // Intents are written under this lock, so a file that is not whole is a dead process's.
            for part in ["closing", "removals"] {
                try DurableFile.explained { () throws(FileError) in
                    try Durable().removeTemporaries(in: "\(path)/\(part)")
                }
            }
            try finishClosings()
            try finishRemovals()
            try finishErases()
            let names = try DurableFile.names(in: path + "/segments")
            let whole = Set(names.filter { $0.hasSuffix(".label") }.map { String($0.dropLast(6)) })
            for name in names where !name.hasSuffix(".label") {
                let id = name.prefix { $0 != "." }
                if !whole.contains(String(id)) { try DurableFile.remove("\(path)/segments/\(name)") }
            }
        }
    }

    /// Removes a journal whose segments are all stored; otherwise removes the segments, and the journal is an orphan.
    private func finishClosings() throws(CofferError) {
        let intents = try readAll(.closing, atMost: 1 << 20) { name, bytes in
            guard JournalFile.opened(name) != nil else { throw FormatError.notCanonical }
            var reader = ByteReader(bytes)
            var ids: [Hash256] = []
            while reader.remaining > 0 { ids.append(try reader.hash()) }
            return (name, ids)
        }
        for (journal, ids) in intents {
            let intent = "\(path)/closing/\(journal)"
            // An intent without segments names no stored record, so the journal stays and is adopted.
            if !ids.isEmpty, ids.allSatisfy(hasSegment) {
                try DurableFile.remove("\(path)/journals/\(journal)")
            } else if DurableFile.exists("\(path)/journals/\(journal)") {
                for id in ids {
                    for part in ["label", "body", "header"] { try DurableFile.remove("\(segmentFile(id)).\(part)") }
                }
            }
            try DurableFile.remove(intent)
        }
    }

    /// Ids of all stored segments, ascending.
    package func segmentIDs() throws(CofferError) -> [Hash256] {
        try DurableFile.names(in: path + "/segments").compactMap { name in
            name.hasSuffix(".label") ? try? Hash256(hex: String(name.dropLast(6))) : nil
        }
    }

    /// Whether the segment is known to be gone, and not only unreadable now.
    func isGone(_ id: Hash256) -> Bool {
        DurableFile.exists(path + "/segments") && access(segmentFile(id) + ".label", F_OK) != 0 && errno == ENOENT
    }

    package func hasSegment(_ id: Hash256) -> Bool { DurableFile.exists(segmentFile(id) + ".label") }
    func segmentFile(_ id: Hash256) -> String { "\(path)/segments/\(id.hex)" }

    package func header(_ id: Hash256) throws(CofferError) -> Bytes { try part(id, "header", atMost: 4096) }
    package func label(_ id: Hash256) throws(CofferError) -> Bytes { try part(id, "label", atMost: 4096) }
    /// The size limit in bytes: a padded and sealed body is under 9 MiB.
    package func body(_ id: Hash256) throws(CofferError) -> Bytes {
        try part(id, "body", atMost: 2 * SegmentSpan.maximumRecordBytes)
    }

    private func part(_ id: Hash256, _ part: String, atMost limit: Int) throws(CofferError) -> Bytes {
        guard let bytes = try DurableFile.read("\(segmentFile(id)).\(part)", atMost: limit) else {
            throw CofferError(.notFound, "There is no such segment.")
        }
        return bytes
    }

    /// Runs `body` under the lock by which one process at a time closes, adopts, rewrites or removes segments. Hold it
    /// for file operations only.
    func exclusively<R>(_ body: () throws(CofferError) -> R) throws(CofferError) -> R {
        try FileLock.exclusive(path + "/lock", body)
    }
}
