import CX11
import Foundation

/// The keyboard's map and state, taken from the X server's event stream.
///
/// A request for the state would return it too late, after later keys. So the state comes from XkbStateNotify, in order
/// with the keys on the same connection. A changed map is read at once, before the next key, because programs that
/// type remap a spare key for a few milliseconds.
final class X11Keyboard {
    private let display: X11Display
    private let context: OpaquePointer
    private let compose: X11Compose
    private var keymap: OpaquePointer?
    private var state: OpaquePointer?
    private let eventBase: Int32
    /// The latest state; nil only before the first map.
    private var parts: Parts?

    /// Modifiers and groups, as the server sends them.
    private struct Parts {
        private let modifiers: (base: UInt32, latched: UInt32, locked: UInt32)
        private let groups: (base: UInt32, latched: UInt32, locked: UInt32)

        init(_ notify: XkbStateNotifyEvent) {
            modifiers = (notify.base_mods, notify.latched_mods, notify.locked_mods)
            groups = (
                UInt32(bitPattern: notify.base_group), UInt32(bitPattern: notify.latched_group),
                UInt32(bitPattern: notify.locked_group)
            )
        }

        /// Takes them from a state that was made from the device.
        init(_ state: OpaquePointer) {
            modifiers = (
                xkb_state_serialize_mods(state, XKB_STATE_MODS_DEPRESSED),
                xkb_state_serialize_mods(state, XKB_STATE_MODS_LATCHED),
                xkb_state_serialize_mods(state, XKB_STATE_MODS_LOCKED)
            )
            groups = (
                xkb_state_serialize_layout(state, XKB_STATE_LAYOUT_DEPRESSED),
                xkb_state_serialize_layout(state, XKB_STATE_LAYOUT_LATCHED),
                xkb_state_serialize_layout(state, XKB_STATE_LAYOUT_LOCKED)
            )
        }

        func apply(to state: OpaquePointer?) {
            xkb_state_update_mask(
                state, modifiers.base, modifiers.latched, modifiers.locked, groups.base, groups.latched, groups.locked)
        }
    }

    init(display: X11Display) throws(X11Failure) {
        self.display = display
        var opcode: Int32 = 0
        var event: Int32 = 0
        var error: Int32 = 0
        var major = Int32(XkbMajorVersion)
        var minor = Int32(XkbMinorVersion)
        guard XkbQueryExtension(display.pointer, &opcode, &event, &error, &major, &minor) != 0 else {
            throw .missingExtension("XKEYBOARD")
        }
        eventBase = event
        let connection = XGetXCBConnection(display.pointer)
        guard let context = xkb_context_new(XKB_CONTEXT_NO_FLAGS),
            xkb_x11_setup_xkb_extension(
                connection, UInt16(XKB_X11_MIN_MAJOR_XKB_VERSION), UInt16(XKB_X11_MIN_MINOR_XKB_VERSION),
                XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, nil, nil, nil, nil) != 0
        else { throw .missingExtension("XKEYBOARD") }
        self.context = context
        compose = X11Compose(context: context, environment: ProcessInfo.processInfo.environment)
        let wanted = UInt32(XkbNewKeyboardNotifyMask | XkbMapNotifyMask | XkbStateNotifyMask)
        XkbSelectEvents(display.pointer, UInt32(XkbUseCoreKbd), wanted, wanted)
        try reload()
    }

    deinit {
        xkb_state_unref(state)
        xkb_keymap_unref(keymap)
        xkb_context_unref(context)
    }

    /// Handles an event and returns true, if it is an XKB event.
    func handle(_ event: inout XEvent) throws(X11Failure) -> Bool {
        guard event.type == eventBase else { return false }
        let xkb = withUnsafePointer(to: &event) { coffer_xkb_event($0).pointee }
        switch Int32(xkb.any.xkb_type) {
        case Int32(XkbStateNotify):
            parts = Parts(xkb.state)
            parts?.apply(to: state)
        case Int32(XkbNewKeyboardNotify), Int32(XkbMapNotify): try reload()
        default: break
        }
        return true
    }

    /// The window that gets the keys is another one from now on: a sequence does not go on there.
    func endSequence() { compose.reset() }

    /// What a press of this code means now: a character, or a keysym's name. As part of a sequence of dead keys or of
    /// the compose key it writes `text`, which is empty until the sequence ends.
    func press(_ code: UInt32) -> (key: String, text: String?) {
        guard let state else { return (Self.name(of: 0, code), nil) }
        let symbol = xkb_state_key_get_one_sym(state, code)
        return (Self.name(of: symbol, code), symbol == 0 ? nil : compose.press(symbol))
    }

    private static func name(of symbol: UInt32, _ code: UInt32) -> String {
        guard symbol != 0 else { return "code-\(code)" }
        let scalar = Unicode.Scalar(xkb_keysym_to_utf32(symbol))
        if let scalar, scalar.value >= 0x20, scalar.value != 0x7f, !(0x80..<0xa0).contains(scalar.value) {
            return String(Character(scalar))
        }
        var name = [CChar](repeating: 0, count: 64)
        let length = xkb_keysym_get_name(symbol, &name, name.count)
        guard length > 0, Int(length) < name.count else { return "code-\(code)" }
        return String(decoding: name.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private func reload() throws(X11Failure) {
        let connection = XGetXCBConnection(display.pointer)
        let device = xkb_x11_get_core_keyboard_device_id(connection)
        guard device >= 0,
            let newMap = xkb_x11_keymap_new_from_device(context, connection, device, XKB_KEYMAP_COMPILE_NO_FLAGS)
        else {
            try display.check()
            throw .missingExtension("XKEYBOARD")
        }
        // The server's current state is right only at the start. Later it may be ahead of the stream, so the stream's
        // latest state is kept.
        let newState = parts == nil ? xkb_x11_state_new_from_device(newMap, connection, device) : xkb_state_new(newMap)
        guard let newState else {
            xkb_keymap_unref(newMap)
            throw .missingExtension("XKEYBOARD")
        }
        xkb_state_unref(state)
        xkb_keymap_unref(keymap)
        keymap = newMap
        state = newState
        if let parts { parts.apply(to: newState) } else { parts = Parts(newState) }
    }
}
