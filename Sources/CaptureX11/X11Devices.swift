import CX11
import Capture
import Glibc
import Records

/// Which slave devices are XTEST devices, whose input a program makes.
final class X11Devices {
    private let display: X11Display
    private var synthetic: Set<Int32> = []
    let opcode: Int32

    init(display: X11Display) throws(X11Failure) {
        self.display = display
        opcode = try Self.opcode(of: display)
        // XI2 allows XI_HierarchyChanged only on XIAllDevices (XI2proto, XISelectEvents).
        Self.select(
            [XI_RawKeyPress, XI_RawKeyRelease, XI_RawButtonPress, XI_RawButtonRelease], of: XIAllMasterDevices,
            on: display)
        Self.select([XI_HierarchyChanged], of: XIAllDevices, on: display)
        XFlush(display.pointer)
        reload()
    }

    /// The number by which the server names the extension.
    static func opcode(of display: X11Display) throws(X11Failure) -> Int32 {
        var opcode: Int32 = 0
        var event: Int32 = 0
        var error: Int32 = 0
        guard XQueryExtension(display.pointer, "XInputExtension", &opcode, &event, &error) != 0 else {
            throw .missingExtension("XInputExtension")
        }
        var major: Int32 = 2
        var minor: Int32 = 2
        guard XIQueryVersion(display.pointer, &major, &minor) == 0, major > 2 || minor >= 1 else {
            throw .missingExtension("XInputExtension 2.1")
        }
        return opcode
    }

    /// Selects raw events: of all master devices, since XIAllDevices would bring each event twice.
    static func select(_ types: [Int32], of device: Int32, on display: X11Display) {
        var mask = [UInt8](repeating: 0, count: 4)
        for type in types { mask[Int(type) >> 3] |= 1 << UInt8(type & 7) }
        mask.withUnsafeMutableBufferPointer { bytes in
            var events = XIEventMask(deviceid: device, mask_len: Int32(bytes.count), mask: bytes.baseAddress)
            XISelectEvents(display.pointer, display.root, &events, 1)
        }
    }

    /// Reads the devices again after one was added or removed.
    func reload() {
        synthetic = []
        var count: Int32 = 0
        guard let devices = XIQueryDevice(display.pointer, XIAllDevices, &count) else { return }
        defer { XIFreeDeviceInfo(devices) }
        for device in UnsafeBufferPointer(start: devices, count: Int(count)) where device.name != nil {
            if String(cString: device.name).contains("XTEST") { synthetic.insert(device.deviceid) }
        }
    }

    func origin(of source: Int32) -> InputOrigin { synthetic.contains(source) ? .synthetic : .device }
}
