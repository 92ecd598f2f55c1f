/// Where an index stands among those of its week and among those of its device (PageIndex, "The link"). Consents from
/// rules version 3 on have it.
///
///     u32 r ‖ u16 device ‖ u32 count ‖ u32 Monday and u32 r of the device's index before it ‖ u8 closed
package struct IndexLink: Hashable, Sendable {
    /// An index within a consent.
    package struct Place: Hashable, Sendable {
        package let monday: Day
        package let r: UInt32

        package init(monday: Day, r: UInt32) {
            self.monday = monday
            self.r = r
        }
    }

    /// Its number within the week.
    package let r: UInt32
    /// The number of the device that wrote it, within the consent.
    package let device: UInt16
    /// How many indices the device had written under the consent before this one.
    package let count: UInt32
    /// The last of those.
    package let previous: Place?
    /// Whether the week had ended, and its review window had passed.
    package let isClosed: Bool

    /// Throws when the number of earlier indices and the last of them contradict each other.
    package init(r: UInt32, device: UInt16, count: UInt32, previous: Place?, isClosed: Bool) throws(FormatError) {
        guard (count > 0) == (previous != nil), previous?.monday.monday == previous?.monday, previous?.monday != 0
        else {
            throw .notCanonical
        }
        self.r = r
        self.device = device
        self.count = count
        self.previous = previous
        self.isClosed = isClosed
    }

    init(_ reader: inout ByteReader) throws(FormatError) {
        let r = try reader.u32()
        let device = try reader.u16()
        let count = try reader.u32()
        let previous = Place(monday: try reader.u32(), r: try reader.u32())
        let closed = try reader.u8()
        guard closed <= 1, count > 0 || previous == Place(monday: 0, r: 0) else { throw .notCanonical }
        try self.init(r: r, device: device, count: count, previous: count > 0 ? previous : nil, isClosed: closed == 1)
    }

    func append(to writer: inout ByteWriter) {
        writer.u32(r)
        writer.u16(device)
        writer.u32(count)
        writer.u32(previous?.monday ?? 0)
        writer.u32(previous?.r ?? 0)
        writer.u8(isClosed ? 1 : 0)
    }
}
