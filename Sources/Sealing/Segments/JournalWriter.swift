internal import Crypto
internal import FoundationEssentials

/// Seals frames under the journal's key, each with its own number. It cannot be copied, so no number is used twice.
package struct JournalWriter: ~Copyable, Sendable {
    private let key: SymmetricKey
    private let kind: Kind
    private var number: UInt64 = 0
    /// The file's beginning: the sealed key and frame 0. Nothing in it depends on what is recorded later.
    package private(set) var prologue: Bytes = []

    package init(
        kind: Kind, app: AppName, device: VerifyingKey, opened: Milliseconds, to recipient: SealingPublicKey
    ) throws(SealingError) {
        try self.init(
            kind: kind, app: app, device: device, opened: opened, to: recipient, key: SymmetricKey(size: .bits256))
    }

    /// Starts with a given key, for tests with known answers only.
    init(
        kind: Kind, app: AppName, device: VerifyingKey, opened: Milliseconds, to recipient: SealingPublicKey,
        key: SymmetricKey
    ) throws(SealingError) {
        self.key = key
        self.kind = kind
        let info = HPKEInfo.storage(.journal, recipient: recipient)
        let first = Journal.prologue(kind: kind, app: app, device: device, opened: opened)
        prologue = try SealedBox.seal(key: key, to: recipient, info: info)
        prologue += try seal(first)
    }

    /// The next frame. The caller appends it to the file, once.
    package mutating func frame(_ records: [Record]) throws(SealingError) -> Bytes {
        let kind = kind
        var plaintext = try parsing { () throws(FormatError) in
            try Record.padded(records, kind: kind, atLeast: Journal.minimumFrameCount)
        }
        defer { wipe(&plaintext) }
        return try seal(plaintext)
    }

    /// Reads the written file back with the key in memory, for closing the segment. Throws `.notAuthentic` for a file
    /// that is not as it was written.
    package func records(of file: Bytes) throws(SealingError) -> [Record] {
        let journal = try JournalReader.read(file, key: key, records: Record.split)
        guard journal.ending == .whole else { throw .notAuthentic }
        return journal.records
    }

    private mutating func seal(_ plaintext: Bytes) throws(SealingError) -> Bytes {
        do {
            let box = try AES.GCM.seal(plaintext, using: key, nonce: Journal.nonce(number))
            number += 1
            var writer = ByteWriter()
            writer.u32(UInt32(plaintext.count + 16))
            writer.append(box.ciphertext)
            writer.append(box.tag)
            return writer.bytes
        } catch {
            throw .keyUnusable
        }
    }
}
