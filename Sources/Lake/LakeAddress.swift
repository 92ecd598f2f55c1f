package import Sealing

/// Where a lake is, as a charter, `--lake` or `COFFER_LAKE` names it: a folder by its path or a `file://` URL, or a
/// bucket by an `s3://` URL (Lakes, "How a lake is named").
package enum LakeAddress: Hashable, Sendable {
    case folder(String)
    case bucket(BucketAddress)

    /// Throws `lake.address`, which says what is wrong, for anything else.
    package init(parsing text: String) throws(CofferError) {
        guard let end = text.firstRange(of: "://") else {
            guard !text.isEmpty, !text.utf8.contains(0) else { throw Self.wrong("It is empty.") }
            self = .folder(text)
            return
        }
        let rest = String(text[end.upperBound...])
        switch text[..<end.lowerBound] {
        case "file":
            guard rest.hasPrefix("/"), let path = PercentEncoding.decoded(rest) else {
                throw Self.wrong("A file:// URL names an absolute path, with % and two digits for other bytes.")
            }
            self = .folder(path)
        case "s3": self = .bucket(try BucketAddress(afterScheme: rest))
        default: throw Self.wrong("Its scheme is neither file nor s3.")
        }
    }

    static func wrong(_ why: String) -> CofferError {
        CofferError(
            .usage, "This is not the address of a lake. \(why)", rule: "lake.address",
            hint: "Name a folder, file:///FOLDER, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME.")
    }
}
