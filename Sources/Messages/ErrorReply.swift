import FoundationEssentials
package import Sealing

/// The reply of a server that refuses or fails, and the output of a failed command: `coffer.error.v1`.
///
/// {schema, code, rule?, entry?, position?, pseudonym?, subject?, week?, page?, object?, message, hint?}
package struct ErrorReply: Sendable {
    package let code: Int32
    package let rule: String?
    package let entry: UInt64?
    /// The first refused position of an ask.
    package let position: UInt64?
    /// What of the lake a command failed on. Servers never say it, and it is not read.
    private var place: LakePlace?
    package let message: String
    package let hint: String?

    package init(_ error: CofferError, position: UInt64? = nil) {
        self.code = error.code.rawValue
        self.rule = error.rule
        self.entry = error.entry
        self.position = position
        self.place = error.place
        self.message = error.fullMessage
        self.hint = error.hint
    }

    package var json: CanonicalJSON { .object([.init("schema", .string("coffer.error.v1"))] + members) }

    /// All members except the schema.
    package var members: [CanonicalJSON.Member] {
        var members = [CanonicalJSON.Member("code", .integer(UInt64(clamping: code)))]
        if let rule { members.append(.init("rule", .string(rule))) }
        if let entry { members.append(.init("entry", .integer(entry))) }
        if let position { members.append(.init("position", .integer(position))) }
        if let place {
            members.append(.init("pseudonym", .string(place.pseudonym.hex)))
            if let subject = place.subject { members.append(.init("subject", .string(subject))) }
            if let week = place.week { members.append(.init("week", .string(CivilTime(week).date))) }
            if let page = place.page { members.append(.init("page", .string(page.hex))) }
            if let object = place.object { members.append(.init("object", .hex(object))) }
        }
        members.append(.init("message", .string(message)))
        if let hint { members.append(.init("hint", .string(hint))) }
        return members
    }

    /// Parses JSON with these members. Other members are ignored.
    package init(parsing bytes: Bytes) throws(FormatError) {
        guard let reply = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { throw .notCanonical }
        self = reply
    }

    /// The error in the reply; nil when its code is unknown.
    package var error: CofferError? {
        CofferError.Code(rawValue: code).map { CofferError($0, message, rule: rule, entry: entry, hint: hint) }
    }
}

extension ErrorReply: Decodable {
    private enum CodingKeys: String, CodingKey {
        case code, rule, entry, position, message, hint
    }
}

extension HTTPReply {
    /// The body of a successful reply; otherwise throws the error that the server reported.
    package func served(by server: String) throws(CofferError) -> Bytes {
        if status == 200 { return body }
        throw error(from: server)
    }

    /// The error that a server reported. A server cannot choose the codes for tampering and for a bug, which only the
    /// client may set.
    package func error(from server: String) -> CofferError {
        let byStatus: CofferError.Code =
            switch status {
            case 403: .refused
            case 404: .notFound
            case 400, 413: .usage
            default: .tryLater
            }
        var error = CofferError(byStatus, "\(server) answered with HTTP status \(status).")
        if let reply = try? ErrorReply(parsing: body) {
            let allowed: [CofferError.Code] = [.no, .usage, .notFound, .tryLater, .refused]
            let code = CofferError.Code(rawValue: reply.code).flatMap { allowed.contains($0) ? $0 : nil }
            error = CofferError(
                code ?? byStatus, Self.printable(reply.message), rule: reply.rule.map(Self.printable),
                entry: reply.entry, hint: reply.hint.map(Self.printable))
            error.position = reply.position
        }
        error.isReply = true
        return error
    }

    /// A server's text, cut and made safe to show.
    package static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(500))).shown
    }
}

extension CofferError {
    /// A reply that is not what was asked for, and that nobody signed. It says nothing about the server whose address
    /// it came from: perhaps a proxy answered.
    package static func unusable(_ message: String, rule: String? = nil, hint: String? = nil) -> CofferError {
        var error = CofferError(
            .tryLater, message, rule: rule,
            hint: hint ?? "Try again. If this goes on, someone may answer in the server's place.")
        error.isReply = true
        return error
    }
}
