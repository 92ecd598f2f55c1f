internal import CSodium

/// Why locked memory could not be allocated.
package enum SecretMemoryError: Error, Equatable, Sendable {
    /// The system refused guarded pages (out of memory, or too many mappings).
    case cannotAllocate
    /// The system refused to lock the pages: RLIMIT_MEMLOCK is too small.
    case cannotLock
}

/// Memory for a seed or a passphrase: between guard pages, locked against swapping, left out of dumps, wiped when it is
/// freed (`sodium_malloc`, then `sodium_mlock` whose result is checked).
///
/// Each costs about 35 µs and two mappings, so use it for long-lived roots, not for every derived key. It cannot be
/// copied.
@safe package struct SecretMemory: ~Copyable, @unchecked Sendable {
    // @unchecked: the pointer has one owner, and writing needs exclusive access to that owner.
    private let base: UnsafeMutableRawPointer
    /// How many bytes it holds.
    package let count: Int
    /// Called with the bytes after they are wiped and before they are unmapped, so that a test can check them.
    var whenWiped: (@Sendable (UnsafeRawBufferPointer) -> Void)?

    /// Allocates this many zero bytes.
    package init(count: Int) throws(SecretMemoryError) {
        guard Sodium.isReady, let base = unsafe sodium_malloc(count) else { throw .cannotAllocate }
        guard unsafe sodium_mlock(base, count) == 0 else {
            unsafe sodium_free(base)
            throw .cannotLock
        }
        unsafe sodium_memzero(base, count)
        unsafe self.base = unsafe base
        self.count = count
    }

    /// Copies these bytes. The caller must wipe the original.
    package init(copying bytes: UnsafeRawBufferPointer) throws(SecretMemoryError) {
        try self.init(count: bytes.count)
        unsafe withMutableBytes { unsafe $0.copyMemory(from: bytes) }
    }

    /// Allocates this many random bytes.
    package static func random(count: Int) throws(SecretMemoryError) -> SecretMemory {
        var memory = try SecretMemory(count: count)
        unsafe memory.withMutableBytes {
            guard let start = $0.baseAddress else { return }
            unsafe randombytes_buf(start, $0.count)
        }
        return memory
    }

    deinit {
        unsafe sodium_memzero(base, count)
        if let whenWiped = unsafe whenWiped { unsafe whenWiped(UnsafeRawBufferPointer(start: base, count: count)) }
        unsafe sodium_free(base)
    }

    /// Passes the bytes. The pointer is valid inside the closure only.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Passes the bytes for writing. The pointer is valid inside the closure only.
    package mutating func withMutableBytes<R: ~Copyable, E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try unsafe body(UnsafeMutableRawBufferPointer(start: base, count: count))
    }

    /// Whether two secrets are equal, in constant time (their lengths are not secret).
    package static func areEqual(_ a: borrowing SecretMemory, _ b: borrowing SecretMemory) -> Bool {
        unsafe a.count == b.count && sodium_memcmp(a.base, b.base, a.count) == 0
    }
}
