package import Ledger
import Sealing

/// Two signed heads of one log that cannot both be true, in a plain text file for anyone to check (DESIGN §8).
package struct EvidenceFolder: Sendable {
    private let path: String
    private let durable: Durable

    package init(path: String, files: any FileSystem = DiskFileSystem()) {
        self.path = path
        self.durable = Durable(files)
    }

    /// Writes the file, once for each pair of heads, and says so in the error that its reader must throw.
    func fork(known: VerifiedCheckpoint, other: SignedNote, what: String) -> CofferError {
        let checkpoint = try? Checkpoint(parsing: other.text)
        let root = checkpoint?.root.prefix8 ?? other.hash.prefix8
        let name = "fork-\(known.size)-\(known.root.prefix8)-\(checkpoint?.size ?? 0)-\(root).txt"
        let text =
            Array("Evidence against a log: \(what)\nBoth heads are signed notes; cut each out and verify it.\n".utf8)
            + Array("\n==== the head that was known ====\n".utf8) + known.note.encoded
            + Array("\n==== the other head ====\n".utf8) + other.encoded
        let file = "\(path)/\(name)"
        var place = "The evidence lies in \(file)."
        do throws(FileError) {
            try durable.makeDirectories(path)
            if try durable.files.read(file) == nil { try durable.write(text, to: file) }
        } catch {
            place = "The evidence could not be written to \(file): \(error)."
        }
        return CofferError(
            .tampering, "\(what) \(place)", rule: "fork",
            hint: "Do not try again. Show the evidence to the ledger's operator, the witnesses and an auditor.")
    }
}
