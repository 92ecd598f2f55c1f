import Files
import Glibc
import Rules
package import Sealing

/// The file that carries an epoch's secret to its workers (Design, "One epoch, many workers"): in memory, for one user,
/// and erased when the epoch is over.
///
///     epoch = D("epoch") ‖ grant 32 ‖ u64 ms of its beginning ‖ secret 32 ‖ (u32 share ‖ u32 of how many)…
///
/// A share that has its end adds itself; the last one erases the file.
package final class EpochFile: Sendable {
    /// How long an epoch lasts: brokers answer no release for longer.
    package static let lifetime = Release.lifetime

    private static let head = D("epoch")
    private static let fixed = head.count + 32 + 8 + EpochSecret.count
    private static let maximumCount = fixed + 8 * 65_536

    package let secret: EpochSecret
    private let path: String
    /// Nil for what a descriptor has passed on: its owner erases it.
    private let file: DiskFile?

    /// Reads the file, or makes it if it is missing or its epoch is over. `isInMemory` says whether a folder's files
    /// reach no disk.
    package init(
        _ path: String, grant: Hash256, now: Milliseconds, isInMemory: (String) -> Bool
    ) throws(CofferError) {
        self.path = path
        guard !path.hasPrefix("/dev/fd/") else {
            file = nil
            var bytes: Bytes
            do throws(FileError) { bytes = try DiskFile(path, O_RDONLY).contents(atMost: Self.maximumCount) } catch {
                throw Self.unusable(path, error.reason)
            }
            defer { wipe(&bytes) }
            secret = try Self.parsed(bytes, path, grant).secret
            return
        }
        guard isInMemory(Durable.split(path).directory) else {
            throw CofferError(
                .configuration, "\(path) would lie on a disk.", rule: "epoch.disk",
                hint: "Name a file on a tmpfs, such as one in /dev/shm.")
        }
        if let (file, secret) = try Self.held(path, grant, now: now) {
            (self.file, self.secret) = (file, secret)
            return
        }
        try Self.make(path, grant, now: now)
        // Another worker's may have been first.
        guard let (file, secret) = try Self.held(path, grant, now: now) else {
            throw Self.unusable(path, "another process has removed it")
        }
        (self.file, self.secret) = (file, secret)
    }

    /// Notes that a share has its end. Erases the file after the last one.
    package func finish(_ shard: Shard) throws(CofferError) {
        guard let file else { return }
        do throws(FileError) {
            try file.lock(LOCK_EX)
            defer { try? file.lock(LOCK_UN) }
            try file.write(Self.entry(shard))
            var bytes = try file.contents(atMost: Self.maximumCount)
            defer { wipe(&bytes) }
            let rest = Array(bytes.dropFirst(Self.fixed))
            let entries = Set(stride(from: 0, to: rest.count / 8 * 8, by: 8).map { Array(rest[$0..<$0 + 8]) })
            let all = entries.count { $0.suffix(4) == Self.entry(shard).suffix(4) }
            guard all == Int(shard.count) else { return }
        } catch {
            throw Self.unusable(path, error.reason)
        }
        erase()
    }

    /// Erases the secret: the epoch is over.
    package func erase() { if file != nil { Self.erase(path) } }

    private static func entry(_ shard: Shard) -> Bytes {
        var writer = ByteWriter()
        writer.u32(UInt32(shard.index))
        writer.u32(UInt32(shard.count))
        return writer.bytes
    }

    private static func erase(_ path: String) {
        if let file = try? DiskFile(path, O_WRONLY | O_NOFOLLOW) {
            try? file.write(Bytes(repeating: 0, count: fixed))
        }
        unlink(path)
    }

    private static func make(_ path: String, _ grant: Hash256, now: Milliseconds) throws(CofferError) {
        let secret = try EpochSecret()
        var writer = ByteWriter(head)
        writer.append(grant)
        writer.milliseconds(now)
        var bytes = secret.withBytes { writer.bytes + Bytes($0) }
        defer { wipe(&bytes) }
        do throws(FileError) { try Durable().write(bytes, to: path, existing: .keep, mode: 0o600) } catch {
            throw unusable(path, error.reason)
        }
    }

    /// The file that is there; nil if none is, or if its epoch was over.
    private static func held(
        _ path: String, _ grant: Hash256, now: Milliseconds
    ) throws(CofferError) -> (DiskFile, EpochSecret)? {
        let file: DiskFile
        var bytes: Bytes
        do throws(FileError) {
            file = try DiskFile(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
            bytes = try file.contents(atMost: maximumCount)
        } catch {
            if error.isMissing { return nil }
            throw unusable(path, error.reason)
        }
        defer { wipe(&bytes) }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0,
            status.st_uid == geteuid()
        else { throw unusable(path, "it is not a file of this user alone") }
        let (begun, secret) = try parsed(bytes, path, grant)
        guard begun + lifetime > now else {
            erase(path)
            return nil
        }
        return (file, secret)
    }

    private static func parsed(
        _ bytes: Bytes, _ path: String, _ grant: Hash256
    ) throws(CofferError) -> (begun: Milliseconds, secret: EpochSecret) {
        guard bytes.count >= fixed, bytes.starts(with: head) else { throw unusable(path, "it holds no epoch") }
        var reader = ByteReader(Array(bytes[head.count..<fixed]))
        guard let named = try? reader.take(32), let begun = try? reader.milliseconds() else {
            throw unusable(path, "it holds no epoch")
        }
        guard named == grant.bytes else {
            throw CofferError(
                .usage, "\(path) holds the epoch of another grant.", rule: "epoch.grant",
                hint: "Name another file for this grant.")
        }
        let own = bytes[(fixed - EpochSecret.count)..<fixed]
        let secret = own.withUnsafeBytes { bytes in
            Result { () throws(CofferError) in try EpochSecret(copying: bytes) }
        }
        return (begun, try secret.get())
    }

    private static func unusable(_ path: String, _ reason: String) -> CofferError {
        CofferError(
            .configuration, "\(path) cannot carry an epoch's secret: \(reason).", rule: "epoch.file",
            hint: "Remove it if nobody uses it, or name another file.")
    }
}
