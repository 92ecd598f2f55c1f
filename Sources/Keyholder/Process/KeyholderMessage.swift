import Messages
package import Sealing
import Vault

/// The messages on the keyholder's socket: one canonical JSON object per line.
///
///     request   {"op":…,…}
///     replies   {"item":…} any number of times, then {"done":…} or {"error":{…}}
package enum KeyholderMessage {
    static func item(_ value: CanonicalJSON) -> Bytes { CanonicalJSON.object([.init("item", value)]).encoded }
    static func done(_ value: CanonicalJSON) -> Bytes { CanonicalJSON.object([.init("done", value)]).encoded }

    static func error(_ error: CofferError) -> Bytes {
        let plain = CofferError(
            error.code, plain(error.message), rule: error.rule.map(plain), entry: error.entry,
            hint: error.hint.map(plain))
        return CanonicalJSON.object([.init("error", .object(ErrorReply(plain).members))]).encoded
    }

    /// Without control characters, which canonical strings must not hold.
    static func plain(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }

    enum Reply {
        case item(CanonicalJSON)
        case done(CanonicalJSON)
        case error(CofferError)
    }

    static func reply(_ line: Bytes) throws(FormatError) -> Reply {
        let object = try CanonicalJSON(parsing: line)
        guard case .object(let members) = object, members.count == 1, let member = members.first else {
            throw .notCanonical
        }
        switch member.name {
        case "item": return .item(member.value)
        case "done": return .done(member.value)
        case "error": return .error(try parseError(member.value))
        default: throw .notCanonical
        }
    }

    private static func parseError(_ value: CanonicalJSON) throws(FormatError) -> CofferError {
        guard let error = try ErrorReply(parsing: value.encoded).error else { throw .notCanonical }
        return error
    }
}

extension CanonicalJSON {
    /// The member of this name; nil if it is missing, or if this is not an object.
    package subscript(name: String) -> CanonicalJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var asString: String? { if case .string(let string) = self { string } else { nil } }
    package var asInteger: UInt64? { if case .integer(let integer) = self { integer } else { nil } }
    package var asMilliseconds: Milliseconds? { asInteger.map(Milliseconds.init(rawValue:)) }
    package var asBoolean: Bool? { if case .boolean(let boolean) = self { boolean } else { nil } }
    package var asArray: [CanonicalJSON]? { if case .array(let values) = self { values } else { nil } }
}

extension Selector {
    package var json: CanonicalJSON {
        var members: [CanonicalJSON.Member] = [.init("ids", .strings(ids))]
        if let since { members.append(.init("since", .milliseconds(since))) }
        if let until { members.append(.init("until", .milliseconds(until))) }
        members.append(.init("apps", .strings(apps)))
        members.append(.init("kinds", .strings(kinds.map(\.rawValue))))
        return .object(members)
    }

    init(_ json: CanonicalJSON?) throws(FormatError) {
        guard let json else { throw .notCanonical }
        func strings(_ name: String) throws(FormatError) -> [String] {
            guard let values = json[name]?.asArray else { throw .notCanonical }
            return values.compactMap(\.asString)
        }
        self.init(
            ids: try strings("ids"), since: json["since"]?.asMilliseconds, until: json["until"]?.asMilliseconds,
            apps: try strings("apps"), kinds: try strings("kinds").compactMap(Kind.init(rawValue:)))
    }
}
