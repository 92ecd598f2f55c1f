/// Where input and screens come from. A source records nothing and decides nothing but what is visible.
package protocol Source: AnyObject {
    /// Readable when `events` may have something; may change between calls.
    var descriptors: [Int32] { get }

    /// Everything since the last call, in order. Never waits.
    ///
    /// `screen` says whether frames of the window that has the keyboard are wanted: without it none is even taken.
    func events(screen: Bool) throws -> [CaptureEvent]

    /// Ends it; no events afterwards.
    func stop()
}
