package import Crypto

/// One of a broker's sub-keys of a consent: k_A with the mask of A.
package struct SubKey: Sendable {
    package let mask: UInt16
    package let key: SymmetricKey

    package init(mask: UInt16, key: SymmetricKey) {
        self.mask = mask
        self.key = key
    }
}
