import CX11
import Glibc

/// Presses that the server repeats while a key is held, which are in no raw event. The RECORD extension reports every
/// press, with its time, on a connection of its own.
final class X11Repeats {
    /// A press that a program may have received.
    struct Press: Hashable {
        let code: UInt32
        let time: UInt32
    }

    private let connection: OpaquePointer
    private let request: UInt32
    /// Reported presses, of which it is not known yet whether they are repeats.
    private var waiting: [Press] = []
    /// The keys that are down, with the time of the press that began it.
    private var down: [UInt32: UInt32] = [:]
    /// The latest release of each key that was reported.
    private var released: [UInt32: UInt32] = [:]

    /// A repeat may be reported before the raw event that came before it. Later than this, in milliseconds, it is not.
    static let patience: Int32 = 20
    /// A key that was held for a shorter time, in milliseconds, has not repeated.
    private static let shortestHold: UInt32 = 100

    /// Nil on a server without RECORD: then a held key is one press.
    init?(display name: String?) {
        guard let connection = xcb_connect(name, nil) else { return nil }
        let request = xcb_connection_has_error(connection) == 0 ? coffer_record_keys(connection) : 0
        guard request != 0 else {
            xcb_disconnect(connection)
            return nil
        }
        self.connection = connection
        self.request = request
    }

    deinit { xcb_disconnect(connection) }

    var descriptor: Int32 { xcb_get_file_descriptor(connection) }
    var isWaiting: Bool { !waiting.isEmpty }

    /// The repeats before a raw event of this key and time. Those of a key that is released are all known once its
    /// release is reported here, too, which may be a moment later.
    func before(_ code: UInt32, isPress: Bool, at time: UInt32) -> [Press] {
        read()
        if !isPress, let began = down[code], time &- began >= Self.shortestHold {
            let end = ContinuousClock.now + .milliseconds(Int(Self.patience))
            while released[code].map({ Self.isBefore($0, time) }) ?? true, ContinuousClock.now < end {
                var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&polled, 1, 1)
                read()
            }
        }
        return take { !Self.isBefore(time, $0.time) }
    }

    /// The repeats that no raw event can precede any more: `age` tells how long ago they were.
    func ripe(_ age: (UInt32) -> Bool) -> [Press] {
        read()
        return take { age($0.time) }
    }

    /// A raw event: a repeat is a press of a key that is down, after the press that began it.
    func note(_ code: UInt32, isPress: Bool, at time: UInt32) { down[code] = isPress ? time : nil }

    private func take(_ isDue: (Press) -> Bool) -> [Press] {
        let due = waiting.prefix(while: isDue)
        waiting.removeFirst(due.count)
        return due.filter { press in down[press.code].map { Self.isBefore($0, press.time) } ?? false }
    }

    private func read() {
        var keys = [UInt64](repeating: 0, count: 64)
        while true {
            let count = Int(coffer_recorded_keys(connection, request, &keys, UInt32(keys.count)))
            guard count >= 0 else { return }
            for packed in keys.prefix(count) {
                let press = Press(
                    code: UInt32(truncatingIfNeeded: packed >> 32 & 0xff), time: UInt32(truncatingIfNeeded: packed))
                if packed >> 63 != 0 {
                    released[press.code] = press.time
                } else if waiting.last != press {
                    // A key of a slave device may be reported again as its master's.
                    waiting.append(press)
                }
            }
        }
    }

    /// Half of the circle is the past.
    private static func isBefore(_ a: UInt32, _ b: UInt32) -> Bool { Int32(bitPattern: a &- b) < 0 }
}
