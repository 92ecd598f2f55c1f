package import Files
package import Ledger
package import Sealing

/// The root that the smaller of two checkpoints should have by the larger one, with the hashes that give both roots.
package struct ForkProof {
    let root: Hash256
    let hashes: [Hash256]

    package init(root: Hash256, hashes: [Hash256]) {
        self.root = root
        self.hashes = hashes
    }
}

/// Evidence of signed contradictions, in plain text files that anyone can check (Design, "Evidence").
package struct EvidenceDirectory: Sendable {
    /// The line above each amendment in a file.
    package static let amendmentTitle = "==== an amendment ===="
    /// The line above each note about a state.
    package static let stateTitle = "==== what a broker signed ===="
    /// How evidence about a state begins.
    package static let stateOpening = "Evidence about a state: "

    private let path: String
    private let durable: Durable

    package init(path: String, files: any FileSystem = DiskFileSystem()) {
        self.path = path
        self.durable = Durable(files)
    }

    /// Writes two signed checkpoints of one log that cannot both be true to a file, once for each pair. Returns the
    /// error that the caller must throw.
    ///
    /// Two checkpoints of one size are proof by themselves; checkpoints of different sizes need the tree proof. The
    /// amendments, in order, lead from the charter to the terms by which the checkpoints were judged, so the file can
    /// be checked without the log.
    func fork(
        known: VerifiedCheckpoint, other: SignedNote, charter: Hash256, amendments: [SignedNote], proof: ForkProof?,
        rule: String, what: String
    ) -> CofferError {
        fork(
            known: (known.note, known.size, known.root), other: other, charter: charter, amendments: amendments,
            proof: proof, rule: rule, what: what)
    }

    /// The same for a checkpoint that was verified when it was stored.
    package func fork(
        known: (note: SignedNote, size: UInt64, root: Hash256), other: SignedNote, charter: Hash256,
        amendments: [SignedNote] = [], proof: ForkProof? = nil, rule: String = "fork", what: String
    ) -> CofferError {
        let checkpoint = try? Checkpoint(parsing: other.text)
        let root = checkpoint?.root.prefix8 ?? other.hash.prefix8
        let name = "fork-\(known.size)-\(known.root.prefix8)-\(checkpoint?.size ?? 0)-\(root).txt"
        let text =
            Array(
                "Evidence against a log: \(what)\nBoth heads are signed notes; cut each out and verify it.\n".utf8
            )
            + Array("charter \(charter.hex)\n".utf8) + Array("\n==== the head that was known ====\n".utf8)
            + known.note.encoded
            + Array("\n==== the other head ====\n".utf8) + other.encoded
            + (proof.map(Self.section) ?? [])
            + amendments.flatMap { Array("\n\(Self.amendmentTitle)\n".utf8) + $0.encoded }
        return CofferError(
            .tampering, "\(what) \(keep(text, as: name))", rule: rule,
            hint: "Do not try again. Show the evidence to the ledger's operator, the witnesses and an auditor.")
    }

    /// Writes a file unless it exists. Returns a sentence that says where it is.
    func keep(_ text: Bytes, as name: String) -> String {
        let file = "\(path)/\(name)"
        do throws(FileError) {
            try durable.makeDirectories(path)
            if try durable.files.read(file, atMost: 64 << 20) == nil { try durable.write(text, to: file) }
            return "The evidence is in \(file)."
        } catch {
            return "The evidence could not be written to \(file): \(error)."
        }
    }

    static func section(_ proof: ForkProof) -> Bytes {
        let lines = ([proof.root] + proof.hashes).map { Base64.encode($0.bytes) + "\n" }.joined()
        return Array(("\n==== the smaller tree's root as the larger tree has it, and the proof ====\n" + lines).utf8)
    }
}
