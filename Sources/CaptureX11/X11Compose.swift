import CX11

/// What dead keys and the compose key write, by the locale's table of sequences, which programs use, too.
final class X11Compose {
    private let state: OpaquePointer?

    /// `environment` names the locale as programs read it. The C locale has no table of its own for text in UTF-8, so
    /// the one that most locales share stands for it.
    init(context: OpaquePointer, environment: [String: String]) {
        let named = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        let locales = [named, Self.common].compactMap { $0 }.filter { $0 != "C" && $0 != "POSIX" }
        let table = locales.lazy.compactMap { locale in
            xkb_compose_table_new_from_locale(context, locale, XKB_COMPOSE_COMPILE_NO_FLAGS)
        }.first
        // The state keeps the table. Without one, every key writes what it says.
        state = table.flatMap { xkb_compose_state_new($0, XKB_COMPOSE_STATE_NO_FLAGS) }
        if let table { xkb_compose_table_unref(table) }
    }

    private static let common = "en_US.UTF-8"

    deinit { xkb_compose_state_unref(state) }

    /// The keys before belong to another window.
    func reset() { xkb_compose_state_reset(state) }

    /// What the press of a keysym writes as part of a sequence: nothing until its end. Nil when it is no part of one.
    func press(_ symbol: UInt32) -> String? {
        guard let state, xkb_compose_state_feed(state, symbol) == XKB_COMPOSE_FEED_ACCEPTED else { return nil }
        switch xkb_compose_state_get_status(state) {
        case XKB_COMPOSE_COMPOSING, XKB_COMPOSE_CANCELLED: return ""
        case XKB_COMPOSE_COMPOSED:
            var text = [CChar](repeating: 0, count: 64)
            let length = Int(xkb_compose_state_get_utf8(state, &text, text.count))
            guard length > 0, length < text.count else { return nil }
            return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        default: return nil
        }
    }
}
