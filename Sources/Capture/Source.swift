package import Sealing

/// A source of input and screen frames. It does not record, and decides only what is visible.
package protocol Source: AnyObject {
    /// Descriptors that are readable when `events` may have something. They may change between calls.
    var descriptors: [Int32] { get }

    /// All events since the last call, in order. Never waits.
    ///
    /// `screen` asks for frames of the window that has the keyboard; without it no frame is taken.
    func events(screen: Bool) throws -> [ObservedEvent]

    /// When `events` may have something though no descriptor is readable, in monotonic time; nil for never.
    func deadline(screen: Bool) -> Milliseconds?

    /// The kinds that this source turned out not to give.
    var missingKinds: Set<Kind> { get }

    /// Stops the source; it has no events afterwards.
    func stop()
}
