import Sealing

/// The i-th of n shares of an epoch, counted from zero.
///
/// A person's day is always in one shard, so that its trajectories stay complete.
package struct Shard: Hashable, Sendable {
    package let index: UInt64
    package let count: UInt64

    package static let whole = Shard(trusting: 0, of: 1)

    private init(trusting index: UInt64, of count: UInt64) {
        self.index = index
        self.count = count
    }

    /// `i/n` with 0 ≤ i < n ≤ 65,536.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = UInt64(parts[0]), let count = UInt64(parts[1]),
            count <= 65_536, index < count
        else { return nil }
        self.init(trusting: index, of: count)
    }

    /// As it is written.
    package var name: String { "\(index)/\(count)" }
}
