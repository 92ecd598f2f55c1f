import Files
import Sealing

/// A file of a machine's own that nobody can plant: u64 milliseconds when it was made, its bytes, then the machine's
/// signature over its name and both.
struct SignedFile {
    let path: String
    private let key: SigningKey

    init(path: String, key: SigningKey) {
        self.path = path
        self.key = key
    }

    /// The bytes, and when they were written; nil unless this machine signed them under this name.
    func read(atMost limit: Int) -> (bytes: Bytes, made: Milliseconds)? {
        guard let file = try? DiskFileSystem().read(path, atMost: limit), file.count > Self.signatureCount else {
            return nil
        }
        let body = Array(file.dropLast(Self.signatureCount))
        let signature = Array(file.suffix(Self.signatureCount))
        guard key.publicKey.isValid(signature: signature, over: signed(body)) else { return nil }
        var reader = ByteReader(body)
        guard let made = try? reader.milliseconds() else { return nil }
        return (Array(body.dropFirst(body.count - reader.remaining)), made)
    }

    func write(_ bytes: Bytes, made: Milliseconds) throws(FileError) {
        var writer = ByteWriter()
        writer.milliseconds(made)
        writer.append(bytes)
        let body = writer.bytes
        let durable = Durable()
        try durable.makeDirectories(Durable.split(path).directory)
        try durable.write(body + key.signature(over: signed(body)), to: path)
    }

    private func signed(_ body: Bytes) -> Bytes {
        var writer = ByteWriter(D("audit-file"))
        writer.lp(Durable.split(path).name)
        writer.append(Hash256(of: body))
        return writer.bytes
    }

    private static let signatureCount = 64
}
