import Files
import Ledger
import Rules
import Sealing

/// A note in a file, carried between officers: a draft (its text alone) or a text with signatures.
struct NoteFile {
    let path: String
    var note: SignedNote

    init(path: String, note: SignedNote) {
        self.path = path
        self.note = note
    }

    /// Reads a draft or a signed note.
    init(readingFrom path: String) throws {
        try self.init(try InputFile.read(path, atMost: 1 << 20), readFrom: path)
    }

    /// The draft or the signed note in these bytes of a file.
    init(_ bytes: Bytes, readFrom path: String) throws {
        self.path = path
        if let note = try? SignedNote(parsing: bytes) {
            self.note = note
        } else if (try? NoteText(parsing: bytes)) != nil, let draft = try? SignedNote(text: bytes, signatures: []) {
            self.note = draft
        } else {
            throw CofferError(.usage, "\(path) is neither a draft nor a signed note.", rule: "note.format")
        }
    }

    /// The statement in the file, strictly parsed.
    func statement() throws -> Statement {
        guard let statement = try? Statement(parsing: note.text) else {
            throw CofferError(
                .usage, "\(path) does not contain a statement that this version knows.", rule: "malformed")
        }
        return statement
    }

    /// Writes the file: only the text of a draft, the whole note if it is signed.
    func write() throws {
        try OutputFile.write(note.signatures.isEmpty ? note.text : note.encoded, to: path)
    }

    /// Merges the signatures of several files with the same text into one note.
    static func merged(_ paths: [String]) throws -> SignedNote {
        guard let first = paths.first else { throw CofferError(.usage, "Name at least one file.") }
        var note = try NoteFile(readingFrom: first).note
        for path in paths.dropFirst() {
            let other = try NoteFile(readingFrom: path).note
            guard other.text == note.text else {
                throw CofferError(.usage, "\(path) does not have the same text as \(first).", rule: "note.text")
            }
            for signature in other.signatures { note.add(signature) }
        }
        guard !note.signatures.isEmpty else {
            throw CofferError(.usage, "The file has no signature yet.", hint: "Run coffer org sign FILE --key KEY.")
        }
        return note
    }
}
