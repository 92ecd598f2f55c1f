import Files
import Foundation
import Sealing

/// A file that is being imported. It makes the errors that name the wrong line.
struct ImportFile {
    /// The size limits of a file and of a line, in bytes.
    static let maximumCount = 512 << 20
    static let maximumLine = 32 << 20

    let path: String
    let bytes: Bytes

    init(_ path: String) throws(CofferError) {
        self.path = path
        do throws(CofferError) { bytes = try InputFile.read(path, atMost: Self.maximumCount) } catch {
            guard error.code == .usage else { throw error }
            throw CofferError(
                .usage, error.message, rule: "import.size", hint: "Split it into several recordings.")
        }
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var directory: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path of a file beside this one, by a relative name that does not leave the folder.
    func sibling(_ name: String, line: Int) throws(CofferError) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.utf8.contains(0), !parts.contains(".."), !parts.contains("") else {
            throw wrong(line, "names a picture outside its folder")
        }
        return "\(directory)/\(name)"
    }

    /// The lines, numbered from 1; an empty last line is ignored.
    func lines() throws(CofferError) -> [(number: Int, bytes: ArraySlice<UInt8>)] {
        var lines: [(Int, ArraySlice<UInt8>)] = []
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.allSatisfy({ [0x20, 0x09, 0x0d].contains($0) }) { continue }
            guard line.count <= Self.maximumLine else { throw wrong(index + 1, "is longer than 32 MiB") }
            lines.append((index + 1, line))
        }
        guard !lines.isEmpty else { throw CofferError(.usage, "\(name) is empty.", rule: "import.format") }
        return lines
    }

    /// Each line as JSON.
    func json() throws(CofferError) -> [(number: Int, value: ForeignJSON)] {
        var values: [(Int, ForeignJSON)] = []
        for (number, line) in try lines() { values.append((number, try json(line, number))) }
        return values
    }

    func json(_ bytes: some Collection<UInt8>, _ line: Int) throws(CofferError) -> ForeignJSON {
        do throws(FormatError) { return try ForeignJSON(parsing: bytes) } catch {
            switch error {
            case .truncated: throw wrong(line, "ends inside a JSON value")
            case .outOfBounds: throw wrong(line, "is nested too deeply")
            default: throw wrong(line, "is not JSON")
            }
        }
    }

    func wrong(_ line: Int, _ what: String) -> CofferError {
        CofferError(
            .usage, "\(name), line \(line) \(what).", rule: "import.format", hint: "Nothing of it was imported.")
    }

    func wrong(_ what: String) -> CofferError {
        CofferError(.usage, "\(name) \(what).", rule: "import.format", hint: "Nothing of it was imported.")
    }
}
