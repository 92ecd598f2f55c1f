/// D(u) = "coffer/v1/" ‖ u ‖ 0x00: the purpose of a hash, a signature or a derived key (Design, "Notation").
///
/// A value made for one use is never valid for another.
// swift-format-ignore: AlwaysUseLowerCamelCase
package func D(_ use: String) -> Bytes {
    var bytes = Bytes()
    bytes.reserveCapacity(64)
    bytes.append(contentsOf: "coffer/v1/".utf8)
    bytes.append(contentsOf: use.utf8)
    bytes.append(0)
    return bytes
}
