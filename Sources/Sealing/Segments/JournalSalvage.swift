internal import Crypto

/// Everything in a journal that authenticates, also after a place that is damaged.
///
/// `JournalReader` stops at the first frame that does not open. This goes on behind it: a frame is found again by its
/// length, its number and its tag, so it is always one that the agent wrote, in the order of writing. A frame of which
/// only the length is damaged opens as well, since its end is known.
package struct JournalSalvage: Sendable {
    package let kind: Kind
    package let app: AppName
    package let device: VerifyingKey
    /// The records in order, in runs: between two runs something is lost.
    package let runs: [[Record]]
    /// Whether anything but a torn end is missing or out of place.
    package let isDamaged: Bool

    /// How many frames in a row may be lost.
    private static let longestGap: UInt64 = 64
    /// How many bytes may be decrypted in search of the next frame: about a second's work.
    private static let budget = 1 << 30

    /// Throws `.malformed(.truncated)` for a journal that ends inside its first frame: it holds no records.
    package static func open(_ file: Bytes, with key: SealingPrivateKey) throws(SealingError) -> JournalSalvage {
        try JournalSalvage(file, key: try Journal.key(of: file, with: key))
    }

    private init(_ file: Bytes, key: SymmetricKey) throws(SealingError) {
        var search = FrameSearch(file, from: SealedBox.sealedKeyCount, key: key, budget: Self.budget)
        guard let prologue = search.next(losing: Self.longestGap), prologue.number == 0 else {
            throw search.isDamaged ? .notAuthentic : .malformed(.truncated)
        }
        let head = try parsing { () throws(FormatError) in try Journal.Head(prologue.plaintext) }
        (kind, app, device) = (head.kind, head.app, head.device)
        var runs: [[Record]] = [[]]
        var next: UInt64 = 1
        var isWhole = true
        while let frame = search.next(losing: Self.longestGap) {
            if frame.number != next { runs.append([]) }
            next = frame.number + 1
            let whole = try? head.records(in: frame.plaintext)
            let (records, rest) = Record.prefix(of: whole ?? [], kind: kind)
            runs[runs.count - 1] += records
            if rest > 0 || whole == nil {
                isWhole = false
                runs.append([])
            }
        }
        self.runs = runs.filter { !$0.isEmpty }
        isDamaged = search.isDamaged || !isWhole
    }
}

/// Looks for the frames of a journal in order, over damaged places.
private struct FrameSearch {
    struct Frame {
        let number: UInt64
        let plaintext: Bytes
        let end: Int
    }

    private let file: Bytes
    private let key: SymmetricKey
    private var position: Int
    /// The number of the next frame.
    private var number: UInt64 = 0
    /// A frame that was found behind the one that was returned last.
    private var found: Frame?
    /// How many bytes may still be decrypted in vain.
    private var budget: Int
    private(set) var isDamaged = false

    init(_ file: Bytes, from position: Int, key: SymmetricKey, budget: Int) {
        self.file = file
        self.key = key
        self.position = position
        self.budget = budget
    }

    /// The next frame that opens, if at most so many are lost before it; nil at the end.
    mutating func next(losing gap: UInt64) -> Frame? {
        if let frame = found {
            found = nil
            return advance(to: frame)
        }
        guard position < file.count else { return nil }
        if let end = end(at: position), let frame = unseal(position + 4..<end, number) { return advance(to: frame) }
        // After a power cut a file may have grown before its bytes were written; then it ends in zeros.
        guard file[position...].contains(where: { $0 != 0 }) else { return nil }
        let behind = search(from: position, losing: gap)
        // If only the length before this frame is wrong, the frame ends where the next one begins, or with the file.
        if behind?.frame.number ?? number + 1 == number + 1, position + 20 <= behind?.begin ?? file.count,
            let frame = unseal(position + 4..<(behind?.begin ?? file.count), number)
        {
            isDamaged = true
            found = behind?.frame
            return advance(to: frame)
        }
        guard let behind else {
            // A frame that is cut short is a torn end; a whole one that does not open is damage.
            isDamaged = isDamaged || end(at: position) != nil || !isCut(position)
            position = file.count
            return nil
        }
        isDamaged = true
        return advance(to: behind.frame)
    }

    private mutating func advance(to frame: Frame) -> Frame {
        position = frame.end
        number = frame.number + 1
        return frame
    }

    /// The first place from here on at which a frame opens under this or one of the next numbers.
    private mutating func search(from start: Int, losing gap: UInt64) -> (begin: Int, frame: Frame)? {
        guard gap > 0 else { return nil }
        for begin in start..<max(start, file.count - 19) {
            guard let end = end(at: begin) else { continue }
            for candidate in number...number + gap {
                budget -= end - begin
                guard budget > 0 else { return nil }
                if let frame = unseal(begin + 4..<end, candidate) { return (begin, frame) }
            }
        }
        return nil
    }

    /// The length that stands at this place, if a frame may have it.
    private func count(at place: Int) -> Int? {
        guard file.count - place >= 4 else { return nil }
        let count = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        return count >= 16 && count <= Journal.maximumFrameCount ? count : nil
    }

    /// Where a frame that begins here ends, if its length allows it to lie in the file.
    private func end(at place: Int) -> Int? {
        count(at: place).flatMap { $0 <= file.count - place - 4 ? place + 4 + $0 : nil }
    }

    /// Whether what stands here can be the begin of a frame that was not written completely.
    private func isCut(_ place: Int) -> Bool {
        file.count - place < 4 || count(at: place) != nil && end(at: place) == nil
    }

    private func unseal(_ range: Range<Int>, _ number: UInt64) -> Frame? {
        Journal.unseal(file[range], number: number, key: key).map {
            Frame(number: number, plaintext: $0, end: range.upperBound)
        }
    }
}
