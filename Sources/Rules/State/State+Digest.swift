package import Sealing

extension State {
    /// A SHA-256 over everything that acceptance has set: two replayers agree when their digests do.
    package var digest: Hash256 {
        var writer = ByteWriter(D("state"))
        func marks(_ mark: Mark?) {
            writer.u64(mark.map { $0.index + 1 } ?? 0)
            writer.u64(mark?.time ?? 0)
        }
        for record in charters {
            writer.append(record.hash)
            writer.u64(record.since)
        }
        for due in pending {
            writer.append(due.hash)
            writer.u64(due.effective)
        }
        for (hash, index) in accepted.sorted(by: { $0.key < $1.key }) {
            writer.append(hash)
            writer.u64(index)
        }
        for (hash, mark) in withdrawn.sorted(by: { $0.key < $1.key }) {
            writer.append(hash)
            marks(mark)
        }
        for (key, record) in pseudonyms.sorted(by: { $0.key < $1.key }) {
            writer.append(key.hash)
            for mark in [record.enrolled, record.dismissed, record.revoked] { marks(mark) }
            writer.append(record.consent?.bytes ?? [])
        }
        for (hash, record) in consents.sorted(by: { $0.key < $1.key }) {
            writer.append(hash)
            writer.u64(record.rosterEnded.map { $0 + 1 } ?? 0)
        }
        let erased = erasures.sorted { ($0.key.pseudonym, $0.key.consent) < ($1.key.pseudonym, $1.key.consent) }
        for (key, ids) in erased {
            writer.append(key.pseudonym.hash)
            writer.append(key.consent)
            for id in ids.sorted() { writer.append(id.bytes) }
        }
        for (hash, record) in halts.sorted(by: { $0.key < $1.key }) {
            writer.append(hash)
            marks(record.lifted)
        }
        for (key, size) in destructions.sorted(by: { $0.key < $1.key }) {
            writer.append(key.hash)
            writer.u64(size)
        }
        for (hash, count) in spent.sorted(by: { $0.key < $1.key }) {
            writer.append(hash)
            writer.u64(count)
        }
        return Hash256(of: writer.bytes)
    }
}
