/// How the memory of a process with secrets is kept out of a swap area.
package enum MemoryHold: String, CaseIterable, Sendable {
    /// All of it is locked.
    case locked
    /// The control group of the process may not swap (`memory.swap.max` 0, for example by MemorySwapMax of a unit).
    case unswapped
    /// Only keys, passphrases and what waits to be sealed are locked.
    case partly
}
