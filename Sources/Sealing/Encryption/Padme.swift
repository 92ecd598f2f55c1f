/// Padmé: padding that leaks O(log log L) bits of a length L and adds at most 12 % (Nikitin et al., PETS 2019).
package enum Padme {
    /// The default minimum length of a padded plaintext: 16 KiB.
    package static let minimum = 16_384

    /// With e = ⌊log2 L⌋ and s = ⌊log2 e⌋ + 1, `length` rounded up to a multiple of 2^(e−s), and never below `atLeast`.
    package static func padded(_ length: Int, atLeast: Int = minimum) -> Int {
        let length = max(length, atLeast, 0)
        guard length >= 2 else { return length }
        let e = Int.bitWidth - 1 - length.leadingZeroBitCount
        let s = Int.bitWidth - 1 - e.leadingZeroBitCount + 1
        guard e > s else { return length }
        let mask = (1 << (e - s)) - 1
        return (length + mask) & ~mask
    }
}
