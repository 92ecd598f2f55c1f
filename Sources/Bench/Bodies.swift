import Crypto
import Dispatch
import Foundation
import Records
import Sealing
import Synchronization

/// Segments of one kind, full as segments of a busy day are, and what opening and sealing them takes on all cores.
struct Bodies: Sendable {
    let kind: Kind
    let records: [[Record]]
    private let app: AppName
    private let device = SigningKey()
    private let owner: SealingPrivateKey
    private let sealed: [SealedSegment]
    private let keys: [SymmetricKey]

    init(_ kind: Kind, count: Int) throws {
        self.kind = kind
        app = try AppName("code")
        owner = try SealingPrivateKey()
        records = (0..<count).map { Self.records(kind, number: $0) }
        sealed = try records.map { [app, device, owner] records in
            try SealedSegment.seal(records, kind: kind, app: app, device: device, to: owner.publicKey)
        }
        keys = try sealed.map { [owner] in try SegmentOpening.contentKey(header: $0.header, with: owner) }
    }

    /// The sealed bytes.
    var sealedBytes: Bytes { sealed.flatMap(\.body) }
    /// The bytes of the records.
    var recordBytes: Bytes { get throws { try records.flatMap { try Record.encode($0, kind: kind) } } }

    /// Opens every body to its records, as a job does. Returns the seconds.
    func open() throws -> Double {
        try onAllCores { place in
            let body = sealed[place].body
            _ = Hash256(of: body)
            let opened = try SegmentOpening.records(body: body, kind: kind, key: keys[place])
            guard opened.count == records[place].count else { throw BenchError("a body lacks records") }
        }
    }

    /// Seals all records, each segment with its label and header. Returns the seconds.
    func seal() throws -> Double {
        try onAllCores { place in
            _ = try SealedSegment.seal(
                records[place], kind: kind, app: app, device: device, to: owner.publicKey)
        }
    }

    /// Opens as many bytes of bare AES-256-GCM in chunks of the same size. Returns the seconds.
    func openBare() throws -> Double {
        let key = SymmetricKey(size: .bits256)
        let boxes = try sealed.map { segment in
            try stride(from: 0, to: segment.body.count, by: 16_384).map { start in
                try AES.GCM.seal(segment.body[start..<min(start + 16_384, segment.body.count)], using: key)
            }
        }
        return try onAllCores { place in for box in boxes[place] { _ = try AES.GCM.open(box, using: key) } }
    }

    /// Does this for each segment, on all cores.
    private func onAllCores(_ body: @Sendable (Int) throws -> Void) throws -> Double {
        let failure = Mutex<(any Error)?>(nil)
        let began = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: sealed.count) { place in
            do { try body(place) } catch { failure.withLock { $0 = error } }
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        if let error = failure.withLock({ $0 }) { throw error }
        return seconds
    }

    /// Some 7 MiB of records within an hour.
    private static func records(_ kind: Kind, number: Int) -> [Record] {
        var records: [Record] = []
        var size = 0
        let start: Milliseconds = 1_796_032_800_000
        while size < 7 << 20 {
            let time = start + Milliseconds(clamping: records.count)
            let record: Record
            if kind == .screen {
                // Its tiles are decompressed only when they are shown.
                let json = #"{"w":1920,"h":1080,"key":false,"tiles":[\#(records.count % 510)]}"#
                record = Record(time: time, json: Array(json.utf8), tiles: Random.bytes(200_000))
            } else {
                let line = "step \(records.count) of \(number): the \"build\" of a module imports what is below it\n"
                record = RecordContent.prompt(.init(role: .user, text: String(repeating: line, count: 12))).record(
                    at: time)
            }
            size += record.encodedCount
            records.append(record)
        }
        return records
    }
}
