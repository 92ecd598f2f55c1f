import CLinux
import Foundation
import Sealing

/// Looks for canaries in files: in their names, in their bytes, and in every zstd frame and PNG found anywhere in them.
package struct CanarySearch: Sendable {
    /// Where a canary was found.
    package struct Hit: Hashable, Sendable {
        package let canary: String
        package let form: String
        /// The path below the searched folder.
        package let path: String
        /// `name`, `bytes`, or the path of what was unpacked to find it.
        package let place: String
    }

    package struct Result: Sendable {
        package fileprivate(set) var files = 0
        package fileprivate(set) var bytes = 0
        /// How many zstd frames and pictures were unpacked.
        package fileprivate(set) var unpacked = 0
        package fileprivate(set) var hits: [Hit] = []
    }

    private struct Needle {
        let canary: String
        let form: Canary.Form
    }

    private let needles: [Needle]
    /// How many canaries are searched for, and in how many forms.
    package let canaries: Int
    package var forms: Int { needles.count }

    package init(_ canaries: some Sequence<Canary>) {
        let distinct = Set(canaries).sorted { $0.name < $1.name }
        self.canaries = distinct.count
        self.needles = distinct.flatMap { canary in canary.forms.map { Needle(canary: canary.name, form: $0) } }
    }

    /// Every regular file below a folder.
    package func search(_ directory: String) throws -> Result {
        var result = Result()
        for path in try Folders.files(below: directory) {
            let data = try Data(contentsOf: URL(filePath: "\(directory)/\(path)"), options: .alwaysMapped)
            result.files += 1
            result.bytes += data.count
            search(Bytes(path.utf8), path: path, place: "name", into: &result)
            look(Bytes(data), path: path, place: "bytes", depth: 0, into: &result)
        }
        return result
    }

    private func look(_ bytes: Bytes, path: String, place: String, depth: Int, into result: inout Result) {
        search(bytes, path: path, place: place, into: &result)
        guard depth < 2 else { return }
        for (name, content) in Unpacking.all(in: bytes) {
            result.unpacked += 1
            look(
                content, path: path, place: place == "bytes" ? name : "\(place)/\(name)", depth: depth + 1,
                into: &result)
        }
    }

    private func search(_ bytes: Bytes, path: String, place: String, into result: inout Result) {
        bytes.withUnsafeBytes { hay in
            for needle in needles where Self.contains(hay, needle.form.bytes) {
                result.hits.append(Hit(canary: needle.canary, form: needle.form.name, path: path, place: place))
            }
        }
    }

    private static func contains(_ hay: UnsafeRawBufferPointer, _ needle: Bytes) -> Bool {
        guard !needle.isEmpty, hay.count >= needle.count, let base = hay.baseAddress else { return false }
        return needle.withUnsafeBytes { coffer_contains(base, hay.count, $0.baseAddress ?? base, $0.count) != 0 }
    }
}
