import Files
import Glibc
package import Sealing

/// What the administrator of this machine lets be recorded. It can only narrow the employee's list.
///
///     {"schema":"coffer.managed.v1","kinds":[…],"never":[…]}\n
///
/// Without the file nothing is narrowed. A file that someone else than root could have written permits nothing.
package struct ManagedPolicy: Hashable, Sendable {
    package static let path = "/etc/coffer/managed"
    private static let schema = "coffer.managed.v1"

    /// The kinds that may be recorded.
    package var kinds: Set<Kind>
    /// Apps that are never recorded, also if a purpose names them.
    package var never: Set<AppName>

    package init(kinds: Set<Kind> = CapturePolicy.liveKinds, never: Set<AppName> = []) {
        self.kinds = kinds
        self.never = never
    }

    /// Nil without the file. `owner` is the user that must own the file and its folder.
    package static func read(_ path: String = ManagedPolicy.path, owner: UInt32 = 0) throws(CofferError)
        -> ManagedPolicy?
    {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw refusal("cannot be read") }
            return nil
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("is no regular file") }
        for place in [path, Durable.split(path).directory] {
            guard lstat(place, &status) == 0 else { throw refusal("cannot be read") }
            guard status.st_uid == owner, status.st_mode & 0o022 == 0 else {
                throw refusal("or its folder can be changed by others than its owner, root")
            }
        }
        guard let bytes = try DurableFile.read(path, atMost: 65_536) else { return nil }
        do throws(FormatError) { return try ManagedPolicy(parsing: bytes) } catch { throw refusal("is damaged") }
    }

    private init(parsing bytes: Bytes) throws(FormatError) {
        guard bytes.last == UInt8(ascii: "\n") else { throw .truncated }
        var reader = try CanonicalObject(parsing: bytes.dropLast())
        guard try reader.string("schema") == Self.schema else { throw .notCanonical }
        kinds = []
        for name in try reader.strings("kinds", atMost: 8) {
            guard let kind = Kind(rawValue: name), CapturePolicy.liveKinds.contains(kind) else { throw .notCanonical }
            kinds.insert(kind)
        }
        never = []
        for name in try reader.strings("never", atMost: 256) { never.insert(try AppName(name)) }
        try reader.finish()
    }

    private static func refusal(_ what: String) -> CofferError {
        CofferError(
            .configuration, "The managed policy \(path) \(what): nothing is captured.", rule: "capture.managed",
            hint: "Ask the administrator of this machine.")
    }
}
