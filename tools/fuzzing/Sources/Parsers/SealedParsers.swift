import CofferTestKit
import Crypto
import Rules

@testable import Sealing

/// What is sealed. A changed file does not open, so most of these seal the fuzzer's bytes as content first.
extension FuzzTarget {
    static let sealed: [FuzzTarget] = [
        FuzzTarget("chunked-encryption", seeds: { [try sealed([1, 2, 3]), try sealed([])] }) { openChanged($0) },
        FuzzTarget("page-body", runs: 3000, seeds: { [page] }) { openPage($0) },
        FuzzTarget("page-index", runs: 3000, seeds: { [index, linkedIndex] }) { content in
            for isLinked in [false, true] { openIndex(content, isLinked: isLinked) }
        },
        .parser("page-entry", seeds: { [entry.encoded] }) { try PageEntry(parsing: $0).encoded },
        .parser("segment-label", seeds: { [label.encoded] }) { try SegmentLabel(parsing: $0).encoded },
        .parser("scope", seeds: { [scope.json.encoded] }) { try Scope(try CanonicalJSON(parsing: $0)).json.encoded },
        FuzzTarget("journal", runs: 3000, seeds: { [[0, 0, 0, 0, 20] + Bytes(repeating: 7, count: 20), journal] }) {
            readJournal($0)
        },
        FuzzTarget("segment-body", seeds: { [segment] }) { _ = try? SealedSegment.records(in: $0, kind: .keys) },
    ]

    private static let salt = Bytes(repeating: 7, count: ChunkedEncryption.saltCount)
    private static let x = Hash256(of: Array("x".utf8))
    private static let ann = Scenario.key("ann")
    private static let time = Scenario.noon

    private static func sealed(_ plaintext: Bytes) throws -> Bytes {
        try ChunkedEncryption.seal(plaintext, key: Material.key, context: x.bytes, salt: salt)
    }

    /// Only what was sealed opens. The salt is the fuzzer's to change: then the key is another, and nothing opens.
    private static func openChanged(_ file: Bytes) {
        guard let opened = try? ChunkedEncryption.open(file, key: Material.key, context: x.bytes) else { return }
        hold((try? sealed(opened)) == file, "a file that nobody sealed opens")
    }

    private static let app: AppName = Scenario.names(["code"])[0]
    private static let entry = PageEntry(
        kind: .keys, app: app, device: 1, from: time, until: time + 1000, count: 3, bodyHash: x)

    private static let page: Bytes = {
        var writer = ByteWriter()
        writer.u32(1)
        writer.lp(entry.encoded)
        writer.append(x)
        writer.append(x)
        return writer.bytes
    }()

    /// The content signed and sealed as a page's: what opens is sealed again to the same file.
    private static func openPage(_ content: Bytes) {
        guard
            let file = try? SignedBody.seal(content, x: x, key: Material.key, pseudonym: ann, salt: salt),
            let items = try? Page.open(
                file, x: x, key: Material.key, pseudonym: ann.publicKey, kind: .keys, app: app, day: Day(of: time))
        else { return }
        let again = try? Page.seal(items, x: x, key: Material.key, pseudonym: ann, salt: salt)
        hold(again == file, "a page was read that is written in another way")
    }

    private static let monday = Day(of: time).monday
    private static let scope: Scope = {
        guard let scope = try? Scope(kinds: [.keys], apps: [app], from: monday, until: monday + 6) else {
            fatalError("the seed's scope is one")
        }
        return scope
    }()

    private static let index: Bytes = {
        var writer = ByteWriter()
        writer.lp(scope.json.encoded)
        writer.append(x)
        writer.u32(1)
        writer.append(Scenario.page(1).bytes)
        writer.lp(Kind.keys.rawValue)
        writer.lp(app.string)
        writer.u32(monday)
        writer.append(x)
        return writer.bytes
    }()

    /// The link of a second index, then the same content.
    private static let linkedIndex: Bytes = {
        var writer = ByteWriter()
        writer.u32(1)
        writer.u16(0)
        writer.u32(1)
        writer.u32(monday)
        writer.u32(0)
        writer.u8(1)
        writer.append(index)
        return writer.bytes
    }()

    private static func openIndex(_ content: Bytes, isLinked: Bool) {
        var reader = ByteReader(content)
        guard !isLinked || (try? reader.take(19)) != nil else { return }
        // The commitment is made to fit, so that the fuzzer reaches the lines.
        guard let json = try? reader.lp(), let scopeSalt = try? reader.hash(),
            let file = try? SignedBody.seal(content, x: x, key: Material.key, pseudonym: ann, salt: salt),
            let index = try? PageIndex.open(
                file, x: x, key: Material.key, pseudonym: ann.publicKey, monday: monday,
                scopeCommitment: Hash256(of: D("scope") + scopeSalt.bytes + json), isLinked: isLinked)
        else { return }
        let again = try? index.seal(x: x, key: Material.key, pseudonym: ann, salt: salt)
        hold(again == file, "an index was read that is written in another way")
    }

    private static let label = SegmentLabel(
        kind: .keys, app: app, from: time, until: time + 1000, count: 3, bodyHash: x, nonce: Array(0..<16),
        signedBy: ann)

    private static let segment: Bytes = {
        var writer = ByteWriter()
        writer.u32(UInt32(RecordSeeds.keys.count))
        writer.append(RecordSeeds.keys)
        writer.pad(to: Padme.padded(writer.bytes.count))
        return writer.bytes
    }()

    /// A first byte of 0: the rest is a file's frames as they lie. Else: lp strings, each sealed as a frame.
    private static let journal: Bytes = {
        var writer = ByteWriter([1])
        writer.lp(Journal.prologue(kind: .keys, app: app, device: ann.publicKey, opened: time))
        var frame = ByteWriter()
        frame.u32(UInt32(RecordSeeds.keys.count))
        frame.append(RecordSeeds.keys)
        frame.pad(to: Journal.minimumFrameCount)
        writer.lp(frame.bytes)
        return writer.bytes
    }()

    private static func readJournal(_ bytes: Bytes) {
        var file = Bytes(repeating: 0, count: SealedBox.sealedKeyCount)
        var reader = ByteReader(bytes)
        guard let mode = try? reader.u8() else { return }
        if mode == 0 {
            file += bytes.dropFirst()
        } else {
            var number: UInt64 = 0
            while let plaintext = try? reader.lp() {
                guard let box = try? AES.GCM.seal(plaintext, using: Material.key, nonce: Journal.nonce(number)) else {
                    return
                }
                var writer = ByteWriter()
                writer.u32(UInt32(plaintext.count + 16))
                writer.append(box.ciphertext)
                writer.append(box.tag)
                file += writer.bytes
                number += 1
            }
            file += bytes.suffix(reader.remaining)
        }
        guard let journal = try? JournalReader.read(file, key: Material.key) else { return }
        hold((try? Record.encode(journal.records, kind: journal.kind)) != nil, "a journal holds what is no record")
    }
}
