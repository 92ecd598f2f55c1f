import Files
package import Ledger
package import Sealing

/// The checkpoints seen over time, kept beside a mirror. They show how recently each witness cosigned.
///
/// One file a UTC day, `heads/<day number>`: the checkpoints' notes, each after a line `====`. A checkpoint is kept
/// when the last one kept is ten minutes older.
package struct CheckpointHistory: Sendable {
    private let path: String
    private static let interval: Seconds = 600
    /// The largest size of a day's file: 144 checkpoints and a few more.
    private static let maximumDay = 160 * SignedNote.maximumCheckpointCount
    private static let line = Array("====\n".utf8)

    /// Uses the folder of a mirror.
    package init(beside directory: String) { self.path = directory + "/heads" }

    /// Keeps a checkpoint if the last kept one is old enough.
    package func add(_ checkpoint: VerifiedCheckpoint) throws(CofferError) {
        guard let seconds = checkpoint.quorumTime else { return }
        let file = "\(path)/\(seconds / 86_400)"
        do throws(FileError) {
            let durable = Durable()
            try durable.makeDirectories(path)
            let known = try durable.files.read(file, atMost: Self.maximumDay) ?? []
            let times = try? Self.parse(known).compactMap(Self.time).max()
            if let last = times ?? nil, seconds < last + Self.interval { return }
            try durable.write(known + Self.line + Self.verified(checkpoint).encoded, to: file)
        } catch {
            throw CofferError(.configuration, "The history of checkpoints cannot be written: \(error).")
        }
    }

    /// All of them, in the order they were seen.
    package func all() throws(CofferError) -> [SignedNote] {
        var notes: [SignedNote] = []
        do throws(FileError) {
            let files = DiskFileSystem()
            for day in try files.list(path).compactMap({ UInt64($0) }).sorted() {
                guard let parsed = try? Self.parse(try files.read("\(path)/\(day)", atMost: Self.maximumDay) ?? [])
                else {
                    throw FileError(.read, code: 5)
                }
                notes += parsed
            }
        } catch {
            throw CofferError(
                .tampering, "The history of checkpoints beside the mirror is malformed.", rule: "heads.format",
                hint: "Remove the folder `heads` of the mirror: only the history of cosignatures is lost.")
        }
        return notes
    }

    /// The checkpoint without the lines of keys that nobody knows: anyone who passes it on can add some.
    private static func verified(_ checkpoint: VerifiedCheckpoint) -> SignedNote {
        let lines = checkpoint.note.signatures.filter { line in
            line.name == checkpoint.checkpoint.origin || checkpoint.cosignatures.keys.contains { $0.matches(line) }
        }
        return (try? SignedNote(text: checkpoint.note.text, signatures: lines)) ?? checkpoint.note
    }

    /// The middle one of the times on a kept checkpoint: a minority of cosigners, who may sign any time, cannot move it
    /// far.
    private static func time(_ note: SignedNote) -> Seconds? {
        let times = note.signatures.compactMap(Cosignature.claimedTime).sorted(by: >)
        return times.isEmpty ? nil : times[times.count / 2]
    }

    private static func parse(_ bytes: Bytes) throws -> [SignedNote] {
        var notes: [SignedNote] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.starts(with: line) else { throw NoteError.malformed }
            rest = rest.dropFirst(line.count)
            let mark = [10] + line
            var end = rest.endIndex
            var at = rest.startIndex
            while at < rest.endIndex {
                if rest[at] == 10, rest[at...].starts(with: mark) {
                    end = at + 1
                    break
                }
                at += 1
            }
            notes.append(try SignedNote(checkpoint: rest[..<end]))
            rest = rest[end...]
        }
        return notes
    }
}
