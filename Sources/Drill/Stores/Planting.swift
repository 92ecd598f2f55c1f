import Foundation
import Lake
import Records
import Sealing
import Vault

/// Canaries that the drill puts into a copy.
enum Planting {
    /// Random words and pixels that occur nowhere else.
    static func fresh(_ number: Int) -> [Canary] {
        [
            Canary("planted words \(number)", text: "canary \(Hex.encode(Random.bytes(9))) sings"),
            Canary("planted pixels \(number)", Random.bytes(48)),
        ]
    }

    /// Seals canaries like capture: into a vault's segments and an open journal, with only the public key. Also puts
    /// each body into the lake under a random name.
    static func seal(_ canaries: [Canary], into vault: VaultDirectory, lake: DirectoryLake, now: Milliseconds)
        async throws(CofferError)
    {
        let recipient = try vault.sealingPublicKey()
        let device = try vault.deviceKey()
        let app = AppName(windowClass: "canary")
        for kind in Kind.allCases {
            do {
                let records = try canaries.compactMap { try record(kind, $0, time: now) }
                guard !records.isEmpty else { continue }
                let segment = try SealedSegment.seal(records, kind: kind, app: app, device: device, to: recipient)
                try vault.store(segment, SegmentTimes(from: now, until: now, arrived: now))
                let name = try Hash256(Random.bytes(32))
                try await lake.put(name, segment.body, onlyIfAbsent: true)
                var writer = try JournalWriter(
                    kind: kind, app: app, device: device.publicKey, opened: now, to: recipient)
                let journal = try vault.newJournal(opened: now)
                try journal.append(writer.prologue)
                try journal.append(try writer.frame(records))
                try journal.sync()
            } catch let error as CofferError {
                throw error
            } catch {
                throw CofferError(.bug, "A canary could not be sealed.")
            }
        }
    }

    /// A record of each kind, in the form that capture gives it.
    private static func record(_ kind: Kind, _ canary: Canary, time: Milliseconds) throws -> Record? {
        if kind == .screen {
            let frame = try ScreenFrame(width: 64, height: 64) { $0.copyBytes(from: canary.bytes) }
            var encoder = TileEncoder()
            guard let tiles = try encoder.encode(frame) else { return nil }
            return Record(time: time, object: tiles.object, tiles: tiles.compressed)
        }
        guard let text = String(validating: canary.bytes, as: UTF8.self) else { return nil }
        let members: [(String, CanonicalJSON)] =
            switch kind {
            case .keys: [("type", .string("press")), ("key", .string(text)), ("source", .string("synthetic"))]
            case .window: [("title", .string(text))]
            case .prompt: [("role", .string("user")), ("text", .string(text))]
            case .terminal: [("type", .string("output")), ("text", .string(text))]
            case .pointer, .screen: []
            }
        guard !members.isEmpty else { return nil }
        return Record(time: time, object: .object(members.map { .init($0.0, $0.1) }))
    }

    /// Writes canaries in clear among the stores, once in each form and once inside a zstd frame and a picture. Returns
    /// how many files that makes.
    static func inClear(_ canaries: [Canary], below directory: String) throws -> Int {
        try Folders.create(directory, mode: 0o777)
        var count = 0
        func write(_ bytes: Bytes) throws {
            try Data(bytes).write(to: URL(filePath: "\(directory)/control-\(count)"))
            count += 1
        }
        for canary in canaries {
            for form in canary.forms { try write(Random.bytes(100) + form.bytes + Random.bytes(100)) }
            let packed = try (Bytes(repeating: 0, count: 500) + canary.bytes + Bytes(repeating: 0, count: 500))
                .withUnsafeBytes { try Zstd.compress($0) }
            try write(Random.bytes(100) + packed)
            let frame = try ScreenFrame(width: 64, height: 4) { $0.copyBytes(from: canary.bytes) }
            try write(Random.bytes(100) + (try PNGImage.encode(frame)))
        }
        return count
    }
}
