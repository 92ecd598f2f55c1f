import Files
import Records
import Sealing

/// A file that is being imported. It makes the errors that name the wrong line.
struct ImportFile {
    /// The longest line, and the largest JSON value that is read as a whole, in bytes.
    static let maximumValue = 32 << 20

    let path: String
    /// What people are told would be read.
    let wanted: String

    init(_ path: String, wanted: String) {
        self.path = path
        self.wanted = wanted
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var directory: String { Durable.split(path).directory }

    func open() throws(CofferError) -> ImportBytes { try ImportBytes(self) }

    /// The path of a picture beside this file, by a relative name that does not leave the directory.
    func picture(_ name: String, beside directories: [String] = ["", "images/"], at place: ImportPlace)
        throws(CofferError) -> String
    {
        // A recorder on Windows writes its own separator.
        let name = name.replacing("\\", with: "/")
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.utf8.contains(0), !parts.contains(".."), !parts.contains("") else {
            throw wrong(place, "names the picture \(Self.quoted(name)), which is outside its directory")
        }
        for candidate in directories.map({ $0 + name }) {
            if let path = ForeignFile.inside(directory, candidate) { return path }
            guard !DurableFile.exists("\(directory)/\(candidate)") else {
                throw wrong(place, "names the picture \(Self.quoted(name)), which leads out of its directory")
            }
        }
        throw wrong(place, "names the picture \(Self.quoted(name)), which does not exist")
    }

    /// A name from a file as a message shows it: short, on one line, without controls.
    static func quoted(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(64) {
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            shown.append(isControl || scalar.properties.generalCategory == .format ? "\u{fffd}" : scalar)
        }
        return "“\(String(shown))”"
    }

    func json(_ bytes: UnsafeBufferPointer<UInt8>, at place: ImportPlace) throws(CofferError) -> ForeignJSON {
        do throws(ForeignJSON.Failure) { return try ForeignJSON(buffer: bytes) } catch {
            switch error {
            case .truncated: throw wrong(place, "ends inside a JSON value")
            case .tooDeep: throw wrong(place, "is nested too deeply")
            case .duplicate(let name):
                throw wrong(place, "has the member \(Self.quoted(name)) twice in one object, and readers differ")
            case .notUTF8: throw wrong(place, "is not UTF-8")
            case .notJSON where bytes.allSatisfy { $0 == 0 }:
                throw wrong(place, "is filled with zero bytes, as after a crash", hint: "Cut the file off before it.")
            case .notJSON: throw wrong(place, "is not JSON")
            }
        }
    }

    func wrong(_ place: ImportPlace, _ what: String, hint: String? = nil) -> CofferError {
        refusal("\(name), \(place.description) \(what).", hint)
    }

    func wrong(_ what: String, hint: String? = nil) -> CofferError { refusal("\(name) \(what).", hint) }

    private func refusal(_ message: String, _ hint: String?) -> CofferError {
        CofferError(
            .usage, message, rule: "import.format",
            hint: "Nothing of it was imported. " + (hint.map { $0 + " " } ?? "") + "\(wanted) (help page Importing).")
    }
}
