import FoundationEssentials
package import Sealing

/// What a server says when it does not serve: `coffer.error.v1`.
private struct ErrorReply: Decodable {
    let code: Int32
    let rule: String?
    let entry: UInt64?
    let message: String
    let hint: String?
}

extension HTTPReply {
    /// The body of a reply that served; otherwise throws what the server said.
    package func served(by server: String) throws(CofferError) -> Bytes {
        if status == 200 { return body }
        throw error(from: server)
    }

    /// A server chooses its words, but not that its client saw tampering or has a bug.
    package func error(from server: String) -> CofferError {
        let byStatus: CofferError.Code =
            switch status {
            case 403: .refused
            case 404: .notFound
            case 400, 413: .usage
            default: .tryLater
            }
        guard let reply = try? JSONDecoder().decode(ErrorReply.self, from: Data(body)) else {
            return CofferError(byStatus, "\(server) answered with HTTP status \(status).")
        }
        let allowed: [CofferError.Code] = [.no, .usage, .notFound, .tryLater, .refused]
        let code = CofferError.Code(rawValue: reply.code).flatMap { allowed.contains($0) ? $0 : nil }
        return CofferError(
            code ?? byStatus, Self.printable(reply.message), rule: reply.rule.map(Self.printable), entry: reply.entry,
            hint: reply.hint.map(Self.printable))
    }

    /// What a server wrote, without control characters, for a terminal.
    package static func printable(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(500)
        where scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) {
            out.append(scalar)
        }
        return String(out)
    }
}
