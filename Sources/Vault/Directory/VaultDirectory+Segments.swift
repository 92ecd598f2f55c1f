import Files
import Glibc
package import Sealing

/// Stores closed segments, and repairs what a crash leaves.
extension VaultDirectory {
    /// Stores a segment that had no journal here (an import). Durable when it returns; the label is written last.
    package func store(_ segment: SealedSegment, from: Milliseconds, until: Milliseconds) throws(CofferError) {
        try exclusively { () throws(CofferError) in try place(segment, from: from, until: until, arrived: nil) }
    }

    /// Stores the segment and removes its journal. Returns false and stores nothing if `rm` removed the journal: then
    /// the caller must forget the records.
    @discardableResult
    package func close(_ journal: JournalFile, as segment: SealedSegment, from: Milliseconds, until: Milliseconds)
        throws(CofferError) -> Bool
    {
        try exclusively { () throws(CofferError) in
            if journal.isRemoved { return false }
            // After a crash between storing and removing, this tells `recover` that they are the same records.
            try DurableFile.write(segment.id.bytes, to: "\(path)/closing/\(journal.name)")
            try place(segment, from: from, until: until, arrived: nil)
            try DurableFile.remove("\(path)/journals/\(journal.name)")
            try DurableFile.remove("\(path)/closing/\(journal.name)")
            return true
        }
    }

    /// Writes a segment's files: header, body, then the label, which makes the segment exist. The lock must be held.
    package func place(_ segment: SealedSegment, from: Milliseconds, until: Milliseconds, arrived: Milliseconds?)
        throws(CofferError)
    {
        let file = segmentFile(segment.id)
        try DurableFile.write(segment.header, to: file + ".header", modified: from / 60_000 * 60_000)
        try DurableFile.write(segment.body, to: file + ".body", modified: (until + 59_999) / 60_000 * 60_000)
        try DurableFile.write(segment.label, to: file + ".label", modified: arrived)
    }

    /// Replaces a journal by these segments. The lock must be held.
    func finish(_ journal: String, as segments: [PlacedSegment]) throws(CofferError) {
        try DurableFile.write(segments.flatMap { $0.segment.id.bytes }, to: "\(path)/closing/\(journal)")
        for placed in segments {
            try place(placed.segment, from: placed.from, until: placed.until, arrived: placed.arrived)
        }
        try DurableFile.remove("\(path)/journals/\(journal)")
        try DurableFile.remove("\(path)/closing/\(journal)")
    }

    /// Finishes or undoes what a crash interrupted.
    package func recover() throws(CofferError) {
        try exclusively { () throws(CofferError) in
            try finishClosings()
            try finishRemovals()
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
        for journal in try DurableFile.names(in: path + "/closing") where JournalFile.opened(journal) != nil {
            let intent = "\(path)/closing/\(journal)"
            var reader = ByteReader(try DurableFile.read(intent, atMost: 1 << 20) ?? [])
            var ids: [Hash256] = []
            while let id = try? reader.hash() { ids.append(id) }
            if ids.allSatisfy(hasSegment) {
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

    /// The segment's begin and end to the minute, and its arrival, from its file times.
    func times(_ id: Hash256) -> (from: Milliseconds, until: Milliseconds, arrived: Milliseconds)? {
        let file = segmentFile(id)
        guard let from = Self.modified(file + ".header"), let until = Self.modified(file + ".body"),
            let arrived = Self.modified(file + ".label")
        else { return nil }
        return (from, until, arrived)
    }

    static func modified(_ path: String) -> Milliseconds? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Milliseconds(Seconds(clamping: status.st_mtim.tv_sec))
            + Milliseconds(clamping: status.st_mtim.tv_nsec / 1_000_000)
    }

    /// Runs `body` under the lock by which one process at a time closes, adopts, rewrites or removes segments. Hold it
    /// for file operations only.
    func exclusively<R>(_ body: () throws(CofferError) -> R) throws(CofferError) -> R {
        try FileLock.exclusive(path + "/lock", body)
    }
}
