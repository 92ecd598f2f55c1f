import Files
import Glibc
import NIOPosix
package import Sealing

/// A lake in a folder: one file for each object, named by 64 hex digits.
///
/// The modification time of every file is the epoch, so that a copy of the folder does not show when objects were
/// stored.
package struct DirectoryLake: ListedLake {
    package let path: String
    /// Whether many reads may wait at the same time, for a mount that answers slowly.
    private let overlapsReads: Bool

    /// Threads that wait for the disk or the network. They begin with the first read of a lake that overlaps reads.
    private static let readers: NIOThreadPool = {
        let readers = NIOThreadPool(numberOfThreads: 64)
        readers.start()
        return readers
    }()

    /// Uses a folder that exists or can be made.
    package init(path: String, overlapsReads: Bool = false) throws(CofferError) {
        try DurableFile.makeDirectory(path, mode: 0o755)
        self.path = path
        self.overlapsReads = overlapsReads
    }

    private func file(_ name: Hash256) -> String { "\(path)/\(name.hex)" }

    /// Opens regular files only, and waits for none: anyone who may write in the folder can put a pipe, a link or a
    /// folder under an object's name.
    package func get(_ name: Hash256) async throws(CofferError) -> Bytes? {
        try await get(name, range: 0..<maximumLakeObject)
    }

    package func get(_ name: Hash256, range: Range<Int>) async throws(CofferError) -> Bytes? {
        try await beside { () throws(CofferError) in try read(name, range) }
    }

    /// Does something that may wait for the disk or the network.
    private func beside<R: Sendable>(_ body: @escaping @Sendable () throws(CofferError) -> R) async throws(CofferError)
        -> R
    {
        guard overlapsReads else { return try body() }
        let result: Result<R, CofferError>
        do {
            result = try await Self.readers.runIfActive {
                do throws(CofferError) { return .success(try body()) } catch { return .failure(error) }
            }
        } catch {
            // Only a task that was cancelled is not run.
            throw CofferError(.tryLater, "A read of the lake was stopped.")
        }
        return try result.get()
    }

    private func read(_ name: Hash256, _ range: Range<Int>) throws(CofferError) -> Bytes? {
        do throws(FileError) {
            let object = try ReadableDiskFile(file(name), atMost: maximumLakeObject, follows: false)
            return try object.read(range.clamped(to: 0..<object.count))
        } catch {
            guard !error.isMissing else { return nil }
            guard error.isTooLarge || error.code == ELOOP || error.code == ENXIO else { throw CofferError(error) }
            throw CofferError.unusableObject("is not a regular file of at most 16 MiB")
        }
    }

    @discardableResult
    package func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool {
        guard bytes.count <= maximumLakeObject else {
            throw CofferError(.bug, "The object is larger than the lake accepts.")
        }
        return try DurableFile.write(
            bytes, to: file(name), existing: onlyIfAbsent ? .keep : .replace, mode: 0o644, modified: 0)
    }

    package func delete(_ name: Hash256) async throws(CofferError) { try DurableFile.remove(file(name)) }

    package func exists(_ name: Hash256) async throws(CofferError) -> Bool { DurableFile.exists(file(name)) }

    package func size(of name: Hash256) async throws(CofferError) -> Int? {
        let path = file(name)
        return try await beside {
            var about = stat()
            return lstat(path, &about) == 0 ? Int(clamping: about.st_size) : nil
        }
    }

    package func names() async throws(CofferError) -> [Hash256] {
        try DurableFile.names(in: path).compactMap { try? Hash256(hex: $0) }
    }
}
