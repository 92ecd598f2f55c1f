import CofferTestKit
import Rules
import Sealing

@testable import Ledger

/// The C2SP formats.
extension FuzzTarget {
    static let ledger: [FuzzTarget] = [
        .parser("signed-note", seeds: { try notes().map(\.encoded) }) { try SignedNote(parsing: $0).encoded },
        .parser("signature-line", seeds: { try Material.make().checkpoint.signatures.prefix(2).map(\.encoded) }) {
            line in
            guard line.last == 10 else { throw NoteError.malformed }
            return try NoteSignature(parsing: line.dropLast()).encoded
        },
        .parser("checkpoint", seeds: { [try Material.make().checkpoint.text, emptyHead, extended] }) {
            try Checkpoint(parsing: $0).text
        },
        .parser("tlog-proof", seeds: { try proofs().map(\.encoded) }) { try TlogProof(parsing: $0).encoded },
        .parser("add-checkpoint", seeds: { try proofs().map { AddCheckpoint($0).encoded } }) {
            try AddCheckpoint(parsing: $0).encoded
        },
        .parser("entry-bundle", seeds: { [EntryBundle.encode([[], [1], [2, 3]]), EntryBundle.encode([[0]])] }) {
            var reader = ByteReader($0)
            var count = 0
            while reader.remaining > 0 {
                _ = try reader.lp()
                count += 1
            }
            return EntryBundle.encode(try EntryBundle.parse($0, count: count))
        },
        .parser("hash-tile", seeds: { [HashTile.encode([Merkle.emptyRoot, Merkle.leafHash([1])])] }) {
            HashTile.encode(try HashTile.parse($0, width: $0.count / 32))
        },
        .parser("staged-batch", seeds: { [StagedBatch(oldSize: 7, entries: [[1], [], [2, 3]]).encoded] }) {
            try StagedBatch(parsing: $0).encoded
        },
        .parser("conflict-size", seeds: { [Array("0\n".utf8), Array("9223372036854775807\n".utf8)] }) {
            guard let size = AddCheckpoint.conflictSize($0) else { throw NoteError.malformed }
            return Array(("\(size)" + ($0.last == 10 ? "\n" : "")).utf8)
        },
        .text("tile-path", seeds: { ["tile/0/000", "tile/entries/x001/x234/067.p/12", "tile/63/x999/000.p/255"] }) {
            TilePath(parsing: $0)?.path
        },
        .text("vkey", seeds: { vkeys }) { try NoteKey(vkey: $0).vkey },
        .text("verifier-key", seeds: { vkeys }) { try VerifierKey(parsing: $0).vkey },
        FuzzTarget("witness-policy", seeds: { [try policyFile()] }) { bytes in
            guard let policy = try? WitnessPolicy(parsing: bytes) else { return }
            hold((try? WitnessPolicy(parsing: policy.encoded)) == policy, "a policy is written as another")
            guard let checkpoint = try? Material.make().checkpoint, (try? policy.verify(checkpoint)) != nil else {
                return
            }
            hold(!policy.isOpen, "a checkpoint was trusted that nobody needed to cosign")
        },
        FuzzTarget("head-policy", seeds: { [try Material.make().checkpoint.encoded] }) { judgeHead($0) },
        FuzzTarget("witness", seeds: { try proofs().map { AddCheckpoint($0).encoded } }) { judgeRequest($0) },
        FuzzTarget("merkle-proof", seeds: { [proofSeed] }) { judgeProofs($0) },
    ]

    private static let vkeys = [
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O",
    ]

    private static func policyFile() throws -> Bytes {
        try Material.make().scenario.terms.witnessPolicy(origin: Scenario.origin)?.encoded ?? []
    }

    private static let emptyHead = Checkpoint(origin: "example.org", size: 0, root: Merkle.emptyRoot).text
    private static let extended = emptyHead + Array("an extension\n".utf8)

    private static func notes() throws -> [SignedNote] {
        let material = try Material.make()
        return [material.checkpoint] + material.statements.suffix(3)
    }

    private static func proofs() throws -> [TlogProof] {
        let proof = try Material.make().proof
        return [proof, TlogProof(index: 0, hashes: [], note: proof.note)]
    }

    /// A checkpoint is trusted only with the ledger's signature and a quorum: of changed bytes only those count that do
    /// not touch text or trusted lines.
    private static func judgeHead(_ bytes: Bytes) {
        guard let material = try? Material.make(), let note = try? SignedNote(parsing: bytes),
            let policy = material.scenario.terms.checkpointPolicy(origin: Scenario.origin)
        else { return }
        guard let checkpoint = try? policy.verify(note) else { return }
        hold(note.text == material.checkpoint.text, "a checkpoint that nobody signed was trusted")
        hold(checkpoint.cosignatures.count >= policy.quorum, "a checkpoint without a quorum was trusted")
    }

    private static func judgeRequest(_ bytes: Bytes) {
        guard let material = try? Material.make(), let request = try? AddCheckpoint(parsing: bytes),
            let ledger = material.scenario.terms.ledgerNoteKey(origin: Scenario.origin)
        else { return }
        guard let accepted = try? WitnessJudge.judge(request, keys: [ledger], last: .empty) else { return }
        hold(accepted.note.text == material.checkpoint.text, "a checkpoint that the log did not sign would be cosigned")
        hold(request.oldSize == 0 && request.proof.isEmpty, "a proof from nothing was taken")
    }

    private static let proofSeed: Bytes = {
        var writer = ByteWriter()
        for number in [3, 8, 5] as [UInt64] { writer.u64(number) }
        for number in 0..<4 as Range<UInt8> { writer.append(Hash256(of: [number])) }
        return writer.bytes
    }()

    /// Any index, sizes and hashes: the checks end, and only the root that a proof hashes to is taken.
    private static func judgeProofs(_ bytes: Bytes) {
        var reader = ByteReader(bytes)
        guard let index = try? reader.u64(), let size = try? reader.u64(), let old = try? reader.u64() else { return }
        var proof: [Hash256] = []
        while let hash = try? reader.hash() { proof.append(hash) }
        let root = proof.popLast() ?? Merkle.emptyRoot
        let leaf = proof.popLast() ?? Merkle.emptyRoot
        if Merkle.verifyInclusion(index: index, size: size, leaf: leaf, proof: proof, root: root) {
            hold(index < size, "a proof beyond the tree was taken")
            let other = Merkle.leafHash(root.bytes)
            hold(
                !Merkle.verifyInclusion(index: index, size: size, leaf: leaf, proof: proof, root: other),
                "a proof was taken for two roots")
        }
        if Merkle.verifyConsistency(from: old, to: size, oldRoot: leaf, newRoot: root, proof: proof) {
            hold(old <= size, "a larger tree was taken for a prefix")
        }
    }
}

extension AddCheckpoint {
    fileprivate init(_ proof: TlogProof) {
        self.init(
            oldSize: SaturatingUInt64(rawValue: UInt64(proof.hashes.count)), proof: proof.hashes, note: proof.note)
    }
}
